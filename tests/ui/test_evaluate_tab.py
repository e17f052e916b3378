from __future__ import annotations

from typing import Any

import gradio as gr
import pytest

from midigen.studio import Studio
from midigen.ui import judgement, texts
from midigen.ui.evaluate_tab import EvaluateTab


@pytest.fixture
def tab(trained: Studio) -> EvaluateTab:
    with gr.Blocks():
        return EvaluateTab(trained)


def visitor(name: str = "anna") -> gr.Request:
    return gr.Request(session_hash=name)


def figures(**composed: Any) -> dict[str, Any]:
    run = {"n_notes": 20, "start_bar": 3, "end_bar": 4, "file": "a/<b>.mid"}
    return {
        "split": "test",
        "data": "my <set>",
        "pieces": 9,
        "nats_per_token": 1.5,
        "bits_per_note": 6.0,
        "fivegram_nats_per_token": 2.5,
        "unigram_nats_per_token": 4.0,
        "below_fivegram": 0.4,
        "composed": {
            "pieces": 4,
            "silent": 0,
            "collapsed": 0,
            "mean_overlap": 0.8,
            "mean_overlap_of_real_halves": 0.9,
            "measures": [],
            "copied_run_longest": 20,
            "real_run_95th_percentile": 15.0,
            "above_real_95th_percentile": 1,
            "longest_runs": [run],
            **composed,
        },
    }


def test_a_measurement_is_shown_and_kept(tab: EvaluateTab) -> None:
    assert texts.NOT_MEASURED in tab.show("tiny", "validation")
    shown = tab.measure(visitor(), "tiny", "validation", 4)
    for words in ("Bits per note", "Notes in the best scale", "An overlap of 1", "held-out pieces"):
        assert words in shown
    assert tab.show("tiny", "validation") == shown
    assert texts.NOT_MEASURED in tab.show("tiny", "test")


def test_without_pieces_only_the_losses_are_shown(tab: EvaluateTab) -> None:
    shown = tab.measure(visitor(), "tiny", "validation", 0)
    assert "Nats per token" in shown
    assert "overlap" not in shown


def test_what_cannot_be_measured_is_said(tab: EvaluateTab) -> None:
    with pytest.raises(gr.Error, match="no test pieces"):
        tab.measure(visitor(), "tiny", "test", 4)
    with pytest.raises(gr.Error, match="no model named"):
        tab.measure(visitor(), "../tiny", "validation", 4)


def test_stop_judges_the_pieces_that_there_are(
    tab: EvaluateTab, monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluate = tab.studio.evaluate

    def evaluate_and_press_stop(
        model: str, data: None, split: Any, n: int, report: Any, stop: Any
    ) -> Any:
        def progress(done: int, total: int | None, what: str) -> None:
            report(done, total, what)
            if what == "Composing pieces" and done == 3:
                tab.ask_to_stop(visitor())

        return evaluate(model, data, split, n, progress, stop)

    monkeypatch.setattr(tab.studio, "evaluate", evaluate_and_press_stop)
    tab.begin(visitor())
    tab.measure(visitor(), "tiny", "validation", 40)
    composed = tab.studio.run("tiny").evaluations()["validation"]["composed"]
    assert composed["pieces"] + composed["silent"] == 4


def test_who_stops_while_waiting_gets_nothing(tab: EvaluateTab) -> None:
    tab.begin(visitor())
    tab.ask_to_stop(visitor())
    assert tab.measure(visitor(), "tiny", "validation", 4) == gr.skip()


def test_the_words_follow_the_figures() -> None:
    said = judgement.of(figures())
    assert "40% fewer bits" in said
    assert "20 notes (bars 3 to 4, &lt;b&gt;.mid)" in said
    assert "1 of 4 pieces share more" in said
    assert "ran into a few notes" not in said
    assert "<set>" not in said
    assert "2 of 4 pieces ran into a few notes" in judgement.of(figures(collapsed=2))
    nothing = {"n_notes": 0, "start_bar": 0, "end_bar": 0, "file": ""}
    assert "No piece shares a passage" in judgement.of(figures(longest_runs=[nothing]))
    assert "has learned none" in judgement.of({**figures(), "below_fivegram": -0.1})


def test_models_are_offered_once(tab: EvaluateTab) -> None:
    names, offered, button = tab.look((), None)
    assert (names, offered.value, button.interactive) == (("tiny",), "tiny", True)
    assert tab.look(names, "tiny") == gr.skip()
