from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from midigen import jobs
from midigen.runs import Run, RunStatus
from midigen.studio import Studio
from midigen.ui.train_tab import OFFERED, Seen, TrainTab, choose_run

FORM: dict[str, Any] = {
    "dataset": "my-midi",
    "preset": "quick",
    "base": "",
    "name": "",
    "other": "",
}


@pytest.fixture
def tab(studio: Studio, midi_folder: Path) -> TrainTab:
    studio.import_dataset(str(midi_folder))
    with gr.Blocks():
        return TrainTab(studio)


def knobs(tab: TrainTab, **changes: Any) -> dict[str, Any]:
    """The values of the controls as they stand when the page is opened."""
    shown = {each.replace(".", "__"): control.value for each, control in tab.knobs.items()}
    return {**shown, **changes}


def make_run(studio: Studio, name: str, **status: Any) -> Run:
    run = Run(studio.workspace.run_folder(name))
    run.folder.mkdir(parents=True)
    run.write_status(RunStatus(**{"state": "stopped", **status}))
    return run


def test_the_command_is_shown_before_it_is_run(tab: TrainTab) -> None:
    command = tab.preview(**FORM, **knobs(tab))
    assert command == (
        "python -m midigen train --run my-midi-quick --dataset my-midi --preset quick"
    )


def test_only_what_differs_from_the_size_is_set(tab: TrainTab) -> None:
    changed = knobs(tab, training__max_steps=300, training__max_minutes="")
    command = tab.preview(**{**FORM, "other": "model.dropout=0.3\n\n"}, **changed)
    assert command.endswith(
        "--set training.max_steps=300 --set training.max_minutes=null --set model.dropout=0.3"
    )


def test_a_size_sets_its_controls(tab: TrainTab) -> None:
    radio, *values = tab.show_preset("standard")
    standard = tab.studio.config.presets["standard"]
    shown = dict(zip(OFFERED, values, strict=True))
    assert shown["training.max_steps"] == standard.values["training.max_steps"]
    assert radio.info == standard.help


def test_a_name_is_suggested_until_somebody_types_one(tab: TrainTab) -> None:
    assert tab.suggest_name("my-midi", "quick", "", "") == ("my-midi-quick", "my-midi-quick")
    assert tab.suggest_name("my-midi", "large", "my-midi-quick", "my-midi-quick")[0] == (
        "my-midi-large"
    )
    assert tab.suggest_name("my-midi", "large", "mine", "my-midi-quick")[0] == gr.skip()


def test_start_passes_the_form_on(tab: TrainTab, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Any] = []

    def start(studio: Studio, *args: Any, base: str) -> Run:
        started.extend([*args, base])
        return make_run(studio, "mine")

    monkeypatch.setattr(jobs, "start_training", start)
    chosen = tab.begin(**{**FORM, "name": " mine "}, **knobs(tab, training__seed=7))
    assert started == ["mine", "my-midi", "quick", ["training.seed=7"], ""]
    assert chosen.value == "mine"


@pytest.mark.parametrize(
    "form",
    [
        {**FORM, "dataset": "/etc"},
        {**FORM, "dataset": None},
        {**FORM, "name": "../outside"},
        {**FORM, "other": "model.hidden=3"},
    ],
)
def test_what_cannot_be_started_is_said(tab: TrainTab, form: dict[str, Any]) -> None:
    with pytest.raises(gr.Error) as raised:
        tab.begin(**form, **knobs(tab))
    assert "should not have happened" not in raised.value.message


def test_without_runs_and_data_the_page_says_so(studio: Studio) -> None:
    with gr.Blocks():
        tab = TrainTab(studio)
    assert tab.look(Seen(), None, None, "") == gr.skip()
    assert not tab.start.interactive


def test_a_model_without_its_history_has_no_plot(trained: Studio) -> None:
    folder = trained.run("tiny").folder
    for name in ("state.json", "metrics.jsonl"):
        (folder / name).unlink()
    with gr.Blocks():
        tab = TrainTab(trained)
    news = tab.look(Seen(), None, None, "")
    assert "A finished model." in news[tab.status]
    assert not news[tab.plot]["visible"]


def test_a_finished_run_is_shown_with_figures_and_curves(trained: Studio) -> None:
    with gr.Blocks():
        tab = TrainTab(trained)
    news = tab.look(Seen(), None, None, "")
    assert news[tab.run].value == "tiny"
    assert "Finished at step 12 of 12." in news[tab.status]
    assert "Best validation loss" in news[tab.status]
    assert news[tab.plot]["visible"]
    assert len(news[tab.plot]["value"]["data"]) > 8
    assert not news[tab.stop].interactive
    assert not news[tab.resume].interactive
    assert news[tab.to_generate].interactive
    assert tab.look(news[tab.seen], "tiny", "my-midi", "") == gr.skip()


def test_news_of_a_run_is_shown(tab: TrainTab) -> None:
    run = make_run(tab.studio, "mine", step=5, total_steps=9)
    seen = tab.look(Seen(), None, None, "")[tab.seen]
    run.write_status(RunStatus("failed", "the disk is full", step=6, total_steps=9))
    assert "the disk is full" in tab.look(seen, "mine", "my-midi", "")[tab.status]


def test_a_stopped_run_with_a_checkpoint_can_go_on(tab: TrainTab) -> None:
    run = make_run(tab.studio, "mine", step=5, total_steps=9)
    assert not tab.look(Seen(), None, None, "")[tab.resume].interactive
    (run.folder / "checkpoint.pt").touch()
    assert tab.look(Seen(), None, None, "")[tab.resume].interactive


def test_a_run_that_died_is_told_with_its_log(tab: TrainTab) -> None:
    run = make_run(tab.studio, "mine", state="running", step=5, total_steps=9, pid=1)
    (run.folder / "train.log").write_text("Killed", encoding="utf-8")
    news = tab.look(Seen(), None, None, "")
    assert "Died" in news[tab.status]
    assert news[tab.log] == "Killed"


def test_the_newest_run_is_shown_first_and_a_choice_stays(tab: TrainTab) -> None:
    old, new = make_run(tab.studio, "old"), make_run(tab.studio, "new")
    assert choose_run([new, old], Seen(), None) == new
    assert choose_run([new, old], Seen(runs=("old",)), "old") == old


def test_models_are_offered_to_start_from(trained: Studio) -> None:
    with gr.Blocks():
        tab = TrainTab(trained)
    offered = tab.look(Seen(), None, None, "")[tab.base]
    assert [value for _, value in offered.choices] == ["", "tiny"]
    assert tab.teacher() == "tiny"
    form = {**FORM, "base": "tiny", "preset": "finetune"}
    assert "--preset finetune --from tiny" in tab.preview(**form, **knobs(tab))


def test_starting_from_a_model_is_fine_tuning(tab: TrainTab) -> None:
    assert tab.fit_preset("tiny", "quick") == "finetune"
    assert tab.fit_preset("", "finetune") == "quick"
    assert tab.fit_preset("", "large") == "large"


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"preset": "finetune"}, "none is named"),
        ({"base": "nobody"}, "no model named"),
        ({"base": "tiny", "preset": "standard"}, "was trained with"),
    ],
)
def test_what_does_not_fit_a_model_is_said_before_anything_starts(
    trained: Studio, form: dict[str, Any], words: str
) -> None:
    with gr.Blocks():
        tab = TrainTab(trained)
    with pytest.raises(gr.Error, match=words):
        tab.begin(**{**FORM, "name": "mine", **form}, **knobs(tab))
    assert [run.name for run in trained.runs()] == ["tiny"]


def test_little_data_is_said_before_training_unless_a_model_goes_on(tab: TrainTab) -> None:
    tab.studio.prepare("my-midi")
    assert "Little to learn from: 10 pieces" in tab.warn("my-midi", "")
    assert tab.warn("my-midi", "a-model") == tab.warn(None, "") == ""
