from __future__ import annotations

import numpy as np
import pytest
from symusic import ControlChange, Note, Score, Tempo, Track

from midigen.errors import UserError
from midigen.rendering.performance import Clock, perform
from tests.rendering.conftest import note_score


@pytest.mark.parametrize(
    ("tempos", "tick", "seconds"),
    [
        pytest.param([], 960, 1.0, id="120 beats per minute without a tempo"),
        pytest.param([(0, 60.0)], 960, 2.0, id="60"),
        pytest.param([(0, 60.0), (480, 120.0)], 960, 1.5, id="faster from the second beat"),
        pytest.param([(480, 60.0)], 960, 1.5, id="120 until the first tempo"),
        pytest.param([(480, 120.0), (0, 60.0)], 960, 1.5, id="unsorted"),
    ],
)
def test_ticks_become_seconds_by_the_tempo_map(
    tempos: list[tuple[int, float]], tick: int, seconds: float
) -> None:
    score = Score(480)
    score.tempos = [Tempo(time, qpm) for time, qpm in tempos]
    assert Clock(score).seconds([tick]) == pytest.approx([seconds], abs=1e-4)


def test_a_pitch_ends_before_it_starts_again() -> None:
    """A note-off of the first note would silence the second on any synthesizer."""
    part = perform(note_score((0, 3, 60, 80), (1, 1, 60, 80), (0, 3, 64, 80))).parts[0]
    assert list(zip(part.pitch.tolist(), part.start_s, part.end_s, strict=True)) == [
        (60, 0, 1),
        (64, 0, 3),
        (60, 1, 2),
    ]


def test_of_notes_struck_twice_at_once_the_longer_stays() -> None:
    part = perform(note_score((0, 1, 60, 80), (0, 2, 60, 50))).parts[0]
    assert (part.end_s.tolist(), part.velocity.tolist()) == ([2.0], [50])


def test_a_pedal_far_behind_the_last_key_does_not_hold_the_piece_open() -> None:
    score = note_score((0, 1, 60, 80))
    score.tracks[0].controls = [ControlChange(0, 64, 127), ControlChange(900_000, 64, 0)]
    assert perform(score).end_s == pytest.approx(11)


def test_no_notes_are_refused() -> None:
    with pytest.raises(UserError, match="no notes"):
        perform(Score(480))


def test_more_than_an_hour_is_refused() -> None:
    with pytest.raises(UserError, match="61 minutes"):
        perform(note_score((3650, 1, 60, 80)))


def test_a_score_in_seconds_is_played_too() -> None:
    score = note_score((0, 1, 60, 80), (1, 1, 62, 80))
    assert perform(score.to("second")).end_s == pytest.approx(2, abs=0.01)


def test_tracks_without_notes_are_left_out_and_controllers_kept_in_order() -> None:
    score = note_score((0, 1, 60, 80))
    score.tracks[0].controls = [ControlChange(500, 7, 20), ControlChange(0, 7, 90)]
    score.tracks.append(Track(name="Empty"))
    parts = perform(score).parts
    assert len(parts) == 1
    assert parts[0].control_value.tolist() == [90, 20]
    assert np.allclose(parts[0].control_s, [0, 0.5])


def test_a_note_of_no_length_is_kept() -> None:
    score = note_score((0, 1, 60, 80))
    score.tracks[0].notes.append(Note(100, 0, 72, 80))
    assert perform(score).parts[0].pitch.tolist() == [60, 72]
