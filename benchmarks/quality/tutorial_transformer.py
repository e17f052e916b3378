"""Our LSTM beside the Transformer that a tutorial would train: same data, tokens seen and size.

    pip install -r benchmarks/requirements.txt
    python -m midigen train --run lstm --dataset clean-piano --max-steps 3300 --patience 0 \
        --set preprocessing.split_csv=clean_mix.csv
    python benchmarks/quality/tutorial_transformer.py --lstm lstm --learning-rate 1e-4
    python benchmarks/quality/tutorial_transformer.py --lstm lstm --learning-rate 3e-3

Run it in the workspace where the LSTM was trained. The Transformer is `transformers`' Llama as
MidiTok's example notebook trains its Mistral (https://github.com/Natooz/MidiTok/tree/main/
colab-notebooks): pieces in chunks of fixed length, AdamW, learning rate 1e-4 with cosine and a
warm-up over 0.3 of the steps, gradients clipped at 3. It is made smaller until its parameters are
those of the LSTM, within 5 %, and stops when it has seen as many tokens. Another learning rate is
for the Transformer's benefit: 1e-4 is meant for a larger network.

Every token of every piece is judged with at least half a context behind it, or all there is.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F
from torch.optim import AdamW
from transformers import LlamaConfig, LlamaForCausalLM

from midigen import atomic
from midigen.bundle import load_bundle
from midigen.config import Split
from midigen.config_file import load_config
from midigen.corpus.store import TokenStore
from midigen.evaluation.likelihood import Likelihood, nats_by_token
from midigen.studio import Studio
from midigen.workspace import Workspace

WARMUP_SHARE, CLIP = 0.3, 3.0
LAYERS, HEADS = 4, 4
IGNORED = -100


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


@torch.inference_mode()
def judge(model: LlamaForCausalLM, store: TokenStore, split: Split, context: int) -> Likelihood:
    """Sliding windows that move by half a context; each token is counted once."""
    model.eval()
    nats, half = 0.0, context // 2
    for piece in store.of(split):
        ids = torch.from_numpy(store.ids(piece).astype(np.int64))
        done = 0
        while done < len(ids) - 1:
            begin = max(0, done - half)
            window = ids[begin : begin + context + 1]
            logits = model(input_ids=window[None, :-1]).logits[0]
            each = F.cross_entropy(logits, window[1:], reduction="none")
            nats += float(each[done - begin :].double().sum())
            done = begin + len(window) - 1
    return _likelihood(nats, store, split)


def train(
    store: TokenStore, n_parameters: int, n_tokens: int, options: argparse.Namespace
) -> tuple[LlamaForCausalLM, dict[str, Any]]:
    """Train until as many tokens were seen."""
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    model = tutorial_model(len(store.tokenizer), n_parameters, options.context)
    optimizer = AdamW(model.parameters(), lr=options.learning_rate)
    seen, curve, began = 0, [], time.monotonic()
    per_step = options.rows * options.context
    model.train()
    source = chunks(store, options.context, options.rows, options.seed)
    for step, batch in enumerate(source, start=1):
        share = seen / n_tokens
        if share >= 1:
            break
        scale = share / WARMUP_SHARE
        if share > WARMUP_SHARE:
            after = (share - WARMUP_SHARE) / (1 - WARMUP_SHARE)
            scale = 0.5 * (1 + math.cos(math.pi * after))
        for group in optimizer.param_groups:
            group["lr"] = options.learning_rate * max(scale, per_step / n_tokens)
        loss = loss_of(model, batch)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        optimizer.step()
        seen += int((batch[:, 1:] != IGNORED).sum())
        if step % 100 == 0:
            curve.append((seen, round(loss.item(), 4)))
            print(f"{seen:10,} tokens  loss {loss.item():.3f}", flush=True)
    seconds = time.monotonic() - began
    return model, {"tokens_seen": seen, "minutes": seconds / 60, "curve": curve}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--lstm", required=True, help="a finished run of this workspace")
    parser.add_argument("--learning-rate", type=float, default=1e-4)
    parser.add_argument("--context", type=int, default=512)
    parser.add_argument("--rows", type=int, default=4)
    parser.add_argument("--tokens", type=int, help="see fewer tokens than the LSTM did")
    parser.add_argument("--splits", nargs="*", default=["validation"])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--results", type=Path, help="where to write all figures as JSON")
    options = parser.parse_args()
    workspace = Workspace(Path.cwd())
    folder = workspace.run_folder(options.lstm)
    bundle = load_bundle(folder)
    store = Studio(load_config(folder / "config.yaml"), workspace).prepare(bundle.card["dataset"])
    model, found = train(
        store,
        bundle.card["parameters"],
        options.tokens or bundle.card["tokens_seen"],
        options,
    )
    n_llama = sum(each.numel() for each in model.parameters())
    rows = []
    for split in options.splits:
        pieces = [store.ids(piece) for piece in store.of(split)]
        ours = float(nats_by_token(bundle.network(), pieces, torch.device("cpu")).sum())
        theirs = judge(model, store, split, options.context)
        for name, likelihood, parameters, seen, minutes in (
            (f"midigen LSTM ({options.lstm})", _likelihood(ours, store, split),
             bundle.card["parameters"], bundle.card["tokens_seen"], bundle.card["training_s"] / 60),
            (f"Llama, learning rate {options.learning_rate:g}", theirs,
             n_llama, found["tokens_seen"], found["minutes"]),
        ):  # fmt: skip
            rows.append(
                f"| {name} | {split} | {parameters:,} | {seen:,} | {minutes:.1f} "
                f"| {likelihood.nats_per_token:.4f} | {likelihood.bits_per_note:.3f} |"
            )
        found[split] = [theirs.nats_per_token, theirs.bits_per_note]
    if options.results is not None:
        atomic.write_json(options.results, found | {"parameters": n_llama})
    print(
        "| model | pieces | parameters | tokens seen | minutes | nats per token | bits per note |\n"
        "|---|---|---|---|---|---|---|"
    )
    print("\n".join(rows))


def _likelihood(nats: float, store: TokenStore, split: Split) -> Likelihood:
    pieces = store.of(split)
    return Likelihood(
        nats, sum(each.length - 1 for each in pieces), sum(each.n_notes for each in pieces)
    )


if __name__ == "__main__":
    main()
