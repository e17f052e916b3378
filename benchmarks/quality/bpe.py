"""Is it worth learning pieces of music as words? The LSTM on REMI and on BPE of it, side by side.

    python benchmarks/quality/bpe.py --dataset clean-piano --split-csv clean_mix.csv \
        [--vocabulary 1000 4000] [--steps 500]

Run it in a workspace that has the data set. Byte-pair encoding (Fradet et al., "Byte Pair Encoding
for Symbolic Music", EMNLP 2023) is learned on the training pieces, within bars, as MidiTok does it.
Every row sees the same music: a spelling with fewer tokens takes fewer steps. Bits per note count
one spelling of each piece, which for BPE is an upper bound of the model's surprise.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from tokenizers.models import BPE
from tokenizers.trainers import BpeTrainer
from torch.nn import functional as F
from torch.optim import AdamW

from midigen.config import Config, ModelConfig, TrainingConfig
from midigen.config_file import apply_overrides
from midigen.corpus.store import TokenStore
from midigen.evaluation.likelihood import nats_of_pieces
from midigen.networks import State, build_network, detach, n_parameters, reset
from midigen.studio import Studio
from midigen.training.schedule import learning_rate
from midigen.workspace import Workspace

FIRST_LETTER = 0x4E00  # a range of Unicode with a letter for every id
ROWS, LENGTH, IGNORED = 16, 96, -100


class Words:
    """REMI ids ⇄ ids of words learned from them; BOS and EOS are words of their own."""

    def __init__(self, pieces: Sequence[np.ndarray], is_bar: np.ndarray, size: int) -> None:
        self._is_bar = is_bar
        self._learned = Tokenizer(BPE())
        alphabet = [chr(FIRST_LETTER + i) for i in range(len(is_bar))]
        trainer = BpeTrainer(vocab_size=size, initial_alphabet=alphabet, show_progress=False)
        self._learned.train_from_iterator(
            (bar for piece in pieces for bar in self._bars(piece)), trainer
        )

    def __len__(self) -> int:
        return int(self._learned.get_vocab_size())

    def spell(self, piece: np.ndarray) -> np.ndarray:
        """The words of a piece, (T,) uint16."""
        encoded = self._learned.encode_batch(self._bars(piece))
        return np.concatenate([np.array(each.ids, dtype=np.uint16) for each in encoded])

    def _bars(self, piece: np.ndarray) -> list[str]:
        inner = np.flatnonzero(self._is_bar[piece])
        edges = [0, 1, *inner[inner > 1].tolist(), len(piece) - 1, len(piece)]
        text = "".join(chr(FIRST_LETTER + int(i)) for i in piece)
        return [text[a:b] for a, b in pairwise(edges) if b > a]


def train(pieces: Sequence[np.ndarray], vocabulary_size: int, steps: int) -> torch.nn.Module:
    """The default network, trained as the default configuration trains it."""
    torch.manual_seed(1)
    network = build_network(ModelConfig(), vocabulary_size)
    schedule = TrainingConfig()
    optimizer = AdamW(network.parameters(), weight_decay=schedule.weight_decay)
    chance, queue = np.random.default_rng(1), list[int]()
    places = [(np.zeros(0, dtype=np.int64), 0)] * ROWS
    state: State = network.initial_state(ROWS)
    for step in range(steps):
        inputs = np.zeros((ROWS, LENGTH), dtype=np.int64)
        targets = np.full((ROWS, LENGTH), IGNORED)
        starts = np.zeros(ROWS, dtype=bool)
        for i, (piece, begin) in enumerate(places):
            if begin >= len(piece) - 1:
                queue = queue or chance.permutation(len(pieces)).tolist()
                piece, begin, starts[i] = pieces[queue.pop()].astype(np.int64), 0, True
            chunk = piece[begin : begin + LENGTH + 1]
            inputs[i, : len(chunk) - 1], targets[i, : len(chunk) - 1] = chunk[:-1], chunk[1:]
            places[i] = (piece, begin + LENGTH)
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, steps, schedule)
        logits, state = network(torch.from_numpy(inputs), reset(state, torch.from_numpy(starts)))
        loss = F.cross_entropy(logits.flatten(0, 1), torch.from_numpy(targets).flatten())
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), schedule.gradient_clip)
        optimizer.step()
        state = detach(state)
    return network.eval()


def row(name: str, store: TokenStore, words: Words | None, steps: int) -> tuple[str, float]:
    """Train and measure one spelling; returns a line of the table and tokens a note."""
    spell = words.spell if words else np.asarray
    learn, judge = (
        [spell(store.ids(piece)) for piece in store.of(split)] for split in ("train", "validation")
    )
    size = len(words) if words else len(store.tokenizer)
    began = time.monotonic()
    network = train(learn, size, steps)
    minutes = (time.monotonic() - began) / 60
    n_notes = sum(piece.n_notes for piece in store.of("validation"))
    nats = nats_of_pieces(network, judge, torch.device("cpu"))  # type: ignore[arg-type]
    per_note = sum(map(len, judge)) / n_notes
    return (
        f"| {name} | {size:,} | {n_parameters(network):,} | {per_note:.2f} | {steps:,} "
        f"| {minutes:.1f} | {nats / math.log(2) / n_notes:.3f} |"
    ), per_note


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--dataset", required=True)
    parser.add_argument("--split-csv")
    parser.add_argument("--vocabulary", type=int, nargs="*", default=[1000, 4000])
    parser.add_argument("--steps", type=int, default=500, help="of the row without words")
    options = parser.parse_args()
    torch.set_num_threads(1)
    settings = [f"preprocessing.split_csv={options.split_csv}"] if options.split_csv else []
    config = apply_overrides(Config(), settings)
    store = Studio(config, Workspace(Path.cwd())).prepare(options.dataset)
    print(
        "| spelling | vocabulary | parameters | tokens a note | steps | minutes | bits per note |"
    )
    print("|---|---|---|---|---|---|---|")
    line, plain = row("REMI", store, None, options.steps)
    print(line, flush=True)
    pieces = [store.ids(piece) for piece in store.of("train")]
    for size in options.vocabulary:
        words = Words(pieces, store.tokenizer.is_bar, size)
        first = store.of("validation")[0]
        share = len(words.spell(store.ids(first))) / first.n_notes / plain
        line, _ = row(f"BPE {size:,}", store, words, max(1, round(options.steps * share)))
        print(line, flush=True)


if __name__ == "__main__":
    main()
