from __future__ import annotations

import shutil
from pathlib import Path

import gradio as gr
import pytest

from midigen.studio import Studio
from midigen.ui.examples import MOST, Examples
from tests.conftest import make_score


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "cache"))


@pytest.fixture
def examples(trained: Studio) -> Examples:
    with gr.Blocks():
        return Examples(trained)


def test_a_model_that_was_just_trained_offers_what_it_wrote_while_learning(
    examples: Examples,
) -> None:
    row, *buttons = examples.offer("tiny")
    assert row["visible"]
    assert [each["value"] for each in buttons] == ["Step 6", "Step 12", ""]
    assert [each["visible"] for each in buttons] == [True, True, False]


def test_examples_that_were_chosen_come_first(examples: Examples) -> None:
    folder = examples.studio.run("tiny").folder / "examples"
    folder.mkdir()
    for i in range(MOST):
        make_score(seed=i).dump_midi(folder / f"example-{i + 1}.mid")
    _, *buttons = examples.offer("tiny")
    assert [each["value"] for each in buttons] == ["Example 1", "Example 2", "Example 3"]
    shown = examples.play("tiny", 1).value
    assert shown["title"] == "tiny, example 2"
    assert len(shown["roll"]["start"]) == make_score(seed=1).note_num()
    assert [each["label"] for each in shown["downloads"]] == ["MIDI", "WAV", "MP3"]
    there = [each["file"]["path"] for each in shown["downloads"] if "file" in each]
    assert [Path(each).suffix for each in there] == [".mid", ".wav"]


def test_a_model_without_pieces_offers_none(examples: Examples) -> None:
    shutil.rmtree(examples.studio.run("tiny").folder / "samples")
    assert not examples.offer("tiny")[0]["visible"]
    assert not examples.offer(None)[0]["visible"]


def test_a_name_that_is_no_model_plays_nothing(examples: Examples) -> None:
    with pytest.raises(gr.Error, match="no model named"):
        examples.play("../../etc", 0)
