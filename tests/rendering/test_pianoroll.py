from __future__ import annotations

import json

import pytest
from symusic import ControlChange, Score, Tempo, TimeSignature, Track

from midigen.rendering.pianoroll import pianoroll
from tests.rendering.conftest import note_score


def test_notes_are_in_seconds_and_in_order() -> None:
    roll = pianoroll(note_score((1, 0.5, 64, 70), (0, 1, 60, 80)))
    assert [(n.start_s, n.end_s, n.pitch, n.velocity, n.track) for n in roll.notes] == [
        (0, 1, 60, 80, 0),
        (1, 1.5, 64, 70, 0),
    ]
    assert roll.duration_s == 1.5


def test_the_tempo_map_moves_notes_and_bars() -> None:
    score = note_score((0, 2, 60, 80), (2, 2, 62, 80))
    score.tempos = [Tempo(0, 120.0), Tempo(2000, 60.0)]
    score.time_signatures = [TimeSignature(0, 2, 4), TimeSignature(2000, 3, 4)]
    roll = pianoroll(score)
    assert roll.bars_s == pytest.approx((0, 1, 2, 5))
    assert [note.start_s for note in roll.notes] == pytest.approx([0, 2])
    assert roll.duration_s == pytest.approx(6)


def test_the_pedal_does_not_lengthen_the_picture() -> None:
    score = note_score((0, 0.5, 60, 80))
    score.tracks[0].controls = [ControlChange(100, 64, 127), ControlChange(9000, 64, 0)]
    assert pianoroll(score).duration_s == pytest.approx(0.5)


def test_tracks_without_notes_are_left_out() -> None:
    score = note_score((0, 1, 60, 80), program=40)
    drums = Track(name="Kit", is_drum=True)
    drums.notes = score.tracks[0].notes
    score.tracks = [Track(name="Title"), score.tracks[0], drums]
    roll = pianoroll(score)
    assert [(t.name, t.program, t.is_drum) for t in roll.tracks] == [
        ("Piano", 40, False),
        ("Kit", 0, True),
    ]
    assert {note.track for note in roll.notes} == {0, 1}


def test_a_score_without_notes_is_an_empty_picture() -> None:
    roll = pianoroll(Score(480))
    assert (roll.notes, roll.tracks, roll.bars_s, roll.duration_s) == ((), (), (), 0.0)


def test_json_is_compact_and_cannot_leave_a_script_element() -> None:
    score = note_score((0.25, 1, 60, 80))
    score.tracks[0].name = "</script><b>"
    text = pianoroll(score).to_json()
    assert "<" not in text
    assert " " not in text
    content = json.loads(text)
    assert content["notes"] == {
        "start_ms": [250],
        "duration_ms": [1000],
        "pitch": [60],
        "velocity": [80],
        "track": [0],
    }
    assert content["tracks"] == [{"name": "</script><b>", "program": 0, "is_drum": False}]
    assert (content["bars_ms"], content["duration_ms"]) == ([0], 1250)
