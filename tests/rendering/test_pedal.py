from __future__ import annotations

import pytest
from symusic import ControlChange, Note, Pedal, Score, Track

from midigen.rendering.pedal import expand_pedal


def piano(
    notes: list[tuple[int, int, int]],
    pedal: list[tuple[int, int]],
    program: int = 0,
    is_drum: bool = False,
) -> Track:
    """Notes as (tick, duration, pitch), pedal as (tick, value)."""
    track = Track(program=program, is_drum=is_drum)
    track.notes = [Note(time, duration, pitch, 80) for time, duration, pitch in notes]
    track.controls = [ControlChange(time, 64, value) for time, value in pedal]
    return track


def score_of(*tracks: Track) -> Score:
    score = Score(480)
    score.tracks = list(tracks)
    return score


def ends(score: Score, track: int = 0) -> list[int]:
    return [note.time + note.duration for note in score.tracks[track].notes]


@pytest.mark.parametrize(
    ("notes", "pedal", "expected"),
    [
        pytest.param([(0, 100, 60)], [], [100], id="no pedal"),
        pytest.param([(0, 100, 60)], [(50, 127), (300, 0)], [300], id="held until the pedal is up"),
        pytest.param([(0, 100, 60)], [(50, 64), (300, 63)], [300], id="64 is down and 63 is up"),
        pytest.param([(0, 100, 60)], [(50, 40), (300, 0)], [100], id="half-way is not down"),
        pytest.param([(0, 100, 60)], [(150, 127), (300, 0)], [100], id="pedal after the release"),
        pytest.param([(0, 100, 60)], [(100, 127), (300, 0)], [100], id="pedal at the release"),
        pytest.param([(0, 400, 60)], [(50, 127), (300, 0)], [400], id="key longer than the pedal"),
        pytest.param(
            [(0, 100, 60), (200, 50, 60)],
            [(50, 127), (300, 0)],
            [200, 300],
            id="struck again under the pedal",
        ),
        pytest.param(
            [(0, 100, 60), (200, 50, 62)],
            [(50, 127), (300, 0)],
            [300, 300],
            id="another pitch does not end it",
        ),
        pytest.param(
            [(0, 100, 60), (300, 100, 64)],
            [(0, 127), (300, 0), (300, 127), (600, 0)],
            [300, 600],
            id="changed with the harmony",
        ),
        pytest.param(
            [(0, 100, 60), (500, 100, 64)], [(50, 127)], [600, 600], id="a pedal that stays down"
        ),
        pytest.param(
            [(0, 100, 60)], [(50, 127), (80, 100), (300, 0), (400, 0)], [300], id="repeated values"
        ),
    ],
)
def test_notes_last_as_long_as_the_pedal_holds_them(
    notes: list[tuple[int, int, int]], pedal: list[tuple[int, int]], expected: list[int]
) -> None:
    assert ends(expand_pedal(score_of(piano(notes, pedal)))) == expected


def test_pedal_spans_count_where_there_are_no_controllers() -> None:
    track = piano([(0, 100, 60)], [])
    track.pedals = [Pedal(50, 250)]
    assert ends(expand_pedal(score_of(track))) == [300]


def test_the_other_hand_follows_the_same_pedal() -> None:
    """Files with a track for each hand have one channel, and the pedal in only one track."""
    right, left = piano([(0, 100, 72)], []), piano([(0, 100, 48)], [(50, 127), (300, 0)])
    expanded = expand_pedal(score_of(right, left))
    assert ends(expanded, 0) == ends(expanded, 1) == [300]


def test_other_instruments_and_drums_do_not_follow_the_pedal() -> None:
    pedalled = piano([(0, 100, 48)], [(50, 127), (300, 0)])
    violin = piano([(0, 100, 72)], [], program=40)
    drums = piano([(0, 100, 38)], [(50, 127), (300, 0)], is_drum=True)
    expanded = expand_pedal(score_of(pedalled, violin, drums))
    assert (ends(expanded, 1), ends(expanded, 2)) == ([100], [100])


def test_the_score_of_the_caller_stays_as_it_was() -> None:
    score = score_of(piano([(0, 100, 60)], [(50, 127), (300, 0)]))
    before = score.copy()
    expanded = expand_pedal(score)
    assert score == before
    assert not [each for each in expanded.tracks[0].controls if each.number == 64]
