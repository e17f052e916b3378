from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from symusic import Score

from midigen.bundle import load_bundle
from midigen.config import GenerationRequest
from midigen.config_file import apply_overrides, save_config
from midigen.corpus.store import TokenStore
from midigen.errors import UserError
from midigen.evaluation.likelihood import nats_of_pieces
from midigen.runs import Run
from midigen.studio import Studio
from midigen.training.events import Evaluated, Finished, Planned, Sampled, Started, Stepped

PROJECT = Path(__file__).parent.parent.parent


# A window that is shorter than a piece, and shorter than a chunk and what came before it.
TRANSFORMER = ("model.type=transformer", "model.n_heads=3", "model.n_kv_heads=1", "model.window=40")
BOTH = pytest.mark.parametrize("data", ["lstm", "transformer"], indirect=True)


@pytest.fixture
def data(request: pytest.FixtureRequest, studio: Studio, midi_folder: Path) -> Studio:
    """A studio with a data set, to train an LSTM in, or what `BOTH` asks for."""
    studio.import_dataset(str(midi_folder))
    is_other = getattr(request, "param", "lstm") == "transformer"
    return with_knobs(studio, *TRANSFORMER) if is_other else studio


def with_knobs(studio: Studio, *overrides: str) -> Studio:
    return Studio(apply_overrides(studio.config, overrides), studio.workspace)


def losses(run: Run) -> list[tuple[str, int, float]]:
    return [
        (event["type"], event["step"], event.get("loss", event.get("validation_loss")))
        for event in run.events()
        if event["type"] in ("step", "evaluated", "finished")
    ]


@BOTH
def test_training_tells_what_happens_and_leaves_a_model(data: Studio) -> None:
    events = list(data.train("tiny", "my-midi", command="python train.py"))
    started, *_, finished = events
    assert isinstance(started, Started)
    assert isinstance(finished, Finished)
    assert started.total_steps == finished.step == 12
    assert started.fivegram_nats > 0
    assert [e.step for e in events if isinstance(e, Stepped)] == [2, 4, 6, 8, 10, 12]
    assert [e.step for e in events if isinstance(e, Evaluated)] == [6, 12]
    run = data.run("tiny")
    assert run.status().state == "finished"
    assert [event["type"] for event in run.events()] == [event.type for event in events]
    assert [path.name for path in run.samples()] == ["step-000006.mid", "step-000012.mid"]
    card = data.models()[0].card
    assert card["dataset"] == "my-midi"
    assert card["command"] == "python train.py"
    assert card["validation_loss"] == finished.validation_loss
    assert card["versions"]["torch"].split("+")[0] == torch.__version__.split("+")[0]


@BOTH
def test_a_network_learns_what_it_hears(data: Studio) -> None:
    longer = with_knobs(data, "training.max_steps=120", "training.learning_rate=0.02",
                        "training.eval_every=40", "training.sample_tokens=0")  # fmt: skip
    events = list(longer.train("tiny", "my-midi"))
    seen = [event.validation_loss for event in events if isinstance(event, Evaluated)]
    assert seen[-1] < 0.9 * seen[0]
    final = events[-1]
    assert isinstance(final, Finished)
    assert final.validation_loss < 0.5 * events[0].unigram_nats  # type: ignore[attr-defined]  # Started


@BOTH
def test_the_final_figure_is_that_of_the_saved_weights(data: Studio) -> None:
    *_, finished = data.train("tiny", "my-midi")
    store: TokenStore = data.prepare("my-midi")
    network = load_bundle(data.run("tiny").folder).network()
    pieces = [store.ids(piece) for piece in store.of("validation")]
    total = nats_of_pieces(network, pieces, torch.device("cpu"))
    assert isinstance(finished, Finished)
    assert finished.validation_loss == pytest.approx(total / sum(len(p) - 1 for p in pieces))


@BOTH
def test_the_same_seed_gives_the_same_losses(data: Studio) -> None:
    for name in ("a", "b"):
        list(data.train(name, "my-midi"))
    assert losses(data.run("a")) == losses(data.run("b"))


@BOTH
def test_a_resumed_run_repeats_the_losses_of_an_unbroken_one(data: Studio) -> None:
    """Also where the checkpoint lies between two points of the loss curve."""
    unbroken = with_knobs(data, "training.checkpoint_every=5", "training.max_steps=20")
    list(unbroken.train("unbroken", "my-midi"))
    for event in unbroken.train("broken", "my-midi"):
        if event.type == "step" and getattr(event, "step", 0) == 8:
            break  # what a kill does: nothing is saved after the checkpoint of step 5
    assert data.run("broken").status().state == "died"
    list(data.train("broken", resume=True))
    assert losses(data.run("broken")) == losses(data.run("unbroken"))


def test_a_killed_process_resumes_to_the_same_losses(data: Studio) -> None:
    settings = with_knobs(data, "training.checkpoint_every=4", "training.max_steps=40").config
    save_config(settings, data.workspace.config_file)
    list(Studio(settings, data.workspace).train("unbroken", "my-midi"))
    command = [sys.executable, "-m", "midigen", "train", "--dataset", "my-midi", "--run", "killed"]
    environment = {**os.environ, "MIDIGEN_HOME": str(data.workspace.root)}
    run = Run(data.workspace.run_folder("killed"))
    with subprocess.Popen(command, cwd=PROJECT, env=environment) as process:
        deadline = time.monotonic() + 60
        while not (run.has_checkpoint() and run.status().step >= 6):
            assert time.monotonic() < deadline, "training did not get going"
            assert process.poll() is None, "it ended before it could be killed"
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
    assert run.status().state == "died"
    assert "ended without a word" in run.status().message
    list(Studio(settings, data.workspace).train("killed", resume=True))
    assert losses(run) == losses(data.run("unbroken"))
    assert run.status().state == "finished"


@BOTH
def test_a_trained_model_composes_the_same_for_the_same_seed(data: Studio, score: Score) -> None:
    list(data.train("tiny", "my-midi"))
    request = GenerationRequest(seed=5, gen_length=150)  # past the window of the Transformer
    for prompt in (None, score):
        pieces = [data.compose("tiny", request, prompt).ids.tolist() for _ in range(2)]
        assert pieces[0] == pieces[1]
    other = data.compose("tiny", GenerationRequest(seed=6, gen_length=150), score)
    assert other.ids.tolist() != pieces[0]


def test_a_stop_request_keeps_a_usable_model(data: Studio) -> None:
    endless = with_knobs(data, "training.max_steps=100000")
    for event in endless.train("tiny", "my-midi"):
        if event.type == "step":
            data.run("tiny").request_stop()
    assert isinstance(event, Finished)
    assert event.reason == "stopped"
    run = data.run("tiny")
    assert run.status().state == "stopped"
    assert run.has_model()
    assert run.has_checkpoint()
    assert data.compose("tiny", GenerationRequest(seed=1, gen_length=50)).score.note_num() > 0


def test_early_stopping_keeps_the_best_weights(data: Studio) -> None:
    diverging = with_knobs(data, "training.learning_rate=0.5", "training.patience=2",
                           "training.max_steps=500", "training.eval_every=2")  # fmt: skip
    *_, finished = diverging.train("tiny", "my-midi")
    assert isinstance(finished, Finished)
    assert finished.reason == "early stop"
    assert finished.best_step < finished.step
    assert data.run("tiny").status().state == "finished"
    *_, again = diverging.train("tiny", "", resume=True)
    assert isinstance(again, Finished)
    assert again.step == finished.step, "it would go on if it was killed when it stopped"


def test_a_time_limit_plans_the_steps(data: Studio) -> None:
    hurried = with_knobs(data, "training.max_steps=100000", "training.max_minutes=0.03",
                         "training.eval_every=1000", "training.sample_tokens=0")  # fmt: skip
    before = time.monotonic()
    events = list(hurried.train("tiny", "my-midi"))
    plans = [event for event in events if isinstance(event, Planned)]
    assert plans[0].step == 10
    assert 10 < plans[-1].total_steps < 100_000
    assert events[-1].step == plans[-1].total_steps  # type: ignore[attr-defined]  # Finished
    assert time.monotonic() - before < 60


def test_a_loss_that_is_no_number_ends_with_a_word(
    data: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    nan = torch.tensor(math.nan, requires_grad=True)
    monkeypatch.setattr(
        "midigen.training.session._total_nats", lambda logits, targets: logits.sum() * nan
    )
    with pytest.raises(UserError, match="The loss became nan near step 2"):
        list(data.train("tiny", "my-midi"))
    status = data.run("tiny").status()
    assert status.state == "failed"
    assert "lower learning rate" in status.message


def test_a_run_is_not_overwritten(data: Studio) -> None:
    list(data.train("tiny", "my-midi"))
    with pytest.raises(UserError, match="run named 'tiny' already"):
        data.train("tiny", "my-midi")


def test_a_run_without_a_checkpoint_cannot_resume(data: Studio) -> None:
    list(data.train("tiny", "my-midi"))
    (data.run("tiny").folder / "checkpoint.pt").unlink()
    with pytest.raises(UserError, match="no checkpoint"):
        data.train("tiny", resume=True)


def test_changed_data_cannot_be_resumed(data: Studio) -> None:
    for event in data.train("tiny", "my-midi"):
        if event.type == "evaluated" and getattr(event, "step", 0) == 12:
            break
    next((data.workspace.midi / "my-midi").rglob("*.mid")).unlink()
    with pytest.raises(UserError, match="data has changed"):
        list(data.train("tiny", resume=True))


def test_unusable_data_leave_a_failed_run_with_the_reason(studio: Studio) -> None:
    folder = studio.workspace.midi / "bad"
    folder.mkdir(parents=True)
    (folder / "a.mid").write_text("no music")
    with pytest.raises(UserError, match="not a MIDI file"):
        list(studio.train("tiny", "bad"))
    assert studio.runs()[0].status().state == "failed"
    assert "not a MIDI file" in studio.runs()[0].status().message


def test_samples_play(data: Studio) -> None:
    for event in data.train("tiny", "my-midi"):
        if isinstance(event, Sampled):
            path = data.run("tiny").folder / event.file
            assert Score.from_midi(path.read_bytes()).note_num() > 0
            assert json.loads(path.with_suffix(".json").read_text())["request"]["seed"] == 42


def test_tensorboard_finds_the_scalars(data: Studio) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    list(with_knobs(data, "training.tensorboard=true").train("tiny", "my-midi"))
    scalars = EventAccumulator(str(data.run("tiny").folder / "tensorboard")).Reload()
    assert {"loss/train", "loss/validation", "floor/5-gram"} <= set(scalars.Tags()["scalars"])
    assert [point.step for point in scalars.Scalars("loss/validation")] == [6, 12]


@BOTH
def test_half_precision_learns_samples_and_resumes_too(data: Studio) -> None:
    """On a CPU it is slow; it takes the way that a GPU takes by default.

    In processes of its own: Accelerate settles on one precision per process.
    """
    save_config(with_knobs(data, "training.precision=bf16").config, data.workspace.config_file)
    command = [sys.executable, "train.py", "--device", "cpu"]
    for arguments in (["--run", "half"], ["--resume", "half"]):
        subprocess.run(
            [*command, *arguments],
            cwd=PROJECT,
            env={**os.environ, "MIDIGEN_HOME": str(data.workspace.root)},
            check=True,
            capture_output=True,
        )
    events = data.run("half").events()
    assert events[0]["precision"] == "bf16"
    assert len(data.run("half").samples()) == 2
    assert all(math.isfinite(loss) for _, _, loss in losses(data.run("half")))
    assert data.compose("half", GenerationRequest(seed=1, gen_length=50)).score.note_num() > 0


@BOTH
def test_two_processes_learn_as_one_does(data: Studio) -> None:
    """The same global batch, shared by two CPU processes: the same curve but for rounding."""
    settings = replace(
        with_knobs(data, "training.device=cpu", "training.sample_tokens=0").config,
        model=replace(data.config.model, dropout=0.0),
    )
    save_config(settings, data.workspace.config_file)
    list(Studio(settings, data.workspace).train("one", "my-midi"))
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    arguments = ["train.py", "--dataset", "my-midi", "--run-name", "two"]
    result: Any = subprocess.run(
        [*torchrun, *arguments],
        cwd=PROJECT,
        env={**os.environ, "MIDIGEN_HOME": str(data.workspace.root), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, result.stderr[-3000:]
    one, two = data.run("one"), data.run("two")
    assert two.events()[0]["n_processes"] == 2
    assert [loss[:2] for loss in losses(two)] == [loss[:2] for loss in losses(one)]
    for (_, _, a), (_, _, b) in zip(losses(one), losses(two), strict=True):
        assert b == pytest.approx(a, rel=2e-4)
    assert two.has_checkpoint()
