from __future__ import annotations

import pytest
from symusic import Note, Score, Track

from midigen.config import DRUMS
from midigen.music.part_measures import measure_parts
from tests.conftest import TICKS, make_band


def test_parts_are_counted_apart_and_tracks_of_one_instrument_together() -> None:
    """A voice of four quarters over a piano chord of two, played by both hands."""
    score = Score(TICKS)
    voice = Track(program=53, notes=[Note(i * TICKS, TICKS, 60 + i, 80) for i in range(4)])
    right = Track(program=0, notes=[Note(0, 2 * TICKS, 64, 80)])
    left = Track(program=0, notes=[Note(0, TICKS, 40, 80)])
    score.tracks = [voice, right, left]
    found = measure_parts(score)
    assert set(found.parts) == {53, 0}
    assert found.together == pytest.approx(0.5)
    voice_found, piano = found.parts[53], found.parts[0]
    assert (voice_found.n_notes, voice_found.monophony, voice_found.presence) == (4, 1.0, 1.0)
    assert (piano.n_notes, piano.monophony, piano.presence) == (2, 0.5, 0.5)


def test_silence_between_notes_counts_for_nobody() -> None:
    score = Score(TICKS)
    score.tracks = [
        Track(program=53, notes=[Note(0, TICKS, 60, 80), Note(9 * TICKS, TICKS, 62, 80)])
    ]
    found = measure_parts(score)
    assert found.parts[53].presence == 1.0
    assert found.together == 0.0


def test_drums_are_a_part_and_a_piece_without_notes_has_none() -> None:
    assert set(measure_parts(make_band()).parts) == {53, 0, 33, DRUMS}
    assert measure_parts(Score(TICKS)).parts == {}
