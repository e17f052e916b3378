"""Rows 10 to 12: how near training on a CPU comes to the machine, and what the loop adds to it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import torch
from miditok.pytorch_data import DatasetMIDI
from torch.nn import functional as F

from benchmarks.corpora import corpus
from benchmarks.speed.measuring import Row, by_turns, ratios, row
from midigen.config import PRESETS, Config
from midigen.config_file import apply_overrides
from midigen.corpus.batches import IGNORED, TrainingBatches
from midigen.corpus.prepare import prepare
from midigen.corpus.store import TokenStore
from midigen.evaluation.ngram import Floors
from midigen.networks import detach, n_parameters
from midigen.runs import Run
from midigen.training.events import Stepped
from midigen.training.session import Session
from midigen.training.supervision import supervise

N_FILES = 24
MATRIX = 1024  # rows and columns
N_PRODUCTS = 40
BATCHES = 200  # at a time, else the clock is too coarse
NEVER = 10**9
# The steps of a turn, and what share of the rate of a matrix product they must reach.
PRESETS_MEASURED = {"quick": (10, 50), "standard": (2, 55)}


def rows(rounds: int) -> Iterator[Row]:
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        files, what = corpus(Path(folder, "music"), N_FILES)
        store = prepare(files[0].parent, Path(folder, "tokens", "store"), _config("quick"))
        for name, (n_steps, floor) in PRESETS_MEASURED.items():
            yield from _training(name, n_steps, floor, store, Path(folder, name), rounds)
        yield from _fetching(store, files, what, rounds)


def _training(
    name: str, n_steps: int, floor: float, store: TokenStore, folder: Path, rounds: int
) -> Iterator[Row]:
    config = apply_overrides(_config(name), [f"training.log_every={n_steps}"])
    session = Session(config, store, folder / "bare", None)
    settings = config.training
    n_tokens = settings.batch_size * settings.sequence_length
    flop = 6 * n_parameters(session.plain) * n_tokens * n_steps
    ways = (
        _bare(session, n_steps),
        _loop(config, store, folder / "loop"),
        session.save,
        _products(),
    )
    bare, loop, save, products = by_turns(*ways, rounds=rounds)
    peak = 2 * MATRIX**3 * N_PRODUCTS
    size = f"{n_parameters(session.plain) / 1e6:.1f} M parameters"
    yield row(
        f"LSTM training, {size}: rate of 6 N FLOP a token against a {MATRIX}³ product",
        [100 * (flop / a) / (peak / b) for a, b in zip(bare, products, strict=True)],
        floor,
        unit="%",
        note="forward, backward and AdamW, one thread",
    )
    every = settings.checkpoint_every / n_steps
    yield row(
        f"What the training loop adds to forward, backward and AdamW, {size}",
        [100 * ((b + s / every) / a - 1) for a, b, s in zip(bare, loop, save, strict=True)],
        5,
        unit="%",
        at_most=True,
        note="batches, clipping, average of the weights, record and checkpoints; no looks",
    )


def _fetching(store: TokenStore, files: list[Path], what: str, rounds: int) -> Iterator[Row]:
    """Batches of the preset `quick`, beside a pass of MidiTok's own data set over as many rows."""
    settings = _config("quick").training
    batches = TrainingBatches(store, settings.batch_size, settings.sequence_length, seed=1)
    peer = DatasetMIDI(files, store.tokenizer.miditok, settings.sequence_length)

    def ours() -> None:
        for _ in range(BATCHES):
            batches.next()

    def miditok() -> None:
        for i in range(settings.batch_size):
            peer[i % len(files)]

    session = Session(_config("quick"), store, store.folder.parent / "run", None)
    fetched, by_peer, steps = by_turns(ours, miditok, _bare(session, 2), rounds=rounds)
    fetched = [seconds / BATCHES for seconds in fetched]
    yield row(
        "a batch against MidiTok's DatasetMIDI, which reads its files on the fly",
        ratios(by_peer, fetched),
        1000,
        note=f"{settings.batch_size} rows of {settings.sequence_length} tokens, {what}",
    )
    yield row(
        "share of a training step that its batch takes",
        [100 * a / (b / 2) for a, b in zip(fetched, steps, strict=True)],
        1,
        unit="%",
        at_most=True,
        note="preset quick",
    )


def _config(preset: str) -> Config:
    """A preset on one thread that looks at no validation pieces."""
    values = PRESETS[preset].values
    values = {**values, "training.threads": 1, "training.device": "cpu"}
    values |= {"training.max_minutes": "", "training.max_steps": NEVER}
    values |= {"training.eval_every": NEVER}
    return apply_overrides(Config(), [f"{name}={value}" for name, value in values.items()])


def _bare(session: Session, n_steps: int) -> Callable[[], None]:
    """What no training can do without, on one batch over and over."""
    batch = session.batches.next()
    network, optimizer, memory = session.plain.train(), session.optimizer, session.memory

    def run() -> None:
        state = memory
        for _ in range(n_steps):
            logits, after = network(batch.inputs, state)
            loss = F.cross_entropy(
                logits.flatten(0, 1), batch.targets.flatten(), ignore_index=IGNORED
            )
            loss.backward()
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            state = detach(after)

    return run


def _loop(config: Config, store: TokenStore, folder: Path) -> Callable[[], None]:
    """A training as anybody starts it, from one point of its curve to the next."""
    run = Run(folder)
    events = supervise(
        config,
        run,
        lambda: (store, Floors(1.0, 1.0)),
        {"name": folder.name, "dataset": "music"},
        resume=False,
        should_stop=lambda: False,
    )
    return partial(next, (event for event in events if isinstance(event, Stepped)))


def _products() -> Callable[[], Any]:
    a, b = torch.randn(MATRIX, MATRIX), torch.randn(MATRIX, MATRIX)

    def run() -> None:
        for _ in range(N_PRODUCTS):
            a @ b

    return run
