from __future__ import annotations

import json
import re
from pathlib import Path

import gradio as gr
import pytest

from midigen.rendering.pianoroll import PianoRoll, RollNote, RollTrack
from midigen.ui import texts
from midigen.ui.assets import asset_text
from midigen.ui.player import SCRIPTS, Download, player, player_value

ROLL = PianoRoll(
    notes=(RollNote(0.0, 0.5, 60, 80, 0), RollNote(0.5, 1.0, 64, 90, 1)),
    tracks=(RollTrack("Piano", 0, False), RollTrack("Bass", 32, False)),
    bars_s=(0.0, 1.0),
    duration_s=1.5,
)


def test_a_value_needs_no_more_than_it_did_before(tmp_path: Path) -> None:
    midi = Download("MIDI", tmp_path / "a.mid")
    value = player_value("a", "b", tmp_path / "a.wav", ROLL, [midi], 1)
    assert value["audio"]["path"] == str(tmp_path / "a.wav")
    assert value["downloads"][0]["name"] == "a.mid"
    assert value["roll"]["prompt_bars"] == 1
    assert value["key"] is None, "without a key each value is another piece"
    assert not any(value[name] for name in ("can_keep", "parts_can_mute", "sheet", "blocks"))


def test_a_growing_piece_has_no_audio_yet() -> None:
    value = player_value("a", "b", None, ROLL, key="piece", progress="2 bars")
    assert value["audio"] is None
    assert (value["key"], value["progress"]) == ("piece", "2 bars")


def test_everything_that_is_said_of_a_piece_goes_to_the_page() -> None:
    sheet = {"pages": ["<svg/>"], "timeline": [[0.0, 0, ["n1"], 0.5]]}
    value = player_value(
        *("a", "b", None, ROLL), blocks=(1,), can_keep=True, keep_bar=1,
        sheet=sheet, parts_can_mute=True, muted=(0,),
    )  # fmt: skip
    assert json.loads(json.dumps(value)) == value
    assert (value["blocks"], value["keep_bar"], value["muted"]) == ([1], 1, [0])
    assert value["sheet"] == sheet


def test_long_lists_travel_as_text_which_grows_at_its_end() -> None:
    """Gradio's page takes a second for a list of 3,000 notes, and sends a text's new end only."""
    shorter = PianoRoll(ROLL.notes[:1], ROLL.tracks, ROLL.bars_s[:1], 0.5)
    with gr.Blocks():
        component = player()
    short, long = (
        component.postprocess(player_value("a", "b", None, roll)) for roll in (shorter, ROLL)
    )
    for name in ("start", "end", "pitch", "velocity", "track", "bars"):
        assert long["roll"][name].startswith(short["roll"][name] + ",")
    assert long["roll"]["pitch"] == "60,64"
    assert component.postprocess(None) is None


@pytest.mark.parametrize("event", ["keep", "mute"])
def test_python_can_listen_to_what_the_visitor_sets(event: str) -> None:
    with gr.Blocks() as page:
        getattr(player(), event)(lambda: None)
    assert [target[1] for each in page.fns.values() for target in each.targets] == [event]


def test_the_script_says_only_what_texts_holds() -> None:
    script = "\n".join(asset_text(f"player{each}.js") for each in SCRIPTS)
    used = set(re.findall(r"\btexts\.(\w+)", script))
    assert used == {*texts.PLAYER, "empty"}
