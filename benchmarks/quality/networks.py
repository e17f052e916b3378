"""LSTM, our Transformer and the Llama of `transformers`: same split, tokens seen and size.

    pip install -r benchmarks/requirements.txt
    python benchmarks/quality/networks.py --dataset clean-piano --split-csv clean_mix.csv \
        --results networks.json

Run it in a workspace that has the data set. Rows that stand in the results already are not trained
again; the speed of generation is measured last, all networks in turn.

Ours are trained by the steps of `train` with the settings of their presets. The Llama is trained as
MidiTok's example notebook trains its Mistral (https://github.com/Natooz/MidiTok/tree/main/
colab-notebooks): pieces in chunks of fixed length, AdamW, cosine with a warm-up over 0.3 of the
steps, gradients clipped at 3. The notebook's learning rate, 1e-4, is meant for a larger network;
here it gets its own. It is made as large as our Transformer, and all stop when they have seen as
many tokens; the last weights are judged, nothing is chosen by the validation pieces.

Every token of every piece is judged: by ours with all that goes before in their memory, by the
Llama with at least half a context behind it, or all there is. Times are CPU times of one thread.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F
from torch.optim import AdamW
from transformers import DynamicCache, LlamaConfig, LlamaForCausalLM

from midigen import atomic
from midigen.bundle import save_frame, save_weights
from midigen.config import Config
from midigen.config_file import apply_overrides, apply_preset
from midigen.corpus.store import TokenStore
from midigen.evaluation.likelihood import Likelihood, nats_by_token
from midigen.networks import SequenceNetwork, arrays_of, build_network, n_parameters
from midigen.studio import Studio
from midigen.training.session import Session
from midigen.workspace import Workspace

OURS = {"LSTM": "quick", "Transformer": "transformer"}  # and their presets
LLAMA = "Llama"
WARMUP_SHARE, CLIP = 0.3, 3.0
LAYERS, HEADS = 4, 4
IGNORED = -100
CONTEXTS = (64, 1024)  # tokens read before the speed of generation is measured
ROUNDS, TOKENS_A_ROUND = 15, 40


def tutorial_model(vocabulary_size: int, n_parameters: int, context: int) -> LlamaForCausalLM:
    """A Llama of a given size: the width that fits, then the feed-forward layers that fit best."""
    width = HEADS * 2 * round(math.sqrt(n_parameters / (LAYERS * 12)) / (HEADS * 2))
    attention = LAYERS * (4 * width * width + 2 * width) + width
    left = n_parameters - vocabulary_size * width - attention
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=vocabulary_size,
            hidden_size=width,
            intermediate_size=round(left / (LAYERS * 3 * width)),
            num_hidden_layers=LAYERS,
            num_attention_heads=HEADS,
            max_position_embeddings=context,
            tie_word_embeddings=True,
        )
    )


def chunks(store: TokenStore, context: int, rows: int, seed: int) -> Iterator[torch.Tensor]:
    """Endless batches of chunks (rows, context + 1); `IGNORED` behind the end of a piece."""
    cut = [
        ids[begin : begin + context + 1]
        for ids in (store.ids(piece).astype(np.int64) for piece in store.of("train"))
        for begin in range(0, len(ids) - 1, context)
    ]
    chance = np.random.default_rng(seed)
    while True:
        order = chance.permutation(len(cut))
        for begin in range(0, len(order) - rows + 1, rows):
            batch = np.full((rows, context + 1), IGNORED)
            for row, i in enumerate(order[begin : begin + rows]):
                batch[row, : len(cut[i])] = cut[i]
            yield torch.from_numpy(batch)


def loss_of(model: LlamaForCausalLM, batch: torch.Tensor) -> torch.Tensor:
    """Mean nats per token of chunks (B, T + 1)."""
    logits = model(input_ids=batch[:, :-1].clamp(min=0)).logits
    return F.cross_entropy(logits.flatten(0, 1), batch[:, 1:].flatten(), ignore_index=IGNORED)


def train_llama(
    store: TokenStore, n_parameters: int, options: argparse.Namespace
) -> tuple[LlamaForCausalLM, dict[str, Any]]:
    """Train until enough tokens were seen."""
    torch.manual_seed(options.seed)
    model = tutorial_model(len(store.tokenizer), n_parameters, options.context)
    optimizer = AdamW(model.parameters(), lr=options.learning_rate)
    seen, began = 0, time.process_time()
    per_step = options.rows * options.context
    model.train()
    for batch in chunks(store, options.context, options.rows, options.seed):
        share = seen / options.tokens
        if share >= 1:
            break
        scale = share / WARMUP_SHARE
        if share > WARMUP_SHARE:
            after = (share - WARMUP_SHARE) / (1 - WARMUP_SHARE)
            scale = 0.5 * (1 + math.cos(math.pi * after))
        for group in optimizer.param_groups:
            group["lr"] = options.learning_rate * max(scale, per_step / options.tokens)
        loss = loss_of(model, batch)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        optimizer.step()
        seen += int((batch[:, 1:] != IGNORED).sum())
    seconds = time.process_time() - began
    return model.eval(), {"tokens_seen": seen, "cpu_minutes": seconds / 60}


@torch.inference_mode()
def judge_llama(model: LlamaForCausalLM, pieces: list[np.ndarray], context: int) -> float:
    """Nats of pieces: sliding windows that move by half a context; each token is counted once."""
    nats, half = 0.0, context // 2
    for piece in pieces:
        ids = torch.from_numpy(piece.astype(np.int64))
        done = 0
        while done < len(ids) - 1:
            begin = max(0, done - half)
            window = ids[begin : begin + context + 1]
            logits = model(input_ids=window[None, :-1]).logits[0]
            each = F.cross_entropy(logits, window[1:], reduction="none")
            nats += float(each[done - begin :].double().sum())
            done = begin + len(window) - 1
    return nats


def train_ours(
    config: Config, store: TokenStore, n_tokens: int
) -> tuple[SequenceNetwork, dict[str, Any]]:
    """The steps of `train`, without its looks at the validation pieces."""
    with tempfile.TemporaryDirectory() as folder:
        session = Session(config, store, Path(folder), None)
        trial = session.batches_of(config.training.sequence_length)
        n_steps, seen = 0, 0
        while seen < n_tokens:  # the last chunk of a piece is padded: not all places are tokens
            seen += trial.next().n_targets
            n_steps += 1
        session.progress.total_steps = n_steps
        began = time.process_time()
        for _ in range(n_steps):
            session.learn()
        seconds = time.process_time() - began
    network: SequenceNetwork = session.judged.eval()
    return network, {"tokens_seen": session.progress.tokens_seen, "cpu_minutes": seconds / 60}


def main() -> None:
    options = _options()
    torch.set_num_threads(options.threads)
    workspace = Workspace(Path.cwd())
    configs = {
        name: apply_overrides(apply_preset(Config(), preset), _overrides(options))
        for name, preset in OURS.items()
    }
    store = Studio(configs["LSTM"], workspace).prepare(options.dataset)
    rows = store.of("validation")[: options.pieces]
    pieces = [store.ids(each) for each in rows]
    size = n_parameters(build_network(configs["Transformer"].model, len(store.tokenizer)))
    found = json.loads(options.results.read_text()) if options.results.is_file() else {}
    for name in options.only:
        if name in found:
            continue
        if name == LLAMA:
            llama, row = train_llama(store, size, options)
            nats = judge_llama(llama, pieces, options.context)
            row |= {"parameters": llama.num_parameters(), "learning_rate": options.learning_rate}
        else:
            network, row = train_ours(configs[name], store, options.tokens)
            folder = options.results.with_suffix("") / name.lower()
            folder.mkdir(parents=True, exist_ok=True)
            save_frame(folder, configs[name], store.tokenizer)
            save_weights(folder, arrays_of(network), store.tokenizer)  # type: ignore[arg-type]  # a module
            nats = float(nats_by_token(network, pieces, torch.device("cpu")).sum())
            row |= {"parameters": n_parameters(network)}  # type: ignore[arg-type]  # a module too
        likelihood = Likelihood(nats, sum(p.length - 1 for p in rows), sum(p.n_notes for p in rows))
        row |= {
            "nats_per_token": likelihood.nats_per_token,
            "bits_per_note": likelihood.bits_per_note,
        }
        print(name, json.dumps(row), flush=True)
        _merge(options.results, {name: row})
        found = json.loads(options.results.read_text())
    if set(found) >= {*OURS, LLAMA}:
        print(_table(found, speeds(configs, len(store.tokenizer), size, options.context)))


def speeds(
    configs: dict[str, Config], vocabulary_size: int, llama_size: int, context: int
) -> dict[str, list[float]]:
    """CPU microseconds of the next token, after each of `CONTEXTS`; all networks in turn."""
    torch.manual_seed(0)
    networks = {
        name: build_network(config.model, vocabulary_size).eval()
        for name, config in configs.items()
    }
    llama = tutorial_model(vocabulary_size, llama_size, context).eval()
    found: dict[str, list[float]] = {name: [] for name in (*networks, LLAMA)}
    for n_before in CONTEXTS:
        ids = torch.randint(vocabulary_size, (1, n_before))
        turns = {name: _ours_in_turn(network, ids) for name, network in networks.items()}
        turns[LLAMA] = _llama_in_turn(llama, ids)
        times: dict[str, list[float]] = {name: [] for name in turns}
        for _ in range(ROUNDS):
            for name, turn in turns.items():
                began = time.process_time()
                turn()
                times[name].append((time.process_time() - began) / TOKENS_A_ROUND * 1e6)
        for name, each in times.items():
            found[name].append(statistics.median(each))
    return found


@torch.inference_mode()
def _ours_in_turn(network: SequenceNetwork, ids: torch.Tensor) -> Callable[[], None]:
    step = network.stepper()
    _, before = network.read(ids, network.initial_state(1))

    def turn() -> None:
        state, token = before, ids[:, -1]
        for _ in range(TOKENS_A_ROUND):
            logits, state = step(token, state)
            token = logits.argmax(-1)

    return turn


@torch.inference_mode()
def _llama_in_turn(model: LlamaForCausalLM, ids: torch.Tensor) -> Callable[[], None]:
    cache = DynamicCache(config=model.config)
    model(input_ids=ids, cache=cache, use_cache=True)

    @torch.inference_mode()
    def turn() -> None:
        token = ids[:, -1:]
        for _ in range(TOKENS_A_ROUND):
            out = model(input_ids=token, cache=cache, use_cache=True)
            token = out.logits[:, -1:].argmax(-1)
        cache.crop(-TOKENS_A_ROUND)

    return turn


def _table(found: dict[str, Any], times: dict[str, list[float]]) -> str:
    lines = [
        "| network | parameters | tokens seen | nats per token | bits per note | CPU minutes of "
        "training | time of a token after 64 / 1,024 tokens, LSTM = 1 |",
        "|---|---|---|---|---|---|---|",
    ]
    for name in (*OURS, LLAMA):
        row = found[name]
        after = " / ".join(
            f"{t / first:.2f}" for t, first in zip(times[name], times["LSTM"], strict=True)
        )
        lines.append(
            f"| {name} | {row['parameters']:,} | {row['tokens_seen']:,} "
            f"| {row['nats_per_token']:.3f} | {row['bits_per_note']:.2f} "
            f"| {row['cpu_minutes']:.1f} | {after} |"
        )
    microseconds = " / ".join(f"{each:.0f}" for each in times["LSTM"])
    return "\n".join([*lines, f"\nThe LSTM took {microseconds} microseconds a token."])


def _merge(path: Path, row: dict[str, Any]) -> None:
    """Add to the results as they are now: another process may have added to them."""
    found = json.loads(path.read_text()) if path.is_file() else {}
    atomic.write_json(path, found | row)


def _overrides(options: argparse.Namespace) -> list[str]:
    split = [f"preprocessing.split_csv={options.split_csv}"] if options.split_csv else []
    threads = f"training.threads={options.threads}"
    return [*split, threads, f"training.seed={options.seed}", *options.set]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--dataset", required=True)
    parser.add_argument("--split-csv")
    parser.add_argument("--results", type=Path, required=True, help="JSON; weights lie beside it")
    parser.add_argument("--only", nargs="*", default=[*OURS, LLAMA], choices=[*OURS, LLAMA])
    parser.add_argument("--tokens", type=int, default=1_000_000, help="seen by each network")
    parser.add_argument("--learning-rate", type=float, default=3e-3, help="of the Llama")
    parser.add_argument("--context", type=int, default=512, help="of the Llama")
    parser.add_argument("--rows", type=int, default=4, help="of the Llama")
    parser.add_argument("--pieces", type=int, help="judge by so many pieces alone, to try settings")
    parser.add_argument("--set", nargs="*", default=[], help="knobs of ours, to try settings")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    main()
