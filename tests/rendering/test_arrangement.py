from __future__ import annotations

from typing import Any

import pytest
from symusic import Note, Tempo, Track

from midigen.errors import UserError
from midigen.music.score import duration_s
from midigen.rendering.arrangement import Arrangement, arrange
from tests.conftest import make_score


def pitches(score: Any) -> list[list[int]]:
    return [[note.pitch for note in track.notes] for track in score.tracks]


def test_nothing_asked_changes_nothing() -> None:
    score = make_score()
    assert arrange(score, Arrangement()).dumps_midi() == score.dumps_midi()


def test_tones_are_transposed_and_drums_are_not() -> None:
    score = make_score()
    score.tracks.append(Track(name="Drums", is_drum=True, notes=[Note(0, 100, 36, 90)]))
    before, after = pitches(score), pitches(arrange(score, Arrangement(transpose=-3)))
    assert after[0] == [pitch - 3 for pitch in before[0]]
    assert after[2] == [36]
    assert pitches(score) == before, "the piece itself stays"


def test_a_tempo_scales_all_tempos() -> None:
    score = make_score()
    score.tempos = [Tempo(0, 96.0), Tempo(960, 48.0)]
    fast = arrange(score, Arrangement(tempo_bpm=192.0))
    assert [round(each.qpm) for each in fast.tempos] == [192, 96]
    assert duration_s(fast) == pytest.approx(duration_s(score) / 2, rel=1e-3)


def test_a_piece_without_tempo_is_at_120() -> None:
    score = make_score()
    score.tempos = []
    half = arrange(score, Arrangement(tempo_bpm=60.0))
    assert duration_s(half) == pytest.approx(2 * duration_s(score), rel=1e-3)


def test_each_part_gets_its_instrument_and_name() -> None:
    arranged = arrange(make_score(), Arrangement(instruments={0: 40}))
    assert [(each.program, each.name) for each in arranged.tracks] == [
        (40, "Violin"),
        (0, "Chords"),
    ]


def test_muted_parts_are_left_out() -> None:
    assert [t.name for t in arrange(make_score(), Arrangement(muted=frozenset({0}))).tracks] == [
        "Chords"
    ]
    with pytest.raises(UserError, match="All parts are muted"):
        arrange(make_score(), Arrangement(muted=frozenset({0, 1})))


@pytest.mark.parametrize(
    "values",
    [
        {"transpose": 25},
        {"transpose": 0.5},
        {"transpose": True},
        {"tempo_bpm": float("nan")},
        {"tempo_bpm": 5.0},
        {"instruments": {0: 128}},
        {"instruments": {0: "violin"}},
    ],
)
def test_impossible_wishes_are_refused(values: dict[str, Any]) -> None:
    with pytest.raises(UserError):
        Arrangement(**values)
