"""A public anchor: midigen's LSTM on the JSB chorales, sixteenth notes, four voices.

    python benchmarks/quality/jsb.py Jsb16thSeparated.json [--steps 12000] [--results jsb.json]

The file is that of https://github.com/czhuang/JSB-Chorales-dataset (229 / 76 / 77 chorales to
train, validate and test). Reported are nats per voice token: the surprise at the pitch, or rest, of
each voice at each sixteenth, over all four voices of all test chorales. Ends of pieces are not
counted. Weights are chosen by the validation chorales; the test chorales are looked at once.

The network is that of `midigen.networks`. Voices are read in turn: soprano, bass, alto, tenor.
Beside the last token it reads what any listener has in the ear: what each voice sang last, for how
long it has held that, and the place in the bar. One output more than there are pitches says "as
before"; its probability goes to the pitch that the voice sang a sixteenth ago. TonicNet (Peracha
2019, https://arxiv.org/abs/1911.11775), which the figure 0.317 is of, counts repetitions too, and
reads chord names between the voices; it trains on all twelve transpositions, as `--keys as-written
--reach 6` does here.

A continuous cache is fitted to the validation chorales at the end (`midigen.evaluation.cache_fit`),
and the test chorales are foretold without and with it.

With `--keys normalise` every chorale is moved to C major or A minor first; naming one of twelve
keys costs ln 12 nats a chorale, which is added.
"""

from __future__ import annotations

import argparse
import copy
import dataclasses
import json
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import AdamW

from midigen import atomic
from midigen.config import ModelConfig, TrainingConfig
from midigen.evaluation.cache_fit import SHARPNESS, recognise, search, with_cache
from midigen.evaluation.ngram import fit_ngram
from midigen.music.key import best_key
from midigen.networks import State, detach, n_parameters, reset
from midigen.networks.cache import directions
from midigen.networks.lstm import LSTMNetwork
from midigen.training.averaging import averaged_copy
from midigen.training.schedule import learning_rate

ORDER = (0, 3, 1, 2)  # soprano, bass, alto, tenor, of the file's S A T B
REACH = 6  # semitones of transposition, up or down
LOWEST, HIGHEST = 36 - 2 * REACH, 81 + 2 * REACH  # of the file, with room for both shifts
REST, START = HIGHEST - LOWEST + 1, HIGHEST - LOWEST + 2
N_TOKENS = START + 1
AS_BEFORE = N_TOKENS  # an output, never a token
LONGEST_HOLD, BAR = 33, 16
N_INPUTS = 11
PUBLISHED = 0.317
IGNORED = -100


class VoiceNetwork(LSTMNetwork):
    """The LSTM that also reads what each voice does: ids (B, T, 11) instead of (B, T).

    Voices are named by whose turn it is: the one itself, the one after it, and so on.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__(config, N_TOKENS + 1)
        sizes = (4, *[N_TOKENS] * 4, *[LONGEST_HOLD] * 4, BAR)
        self.features = nn.ModuleList(nn.Embedding(n, config.embedding_size) for n in sizes)

    def forward(
        self, ids: Tensor, state: tuple[Tensor, ...]
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Logits (B, T, N_TOKENS) of the pitch that comes next, and the state after it."""
        logits, after = super().forward(ids, state)
        before = ids[..., 2:3]  # what the voice whose turn it is sang a sixteenth ago
        pitches, repeat = logits[..., :AS_BEFORE], logits[..., AS_BEFORE:]
        both = torch.logaddexp(pitches.gather(-1, before), repeat)
        return pitches.scatter(-1, before, both), after

    def _embed(self, ids: Tensor) -> Tensor:
        embedded = super()._embed(ids[..., 0])
        for i, table in enumerate(self.features, start=1):
            embedded = embedded + table(ids[..., i])
        return embedded


@dataclass(frozen=True)
class Chorale:
    """One chorale at sixteenth notes.

    Attributes:
        voices: (N, 4) pitches in `ORDER`, -1 for a rest.
    """

    voices: np.ndarray

    def read(self, shift: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """What the network reads and what it shall foretell, transposed by `shift` semitones.

        Returns:
            inputs (4 N, 11): last token, voice, the last token of each voice from this one on,
                their holds, place in the bar;
            targets (4 N,).
        """
        tokens = np.where(self.voices < 0, REST, self.voices + shift - LOWEST)  # (N, 4)
        n = len(tokens)
        before = np.vstack((np.full((1, 4), START), tokens[:-1]))
        hold = np.zeros((n + 1, 4), dtype=np.int64)  # of what was sung before each sixteenth
        for t in range(1, n):
            hold[t + 1] = np.where(tokens[t] == tokens[t - 1], hold[t] + 1, 0)
        hold = np.minimum(hold, LONGEST_HOLD - 1)
        sung, held = np.zeros((n, 4, 4), np.int64), np.zeros((n, 4, 4), np.int64)
        for turn in range(4):
            for k in range(4):
                voice = (turn + k) % 4
                is_sung = voice < turn  # in this sixteenth already
                sung[:, turn, k] = (tokens if is_sung else before)[:, voice]
                held[:, turn, k] = (hold[1:] if is_sung else hold[:-1])[:, voice]
        last = np.concatenate(([START], tokens.ravel()[:-1]))
        turns, bar = np.tile(np.arange(4), n), np.repeat(np.arange(n) % BAR, 4)
        inputs = np.column_stack((last, turns, sung.reshape(-1, 4), held.reshape(-1, 4), bar))
        return inputs, tokens.ravel()


def read_chorales(path: Path, keys: str) -> dict[str, list[Chorale]]:
    """The chorales of each split."""
    content = json.loads(path.read_text(encoding="utf-8"))
    chorales = {
        split: [Chorale(np.array(piece)[:, ORDER]) for piece in content[split]]
        for split in ("train", "valid", "test")
    }
    if keys == "normalise":
        return {
            split: [Chorale(_natural(piece.voices)) for piece in pieces]
            for split, pieces in chorales.items()
        }
    return chorales


def markov_floor(train: Sequence[Chorale], test: Sequence[Chorale]) -> float:
    """Nats per voice token of a table of each voice's pitch after its own last one.

    Witten–Bell smoothing over the pitch alone, one table a voice.
    """
    nats, n_tokens = 0.0, 0
    for voice in range(4):
        held_out = [_line(piece, voice) for piece in test]
        nats += fit_ngram([_line(piece, voice) for piece in train], 2, N_TOKENS).nats(held_out)
        n_tokens += sum(len(line) - 1 for line in held_out)
    return nats / n_tokens


def batches(
    pieces: Sequence[Chorale], rows: int, length: int, reach: int, seed: int
) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Endless batches whose rows walk through whole chorales: inputs, targets, starts."""
    chance = np.random.default_rng(seed)
    queue: list[int] = []

    def take() -> tuple[np.ndarray, np.ndarray]:
        if not queue:
            queue.extend(chance.permutation(len(pieces)).tolist())
        return pieces[queue.pop()].read(int(chance.integers(-reach, reach + 1)))

    standing = [(*take(), 0) for _ in range(rows)]
    while True:
        inputs = np.zeros((rows, length, N_INPUTS), dtype=np.int64)
        targets = np.full((rows, length), IGNORED)
        starts = np.zeros(rows, dtype=bool)
        for i, (source, wanted, position) in enumerate(standing):
            chunk = source[position : position + length]
            inputs[i, : len(chunk)] = chunk
            targets[i, : len(chunk)] = wanted[position : position + length]
            starts[i] = position == 0
            at_end = position + length >= len(wanted)
            standing[i] = (*take(), 0) if at_end else (source, wanted, position + length)
        yield torch.from_numpy(inputs), torch.from_numpy(targets), torch.from_numpy(starts)


@torch.inference_mode()
def nats_per_token(network: VoiceNetwork, pieces: Sequence[Chorale], keys: str) -> float:
    """Over whole chorales, each from a fresh memory."""
    network.eval()
    nats, n_tokens = 0.0, 0
    for begin in range(0, len(pieces), 16):
        read = [piece.read() for piece in pieces[begin : begin + 16]]
        longest = max(len(wanted) for _, wanted in read)
        inputs = np.zeros((len(read), longest, N_INPUTS), dtype=np.int64)
        targets = np.full((len(read), longest), IGNORED)
        for i, (source, wanted) in enumerate(read):
            inputs[i, : len(wanted)], targets[i, : len(wanted)] = source, wanted
        logits, _ = network(torch.from_numpy(inputs), network.initial_state(len(read)))
        aims = torch.from_numpy(targets).flatten()
        nats += float(F.cross_entropy(logits.flatten(0, 1), aims, reduction="sum"))
        n_tokens += int((targets != IGNORED).sum())
    if keys == "normalise":
        nats += len(pieces) * math.log(12)
    return nats / n_tokens


@torch.inference_mode()
def observe(network: VoiceNetwork, piece: Chorale, sharpness: float) -> tuple[Tensor, ...]:
    """Log-probabilities of a chorale's tokens, and what a cache recognises: each (T,) float64."""
    inputs, targets = (torch.from_numpy(each)[None] for each in piece.read())
    state = network.initial_state(1)
    logits, _ = network(inputs, state)
    signal, _ = network.read(inputs, state)
    alone = logits.log_softmax(-1).gather(-1, targets[..., None]).flatten().double()
    read = torch.cat((torch.full((1, 1), START), targets), dim=1)
    return alone, *recognise(directions(signal), read, targets, sharpness, N_TOKENS)


def cached_nats(
    network: VoiceNetwork, chorales: dict[str, list[Chorale]], keys: str
) -> dict[str, Any]:
    """Nats per voice token with a cache that is fitted to the validation chorales."""
    network.eval()
    found = []
    for sharpness in (*SHARPNESS, 64.0):
        pieces = [observe(network, piece, sharpness) for piece in chorales["valid"]]
        alone, total, followed = (torch.cat(each) for each in zip(*pieces, strict=True))
        settings, nats = search(alone, total, followed, sharpness)
        found.append((nats, settings))
    nats, settings = min(found, key=lambda each: each[0])
    nats_by_split = {"valid": nats, "test": 0.0}
    for piece in chorales["test"]:
        alone, total, followed = observe(network, piece, settings.sharpness)
        said = with_cache(alone, total, followed, settings.slope, settings.bias)
        nats_by_split["test"] -= float(said.sum())
    naming = math.log(12) if keys == "normalise" else 0.0
    valid, test = (
        (nats_by_split[split] + naming * len(chorales[split]))
        / sum(piece.voices.size for piece in chorales[split])
        for split in ("valid", "test")
    )
    return {
        "cached_validation_nats": valid,
        "cached_test_nats": test,
        "cache": dataclasses.asdict(settings),
    }


def train(chorales: dict[str, list[Chorale]], options: argparse.Namespace) -> dict[str, Any]:
    """Train, choose weights by the validation chorales, look at the test chorales once."""
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    model = ModelConfig(
        embedding_size=options.embedding,
        hidden_size=options.hidden,
        n_layers=options.layers,
        dropout=options.dropout,
        variational_dropout=options.variational,
        drop_connect=options.drop_connect,
        bypass=options.bypass,
    )
    network = VoiceNetwork(model)
    for table in network.features:
        assert isinstance(table, nn.Embedding)
        nn.init.normal_(table.weight, std=0.3)
    schedule = TrainingConfig(learning_rate=options.learning_rate, warmup_steps=200)
    optimizer = AdamW(network.parameters(), weight_decay=options.weight_decay)
    averaged = averaged_copy(network, 0.999)
    assert averaged is not None
    source = batches(chorales["train"], options.rows, options.length, options.reach, options.seed)
    memory: State = network.initial_state(options.rows)
    best, best_weights, began, curve = math.inf, network.state_dict(), time.monotonic(), []
    n_tokens = 0
    for step in range(min(options.steps, options.stop_after or options.steps)):
        network.train()
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, options.steps, schedule)
        inputs, targets, starts = next(source)
        logits, memory = network(inputs, reset(memory, starts))
        loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten())
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        averaged.update_parameters(network)
        memory = detach(memory)
        n_tokens += int((targets != IGNORED).sum())
        if (step + 1) % options.eval_every == 0 or step + 1 == options.steps:
            judged = cast(VoiceNetwork, averaged.module)
            valid = nats_per_token(judged, chorales["valid"], options.keys)
            curve.append((n_tokens, round(valid, 4)))
            if valid < best:
                best, best_weights = valid, copy.deepcopy(averaged.module.state_dict())
                if options.weights is not None:
                    torch.save(best_weights, options.weights)
            print(f"step {step + 1:6,}  loss {loss.item():.3f}  validation {valid:.4f}", flush=True)
    seconds = time.monotonic() - began
    network.load_state_dict(best_weights)
    return {
        "parameters": n_parameters(network),
        "tokens_seen": n_tokens,
        "minutes": round(seconds / 60, 1),
        "validation_nats": best,
        "test_nats": nats_per_token(network, chorales["test"], options.keys),
        **cached_nats(network, chorales, options.keys),
        "curve": curve,
        "options": {k: str(v) if isinstance(v, Path) else v for k, v in vars(options).items()},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path, help="Jsb16thSeparated.json")
    parser.add_argument("--keys", choices=("as-written", "normalise"), default="normalise")
    parser.add_argument(
        "--reach", type=int, default=2, help=f"semitones of transposition, at most {REACH}"
    )
    parser.add_argument("--steps", type=int, default=12_000)
    parser.add_argument("--stop-after", type=int, help="steps, before the schedule is through")
    parser.add_argument("--weights", type=Path, help="where to keep the best weights so far")
    parser.add_argument("--eval-every", type=int, default=500)
    parser.add_argument("--rows", type=int, default=16)
    parser.add_argument("--length", type=int, default=128, help="tokens of a chunk")
    parser.add_argument("--hidden", type=int, default=256)
    parser.add_argument("--embedding", type=int, default=128)
    parser.add_argument("--layers", type=int, default=2)
    parser.add_argument("--bypass", choices=("none", "residual", "highway"), default="highway")
    parser.add_argument("--dropout", type=float, default=0.3)
    parser.add_argument("--drop-connect", type=float, default=0.0)
    parser.add_argument("--variational", action="store_true")
    parser.add_argument("--learning-rate", type=float, default=3e-3)
    parser.add_argument("--weight-decay", type=float, default=0.01)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--results", type=Path, help="where to write all figures as JSON")
    options = parser.parse_args()
    chorales = read_chorales(options.data, options.keys)
    as_written = read_chorales(options.data, "as-written")
    floor = markov_floor(as_written["train"], as_written["test"])
    found = train(chorales, options) | {"markov_nats": floor}
    if options.results is not None:
        atomic.write_json(options.results, found)
    print(
        "| model | parameters | tokens seen | minutes | validation | test |\n"
        "|---|---|---|---|---|---|\n"
        f"| order-1 Markov, a table a voice | | | | | {floor:.3f} |\n"
        f"| midigen LSTM, {options.layers} x {options.hidden} | {found['parameters']:,} "
        f"| {found['tokens_seen']:,} | {found['minutes']} | {found['validation_nats']:.4f} "
        f"| {found['test_nats']:.4f} |\n"
        f"| the same with a cache | | | | {found['cached_validation_nats']:.4f} "
        f"| {found['cached_test_nats']:.4f} |\n"
        f"| TonicNet, as published | | | | | {PUBLISHED} |"
    )


def _line(piece: Chorale, voice: int) -> np.ndarray:
    pitches = piece.voices[:, voice]
    tokens = np.where(pitches < 0, REST, pitches - LOWEST)
    return np.concatenate(([START], tokens)).astype(np.uint16)


def _natural(voices: np.ndarray) -> np.ndarray:
    """Moved to C major or A minor, by the key that fits the pitches best."""
    weights = np.bincount(voices[voices >= 0] % 12, minlength=12).astype(float)
    moved: np.ndarray = voices + best_key(weights).semitones_to_natural
    return np.where(voices < 0, -1, moved)


if __name__ == "__main__":
    main()
