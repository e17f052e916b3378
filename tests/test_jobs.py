from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from midigen import jobs
from midigen.config_file import save_config
from midigen.errors import UserError
from midigen.processes import ask, start
from midigen.runs import Run
from midigen.studio import Studio


@pytest.fixture
def open_studio(studio: Studio) -> Studio:
    """A studio whose settings other processes read too."""
    save_config(studio.config, studio.workspace.config_file)
    return studio


def wait_for(done: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.05)


def test_an_upload_becomes_a_prepared_data_set(open_studio: Studio, midi_folder: Path) -> None:
    broken = midi_folder / "broken.mid"
    broken.write_bytes(b"MThd nonsense")
    files = sorted(midi_folder.rglob("*.mid"))
    job = jobs.start_upload(open_studio, files, "mine")
    assert job.status().state == "running"
    wait_for(lambda: job.status().state != "running")
    status = job.status()
    assert status.state == "finished", status.message
    assert status.dataset == "mine"
    assert "12 of 13 files kept" in status.message
    report = open_studio.report("mine")
    assert report is not None
    assert [each.file for each in report.left_out] == ["broken.mid"]
    assert [each.id for each in jobs.list_jobs(open_studio.workspace)] == [job.id]


def test_a_failed_import_says_why(open_studio: Studio, tmp_path: Path) -> None:
    poem = tmp_path / "poem.txt"
    poem.write_text("no music")
    job = jobs.start_upload(open_studio, [poem], "poems")
    wait_for(lambda: job.status().state != "running")
    assert job.status().state == "failed"
    assert "MIDI" in job.status().message
    assert open_studio.datasets() == []


def test_nothing_to_upload_is_refused(open_studio: Studio) -> None:
    with pytest.raises(UserError, match="No file was chosen"):
        jobs.start_upload(open_studio, [])


def test_a_bad_name_is_refused_before_anything_starts(open_studio: Studio) -> None:
    with pytest.raises(UserError, match="cannot be the name"):
        jobs.start_import(open_studio, "bach-chorales", "../x")
    with pytest.raises(UserError, match="cannot be the name"):
        jobs.start_upload(open_studio, [Path(__file__)], "../../x")
    assert jobs.list_jobs(open_studio.workspace) == []


def test_training_runs_beside_the_page_one_at_a_time(
    open_studio: Studio, midi_folder: Path
) -> None:
    open_studio.import_dataset(str(midi_folder))
    run = jobs.start_training(
        open_studio, "long", "my-midi", "quick", ["training.max_steps=100000"]
    )
    assert run.status().is_alive
    assert "--set training.max_steps=100000" in run.status().command
    with pytest.raises(UserError, match="'long' is training already"):
        jobs.start_training(open_studio, "second", "my-midi", "quick")
    with pytest.raises(UserError, match="Stop it first"):
        run.delete()
    with pytest.raises(UserError, match="'long' is training already"):
        jobs.estimate_training(open_studio, "my-midi", "quick")
    assert main_refuses(open_studio, ["train", "--dataset", "my-midi", "--run", "third"])
    wait_for(lambda: run.status().step >= 2)
    run.request_stop()
    wait_for(lambda: not run.status().is_alive)
    assert run.status().state == "stopped"
    assert [model.name for model in open_studio.models()] == ["long"]
    step = run.status().step
    resumed = jobs.start_training(open_studio, "long", "", "", resume=True)
    wait_for(lambda: resumed.status().step > step)
    resumed.request_stop()
    wait_for(lambda: not resumed.status().is_alive)
    assert resumed.status().state == "stopped"
    run.delete()
    assert open_studio.runs() == []


def main_refuses(studio: Studio, arguments: list[str]) -> bool:
    """Whether the same in a terminal is refused, with who is training."""
    with pytest.raises(UserError, match="'long' is training already"):
        ask(studio.workspace, arguments)
    return True


def test_a_training_is_estimated_and_nothing_of_it_stays(
    open_studio: Studio, midi_folder: Path
) -> None:
    open_studio.import_dataset(str(midi_folder))
    found = jobs.estimate_training(
        open_studio, "my-midi", "quick", ["training.max_steps=500", "training.max_minutes=null"]
    )
    assert found.steps == 500
    assert not found.is_limited
    assert 1 < found.seconds < 600
    assert open_studio.runs() == []
    with pytest.raises(UserError, match="none is named"):
        jobs.estimate_training(open_studio, "my-midi", "finetune")


def test_a_run_that_a_terminal_started_holds_the_page_off(
    open_studio: Studio, midi_folder: Path
) -> None:
    open_studio.import_dataset(str(midi_folder))
    arguments = ["train", "--dataset", "my-midi", "--run", "typed", "--max-steps", "100000"]
    with (open_studio.workspace.root / "typed.log").open("wb") as log:
        typed = start(open_studio.workspace, arguments, log)
    wait_for(lambda: any(each.has_checkpoint() for each in open_studio.runs()))
    with pytest.raises(UserError, match="'typed' is training already"):
        jobs.start_training(open_studio, "second", "my-midi", "quick")
    typed.kill()
    typed.wait()
    run = open_studio.run("typed")
    assert run.status().state == "died"
    resumed = jobs.start_training(open_studio, "typed", "", "", resume=True)
    wait_for(lambda: resumed.status().state == "running")
    resumed.request_stop()
    wait_for(lambda: not resumed.status().is_alive)
    assert resumed.status().state == "stopped"


def test_a_training_that_fails_says_why(open_studio: Studio) -> None:
    folder = open_studio.workspace.midi / "texts"
    folder.mkdir(parents=True)
    (folder / "poem.mid").write_text("no music")
    run = jobs.start_training(open_studio, "tiny", "texts", "quick")
    wait_for(lambda: not run.status().is_alive)
    assert run.status().state == "failed"
    assert "not a MIDI file" in run.status().message
    assert "not a MIDI file" in run.log_tail()


@pytest.mark.parametrize(
    ("dataset", "overrides", "words"),
    [
        ("nothing", [], "No data set named 'nothing'"),
        ("my-midi", ["training.max_step=5"], "Did you mean 'training.max_steps'"),
        ("my-midi", ["training.max_steps=0"], "training.max_steps is 0"),
    ],
)
def test_what_cannot_work_is_refused_before_anything_starts(
    open_studio: Studio, midi_folder: Path, dataset: str, overrides: list[str], words: str
) -> None:
    open_studio.import_dataset(str(midi_folder))
    with pytest.raises(UserError, match=words):
        jobs.start_training(open_studio, "tiny", dataset, "quick", overrides)
    assert not Run(open_studio.workspace.run_folder("tiny")).folder.exists()
