from __future__ import annotations

import math
from typing import Any

import pytest

from midigen.errors import UserError
from midigen.music.played import MAX_BARS, MAX_NOTES, TICKS
from midigen.ui.keyboard import LIMITS, keyboard, played_score

NOTE = [0.0, 0.6, 60, 80]


def recording(**changes: Any) -> dict[str, Any]:
    return {"bpm": 90, "beats": 4, "notes": [NOTE, [0.67, 1.3, 64, 90]], **changes}


def test_a_recording_becomes_a_score() -> None:
    score = played_score(recording())
    assert score is not None
    written = [
        (each.time, each.duration, each.pitch, each.velocity) for each in score.tracks[0].notes
    ]
    assert written == [(0, TICKS, 60, 80), (TICKS, TICKS, 64, 90)]


@pytest.mark.parametrize("value", [None, "", recording(notes=[])])
def test_no_recording_is_no_score(value: Any) -> None:
    assert played_score(value) is None


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("a text", "no recording"),
        ([NOTE], "no recording"),
        (0, "no recording"),
        ({}, "tempo"),
        (recording(bpm=39), "tempo"),
        (recording(bpm=201), "tempo"),
        (recording(bpm=math.nan), "tempo"),
        (recording(bpm=math.inf), "tempo"),
        (recording(bpm="90"), "tempo"),
        (recording(bpm=10**400), "tempo"),
        (recording(bpm=True), "tempo"),
        (recording(beats=5), "2, 3, 4 or 6 beats"),
        (recording(beats=3.5), "2, 3, 4 or 6 beats"),
        (recording(beats=[4]), "2, 3, 4 or 6 beats"),
        (recording(beats=math.nan), "2, 3, 4 or 6 beats"),
        (recording(notes=None), "list of notes"),
        (recording(notes={"0": NOTE}), "list of notes"),
        (recording(notes=[NOTE] * (MAX_NOTES + 1)), "2001 notes"),
        (recording(notes=[NOTE, NOTE[:3]]), "note 2 is not"),
        (recording(notes=["abcd"]), "note 1 is not"),
        (recording(notes=[None]), "note 1 is not"),
        (recording(notes=[[-0.1, 1, 60, 80]]), "note 1 lies outside its 64 bars"),
        (recording(notes=[[0, MAX_BARS * 4 * 60 / 90 + 1, 60, 80]]), "outside its 64 bars"),
        (recording(notes=[[0, 1e300, 60, 80]]), "outside its 64 bars"),
        (recording(notes=[[math.nan, 1, 60, 80]]), "outside its 64 bars"),
        (recording(notes=[[0, None, 60, 80]]), "outside its 64 bars"),
        (recording(notes=[[1, 1, 60, 80]]), "ends before it begins"),
        (recording(notes=[[0, 1, 128, 80]]), "pitch of note 1"),
        (recording(notes=[[0, 1, 60.5, 80]]), "pitch of note 1"),
        (recording(notes=[[0, 1, -(10**5000), 80]]), "pitch of note 1"),
        (recording(notes=[[0, 1, "60", 80]]), "pitch of note 1"),
        (recording(notes=[[0, 1, 60, 0]]), "velocity of note 1"),
        (recording(notes=[[0, 1, 60, False]]), "velocity of note 1"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_no_keyboard_sends_is_refused_in_a_sentence(value: Any, said: str) -> None:
    with pytest.raises(UserError, match=said) as caught:
        played_score(value)
    assert len(caught.value.what) < 120
    assert caught.value.hint


def test_numbers_may_come_as_floats() -> None:
    """JSON knows one kind of number."""
    assert played_score(recording(bpm=90.0, beats=4.0, notes=[[0.0, 1.0, 60.0, 80.0]])) is not None


def test_the_longest_recording_is_accepted() -> None:
    end_s = MAX_BARS * 6 * 60 / 40
    notes = [[i * end_s / MAX_NOTES, (i + 1) * end_s / MAX_NOTES, 60, 80] for i in range(MAX_NOTES)]
    score = played_score({"bpm": 40, "beats": 6, "notes": notes})
    assert score is not None
    assert score.note_num() > 0


def test_the_page_knows_the_limits_and_begins_without_a_recording() -> None:
    component = keyboard(elem_id="piano")
    assert component.value is None
    assert component.props["limits"] == LIMITS
    assert component.elem_id == "piano"
