"""Training survives what can happen to it: kills at any moment, lost numbers, too little memory."""

from __future__ import annotations

import errno
import math
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from midigen import atomic
from midigen.bundle import WEIGHTS, load_bundle
from midigen.config import GenerationRequest
from midigen.config_file import apply_overrides, save_config
from midigen.errors import UserError
from midigen.runs import Run
from midigen.studio import Studio
from midigen.training.checkpoint import load_checkpoint
from midigen.training.events import Evaluated, Halved
from midigen.training.session import Session
from tests.training.test_training import PROJECT, losses, with_knobs

OFTEN = ("training.checkpoint_every=5", "training.eval_every=10", "training.sample_tokens=0")


@pytest.fixture
def data(studio: Studio, midi_folder: Path) -> Studio:
    studio.import_dataset(str(midi_folder))
    return with_knobs(studio, *OFTEN)


def train_and_kill(studio: Studio, chance: random.Random) -> bool:
    """Train in a process of its own and kill it within a second of learning; whether it lived."""
    run = Run(studio.workspace.run_folder("killed"))
    resume = ["--resume", "killed"] if run.has_checkpoint() else []
    first = ["--dataset", "my-midi", "--run", "killed"]
    command = [sys.executable, "-m", "midigen", "train", *(resume or first)]
    environment = {**os.environ, "MIDIGEN_HOME": str(studio.workspace.root), "OMP_NUM_THREADS": "1"}
    begun = len(run.events()) if resume else 0
    with subprocess.Popen(
        command, cwd=PROJECT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as process:
        deadline = time.monotonic() + 120
        while process.poll() is None and len(run.events()) <= begun:
            assert time.monotonic() < deadline, "training did not get going"
            time.sleep(0.01)
        time.sleep(chance.random())
        was_alive = process.poll() is None
        process.send_signal(signal.SIGKILL)
        said = process.stderr.read().decode() if process.stderr is not None else ""
    assert "Traceback" not in said, said
    return was_alive


def killed_and_resumed(data: Studio, n_kills: int, max_steps: int) -> None:
    settings = apply_overrides(
        data.config, [f"training.max_steps={max_steps}", "training.patience=0"]
    )
    save_config(settings, data.workspace.config_file)
    studio = Studio(settings, data.workspace)
    list(studio.train("unbroken", "my-midi"))
    chance, run = random.Random(1), Run(data.workspace.run_folder("killed"))
    for _ in range(n_kills):
        before = load_checkpoint(run.folder)[0].step if run.has_checkpoint() else 0
        assert train_and_kill(studio, chance), "it came to its end before it was killed"
        if not run.has_checkpoint():
            continue
        saved = load_checkpoint(run.folder)[0].step  # whole: it can be read
        told = max((event.get("step", 0) for event in run.events()), default=0)
        assert saved >= before, "a kill took back what was saved"
        assert told - saved <= settings.training.checkpoint_every
        if run.has_model():
            load_bundle(run.folder).network()
    list(
        studio.train(
            "killed", "" if run.has_checkpoint() else "my-midi", resume=run.has_checkpoint()
        )
    )
    assert losses(run) == losses(studio.run("unbroken"))
    weights = [load_bundle(studio.run(name).folder).weights for name in ("killed", "unbroken")]
    assert all(np.array_equal(weights[0][name], weights[1][name]) for name in weights[1])
    assert not list(run.folder.glob(".writing-*"))


def test_kills_at_random_moments_change_nothing(data: Studio) -> None:
    killed_and_resumed(data, n_kills=3, max_steps=250)


@pytest.mark.heavy
def test_fifty_kills_at_random_moments_change_nothing(data: Studio) -> None:
    killed_and_resumed(data, n_kills=50, max_steps=8000)


KILLED_WRITER = """
import sys
from pathlib import Path
from midigen.bundle import load_bundle, save_weights
folder = Path(sys.argv[1])
bundle = load_bundle(folder)
print("ready", flush=True)
while True:
    save_weights(folder, bundle.weights, bundle.tokenizer, bundle.cache)
"""


def killed_writes(folder: Path, n_kills: int) -> None:
    before = load_bundle(folder).weights
    chance = random.Random(2)
    for _ in range(n_kills):
        with subprocess.Popen(
            [sys.executable, "-c", KILLED_WRITER, str(folder)], cwd=PROJECT, stdout=subprocess.PIPE
        ) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"ready\n"
            time.sleep(chance.random() / 10)
            writer.kill()
        after = load_bundle(folder).weights
        assert all(np.array_equal(after[name], before[name]) for name in before)
    atomic.sweep_drafts(folder)
    assert not list(folder.glob(".writing-*"))


def test_a_model_that_is_being_written_is_whole_at_any_moment(trained: Studio) -> None:
    killed_writes(trained.run("tiny").folder, n_kills=2)


@pytest.mark.heavy
def test_a_model_is_whole_after_fifty_kills(trained: Studio) -> None:
    killed_writes(trained.run("tiny").folder, n_kills=50)


def test_a_lost_loss_keeps_the_last_good_model_and_checkpoint(
    data: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual, calls = Session.learn, [0]

    def lost(session: Session) -> None:
        calls[0] += 1
        if calls[0] == 12:
            with torch.no_grad():
                next(session.plain.parameters()).fill_(math.nan)
        usual(session)

    monkeypatch.setattr(Session, "learn", lost)
    long = with_knobs(data, "training.max_steps=40", "training.log_every=40")
    with pytest.raises(UserError, match="the best weights are kept"):
        list(long.train("tiny", "my-midi"))
    run = data.run("tiny")
    assert load_checkpoint(run.folder)[0].step == 10
    assert data.compose("tiny", GenerationRequest(seed=1, gen_length=50)).score.note_num() > 0
    assert run.status().state == "failed"


def short_of_memory(most_rows: int) -> Any:
    """A stand-in for a GPU that holds so many rows: training on one cannot be tried here."""
    usual = Session._read_part

    def read_part(session: Session, inputs: torch.Tensor, *others: Any) -> Any:
        if len(inputs) > most_rows:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return usual(session, inputs, *others)

    return read_part


def test_too_little_memory_halves_what_is_read_at_once(
    data: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The gradient is that of the whole batch, so it learns alike."""
    dry = with_knobs(data, "model.dropout=0", "model.embedding_dropout=0")
    whole = [e for e in dry.train("whole", "my-midi") if isinstance(e, Evaluated)]
    monkeypatch.setattr(Session, "_read_part", short_of_memory(1))
    events = list(dry.train("halved", "my-midi"))
    (halved,) = [each for each in events if isinstance(each, Halved)]
    assert (halved.step, halved.rows) == (1, 1)
    parts = [each for each in events if isinstance(each, Evaluated)]
    for one, other in zip(whole, parts, strict=True):
        assert other.validation_loss == pytest.approx(one.validation_loss, abs=1e-4)


def test_where_not_one_piece_fits_it_says_so(data: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Session, "_read_part", short_of_memory(0))
    with pytest.raises(UserError, match="Memory ran out at step 0"):
        list(data.train("tiny", "my-midi"))
    assert data.run("tiny").status().state == "failed"


def test_a_disk_that_fills_up_leaves_nothing_half_written(
    trained: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    folder = trained.run("tiny").folder
    before = (folder / WEIGHTS).read_bytes()
    monkeypatch.setattr(atomic, "_flush", no_room)
    with pytest.raises(OSError, match="No space"):
        list(trained.train("other", "my-midi"))
    assert (folder / WEIGHTS).read_bytes() == before
    assert not list(trained.workspace.models.rglob(".writing-*"))
    assert trained.compose("tiny", GenerationRequest(seed=1, gen_length=50)).score.note_num() > 0
