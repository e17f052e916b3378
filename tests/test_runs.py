from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from midigen.errors import UserError
from midigen.runs import Run, RunStatus, list_runs
from midigen.studio import SHIPPED, Studio


@pytest.fixture
def run(tmp_path: Path) -> Run:
    folder = tmp_path / "models" / "one"
    folder.mkdir(parents=True)
    return Run(folder)


def test_a_line_that_is_still_written_is_left_for_later(run: Run) -> None:
    run.append_event({"type": "step", "step": 1})
    with (run.folder / "metrics.jsonl").open("a") as file:
        file.write('{"type": "st')
    assert run.events() == [{"type": "step", "step": 1}]
    with (run.folder / "metrics.jsonl").open("a") as file:
        file.write('ep", "step": 2}\n')
    assert run.events(since=1) == [{"type": "step", "step": 2}]


def test_a_run_is_running_while_its_owner_holds_it(run: Run) -> None:
    with run.held():
        run.write_status(RunStatus("running", step=3))
        assert run.status().state == "running"
    died = run.status()
    assert (died.state, died.step) == ("died", 3)
    assert "ended without a word at step 3" in died.message


def test_a_stop_is_only_asked_of_the_living(run: Run) -> None:
    run.write_status(RunStatus("finished"))
    run.request_stop()
    assert not run.stop_requested()
    with run.held():
        run.write_status(RunStatus("running"))
        run.request_stop()
        assert run.stop_requested()
        run.clear_stop()
        assert not run.stop_requested()


def test_runs_come_newest_first_and_other_folders_are_no_runs(tmp_path: Path) -> None:
    import os

    for age, name in enumerate(("new", "middle", "old")):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "state.json").write_text(json.dumps({"state": "finished"}))
        os.utime(folder / "state.json", (1_000_000 - age, 1_000_000 - age))
    (tmp_path / "notes").mkdir()
    (tmp_path / ".hidden").mkdir()
    assert [each.name for each in list_runs(tmp_path)] == ["new", "middle", "old"]
    assert list_runs(tmp_path / "nowhere") == []


def test_a_model_copied_without_its_history_can_be_chosen(trained: Studio) -> None:
    folder = trained.run("tiny").folder
    for path in folder.iterdir():
        if path.name not in ("config.yaml", "tokenizer.json", "model.safetensors", "card.json"):
            path.unlink() if path.is_file() else None
    assert trained.run("tiny").status().state == "finished"
    assert [model.name for model in trained.models()] == ["tiny"]


def test_a_run_gets_another_name(trained: Studio) -> None:
    renamed = trained.rename_run("tiny", "small")
    assert renamed.name == "small"
    assert [each.name for each in trained.runs()] == ["small"]
    assert trained.models()[0].card["name"] == "small"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("../outside", "cannot be the name"),
        ("", "cannot be the name"),
        (".hidden", "cannot be the name"),
        ("taken", "There is a run named 'taken'"),
        ("tiny", "There is a run named 'tiny'"),
    ],
)
def test_bad_and_taken_names_are_refused(trained: Studio, name: str, words: str) -> None:
    trained.workspace.run_folder("taken").mkdir()
    with pytest.raises(UserError, match=words):
        trained.rename_run("tiny", name)
    assert trained.run("tiny").has_model()


def test_what_is_training_keeps_its_name_and_its_folder(run: Run) -> None:
    with run.held():
        run.write_status(RunStatus("running"))
        with pytest.raises(UserError, match="is training"):
            run.rename("two")
        with pytest.raises(UserError, match="is training"):
            run.delete()
    assert run.folder.is_dir()


def test_the_model_that_comes_along_stays(trained: Studio) -> None:
    trained.run("tiny").rename(SHIPPED[0])
    with pytest.raises(UserError, match="comes with midigen"):
        trained.delete_run(SHIPPED[0])
    with pytest.raises(UserError, match="comes with midigen"):
        trained.rename_run(SHIPPED[0], "mine")
    assert trained.run(SHIPPED[0]).has_model()


def test_the_models_that_come_along_stand_behind_ones_own(trained: Studio) -> None:
    """A first visitor gets the first of them, whichever files were copied last."""
    models = trained.workspace.models
    for name in SHIPPED:
        shutil.copytree(models / "tiny", models / name)
    order = ["tiny", *SHIPPED]
    assert [run.name for run in trained.runs()] == order
    assert [model.name for model in trained.models()] == order
