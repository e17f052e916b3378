from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from midigen import jobs
from midigen.runs import Run, RunStatus
from midigen.studio import Studio
from midigen.ui.run_form import OFFERED
from midigen.ui.train_tab import Seen, TrainTab, choose_run

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
    shown = {each.replace(".", "__"): control.value for each, control in tab.form.knobs.items()}
    return {**shown, **changes}


def look(
    tab: TrainTab,
    seen: Seen,
    run: str | None,
    dataset: str | None,
    quantity: str = "loss",
    beside: tuple[str, ...] = (),
) -> Any:
    return tab.look(seen, run, dataset, "", quantity, list(beside))


def make_run(studio: Studio, name: str, **status: Any) -> Run:
    run = Run(studio.workspace.run_folder(name))
    run.folder.mkdir(parents=True)
    run.write_status(RunStatus(**{"state": "stopped", **status}))
    return run


def test_the_command_is_shown_before_it_is_run(tab: TrainTab) -> None:
    command = tab.form.preview(**FORM, **knobs(tab))
    assert command == (
        "python -m midigen train --run my-midi-quick --dataset my-midi --preset quick"
    )


def test_only_what_differs_from_the_size_is_set(tab: TrainTab) -> None:
    changed = knobs(tab, training__max_steps=300, training__max_minutes="")
    command = tab.form.preview(**{**FORM, "other": "model.dropout=0.3\n\n"}, **changed)
    assert command.endswith(
        "--set training.max_steps=300 --set training.max_minutes=null --set model.dropout=0.3"
    )


def test_a_size_sets_its_controls(tab: TrainTab) -> None:
    radio, *values = tab.form.show_preset("standard")
    standard = tab.studio.config.presets["standard"]
    shown = dict(zip(OFFERED, values, strict=True))
    assert shown["training.max_steps"] == standard.values["training.max_steps"]
    assert radio.info == standard.help


def test_the_name_that_is_taken_where_nobody_types_one_is_shown(tab: TrainTab) -> None:
    assert tab.form.suggest_name("my-midi", "quick").placeholder == "my-midi-quick"
    assert tab.form.suggest_name("my-midi", "large").placeholder == "my-midi-large"
    assert tab.form.suggest_name(None, "large").placeholder == ""


def test_start_passes_the_form_on(tab: TrainTab, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Any] = []

    def start(studio: Studio, *args: Any, base: str) -> Run:
        started.extend([*args, base])
        return make_run(studio, "mine")

    monkeypatch.setattr(jobs, "start_training", start)
    chosen = tab.form.begin(**{**FORM, "name": " mine "}, **knobs(tab, training__seed=7))
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
        tab.form.begin(**form, **knobs(tab))
    assert "should not have happened" not in raised.value.message


def test_without_runs_and_data_the_page_says_so(studio: Studio) -> None:
    with gr.Blocks():
        tab = TrainTab(studio)
    assert look(tab, Seen(), None, None) == gr.skip()
    assert not tab.form.start.interactive


def test_a_model_without_its_history_has_no_plot(trained: Studio) -> None:
    folder = trained.run("tiny").folder
    for name in ("state.json", "metrics.jsonl"):
        (folder / name).unlink()
    with gr.Blocks():
        tab = TrainTab(trained)
    news = look(tab, Seen(), None, None)
    assert "A finished model." in news[tab.view.status]
    assert not news[tab.view.plotting].visible
    assert news[tab.view.plot] == ""


def test_a_finished_run_is_shown_with_figures_and_curves(trained: Studio) -> None:
    with gr.Blocks():
        tab = TrainTab(trained)
    news = look(tab, Seen(), None, None)
    assert news[tab.run].value == "tiny"
    assert "Finished at step 12 of 12." in news[tab.view.status]
    assert "Best validation loss" in news[tab.view.status]
    assert news[tab.view.plotting].visible
    assert news[tab.view.plot].count("<polyline") == 4
    assert not news[tab.view.stop].interactive
    assert not news[tab.view.resume].interactive
    assert news[tab.to_generate].interactive
    assert look(tab, news[tab.seen], "tiny", "my-midi") == gr.skip()


def test_news_of_a_run_is_shown(tab: TrainTab) -> None:
    run = make_run(tab.studio, "mine", step=5, total_steps=9)
    seen = look(tab, Seen(), None, None)[tab.seen]
    run.write_status(RunStatus("failed", "the disk is full", step=6, total_steps=9))
    assert "the disk is full" in look(tab, seen, "mine", "my-midi")[tab.view.status]


def test_a_stopped_run_with_a_checkpoint_can_go_on(tab: TrainTab) -> None:
    run = make_run(tab.studio, "mine", step=5, total_steps=9)
    assert not look(tab, Seen(), None, None)[tab.view.resume].interactive
    (run.folder / "checkpoint.pt").touch()
    assert look(tab, Seen(), None, None)[tab.view.resume].interactive


def test_a_run_that_died_is_told_with_its_log(tab: TrainTab) -> None:
    run = make_run(tab.studio, "mine", state="running", step=5, total_steps=9, pid=1)
    (run.folder / "train.log").write_text("Killed", encoding="utf-8")
    news = look(tab, Seen(), None, None)
    assert "Died" in news[tab.view.status]
    assert news[tab.view.log] == "Killed"


def test_the_newest_run_is_shown_first_and_a_choice_stays(tab: TrainTab) -> None:
    old, new = make_run(tab.studio, "old"), make_run(tab.studio, "new")
    assert choose_run([new, old], Seen(), None) == new
    assert choose_run([new, old], Seen(runs=("old",)), "old") == old


def test_models_are_offered_to_start_from(trained: Studio) -> None:
    with gr.Blocks():
        tab = TrainTab(trained)
    offered = look(tab, Seen(), None, None)[tab.base]
    assert [value for _, value in offered.choices] == ["", "tiny"]
    assert tab.teacher() == "tiny"
    form = {**FORM, "base": "tiny", "preset": "finetune"}
    assert "--preset finetune --from tiny" in tab.form.preview(**form, **knobs(tab))


def test_starting_from_a_model_is_fine_tuning(tab: TrainTab) -> None:
    assert tab.form.fit_preset("tiny", "quick") == "finetune"
    assert tab.form.fit_preset("", "finetune") == "quick"
    assert tab.form.fit_preset("", "large") == "large"


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
        tab.form.begin(**{**FORM, "name": "mine", **form}, **knobs(tab))
    assert [run.name for run in trained.runs()] == ["tiny"]


def test_little_data_is_said_before_training_unless_a_model_goes_on(tab: TrainTab) -> None:
    tab.studio.prepare("my-midi")
    assert "Little to learn from: 10 pieces" in tab.form.advise("my-midi", "")
    assert tab.form.advise("my-midi", "a-model") == tab.form.advise(None, "") == ""


def learned(studio: Studio, name: str, *losses: float) -> Run:
    run = make_run(studio, name, step=len(losses))
    for step, loss in enumerate(losses, start=1):
        run.append_event(
            {"type": "step", "step": step, "loss": loss, "learning_rate": 0.01,
             "tokens_per_s": 900.0, "eta_s": 1.0}
        )  # fmt: skip
    return run


def test_runs_are_laid_beside_each_other(tab: TrainTab) -> None:
    learned(tab.studio, "one", 3.0, 2.0)
    two = learned(tab.studio, "two", 4.0, 1.5)
    news = look(tab, Seen(), "one", None, beside=("two",))
    assert "two, training <b>1.500</b>" in news[tab.view.plot]
    assert news[tab.view.beside]["choices"] == [("two", "two")]
    seen = news[tab.seen]
    assert look(tab, seen, "one", None, beside=("two",)) == gr.skip()
    two.append_event({"type": "step", "step": 3, "loss": 1.25})
    two.write_status(RunStatus("stopped", step=3))
    assert "1.250" in look(tab, seen, "one", None, beside=("two",))[tab.view.plot]
    assert "two" not in look(tab, seen, "one", None)[tab.view.plot]


def test_other_quantities_can_be_shown(tab: TrainTab) -> None:
    learned(tab.studio, "one", 3.0, 2.0)
    assert "<b>0.01</b>" in look(tab, Seen(), "one", None, "learning_rate")[tab.view.plot]
    assert "<b>900</b>" in look(tab, Seen(), "one", None, "tokens_per_s")[tab.view.plot]
    assert "<b>2.000</b>" in look(tab, Seen(), "one", None, "nonsense")[tab.view.plot]


def test_the_table_tells_of_every_run(tab: TrainTab) -> None:
    learned(tab.studio, "one", 3.0)
    news = look(tab, Seen(), None, None)
    assert "<td>one</td>" in news[tab.shelf.table]
    tab.studio.delete_run("one")
    assert "<td>one</td>" not in look(tab, news[tab.seen], "one", None)[tab.shelf.table]


def test_an_estimate_is_said_in_words(tab: TrainTab, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def estimate(_studio: Studio, *args: Any) -> jobs.Expected:
        asked.extend(args)
        return jobs.Expected(seconds=370, steps=2810, is_limited=True)

    monkeypatch.setattr(jobs, "estimate_training", estimate)
    said, button = tab.form.measure(**FORM, **knobs(tab, training__seed=7))
    assert "About 6 min on this machine" in said
    assert "2,810 steps fit the time limit" in said
    assert button.interactive
    assert asked == ["my-midi", "quick", ["training.seed=7"], ""]
