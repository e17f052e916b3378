from __future__ import annotations

import numpy as np
import pytest
from symusic import Note, Score, TimeSignature, Track

from midigen.errors import UserError
from midigen.music.measures import GRID, LONGEST, measure
from tests.conftest import make_score

QUARTER = 480


def score_of(notes: list[tuple[float, float, int, int]], is_drum: bool = False) -> Score:
    """Notes as (start and length in quarters, pitch, velocity)."""
    score = Score(QUARTER)
    score.time_signatures = [TimeSignature(0, 4, 4)]
    track = Track(is_drum=is_drum)
    for start, length, pitch, velocity in notes:
        track.notes.append(Note(round(start * QUARTER), round(length * QUARTER), pitch, velocity))
    score.tracks = [track]
    return score


def test_a_scale_in_quarters_is_counted_by_hand() -> None:
    pitches = (60, 62, 64, 65, 67, 69, 71, 72)
    found = measure(score_of([(i, 1, pitch, 60 + 20 * (i % 2)) for i, pitch in enumerate(pitches)]))
    share = np.array([2, 1, 1, 1, 1, 1, 1]) / 8  # C twice
    assert found.pitch_class_entropy == pytest.approx(-(share * np.log2(share)).sum())
    assert found.scale_share == 1
    assert found.notes_per_quarter == 1
    assert found.polyphony == 1
    assert found.velocity_spread == pytest.approx(10)
    assert found.pitch_range == 12
    assert found.groove == 1
    assert found.inter_onset[GRID] == 1
    assert found.durations[GRID] == 1


def test_the_scale_may_be_any_and_foreign_notes_count_against_it() -> None:
    e_flat = [63, 65, 67, 68, 70, 72, 74, 75]
    assert measure(score_of([(i, 1, p, 60) for i, p in enumerate(e_flat)])).scale_share == 1
    with_foreign = [*e_flat, 64, 66]
    found = measure(score_of([(i, 1, p, 60) for i, p in enumerate(with_foreign)]))
    assert found.scale_share == pytest.approx(0.8)


def test_polyphony_counts_only_where_something_sounds() -> None:
    chord = [(0, 2, 60, 60), (0, 2, 64, 60), (0, 1, 67, 60)]
    after_a_rest = [(6, 2, 60, 60)]
    assert measure(score_of(chord + after_a_rest)).polyphony == pytest.approx((2 + 2 + 1 + 2) / 4)


def test_groove_is_the_share_of_sixteenths_that_agree() -> None:
    """Bar 1 has onsets on all beats, bar 2 on two of them: 2 of 16 slots differ."""
    notes = [(i, 0.25, 60, 60) for i in (0, 1, 2, 3, 4, 6)] + [(7.75, 0.25, 60, 60)]
    assert measure(score_of(notes)).groove == pytest.approx(1 - 3 / 16)


def test_a_repeated_bar_is_found_again_also_after_others() -> None:
    a = [(i, 1, 60 + 2 * i, 60) for i in range(4)]
    b = [(i, 1, 61 + 2 * i, 60) for i in range(4)]

    def bars(*order: list[tuple[float, float, int, int]]) -> Score:
        return score_of([(4 * n + s, d, p, v) for n, bar in enumerate(order) for s, d, p, v in bar])

    assert measure(bars(a, a, a)).self_similarity == pytest.approx(1)
    assert measure(bars(a, b)).self_similarity == pytest.approx(0)
    assert measure(bars(a, b, a)).self_similarity == pytest.approx(0.5)


def test_one_note_for_ever_is_a_collapse_and_a_melody_is_not() -> None:
    stuck = measure(score_of([(i / 2, 0.5, 60, 60) for i in range(100)]))
    assert stuck.collapse == 1
    assert stuck.is_collapsed
    assert not measure(make_score(n_bars=32)).is_collapsed


def test_a_collapse_in_the_last_third_is_seen() -> None:
    notes = [(i / 2, 0.5, 50 + (7 * i) % 24, 60) for i in range(100)]
    notes += [(50 + i / 2, 0.5, 60, 60) for i in range(50)]
    found = measure(score_of(notes))
    assert 0.1 < found.collapse < 0.4
    assert found.is_collapsed


def test_very_long_values_fall_into_the_last_bin() -> None:
    found = measure(score_of([(0, 30, 60, 60), (20, 1, 62, 60)]))
    assert found.durations[LONGEST] == 0.5
    assert found.inter_onset[LONGEST] == 1


def test_drums_are_passed_over_and_alone_are_refused() -> None:
    score = score_of([(0, 1, 60, 60), (1, 1, 64, 60)])
    drums = score_of([(i / 4, 0.25, 38, 100) for i in range(64)], is_drum=True)
    both = score_of([])
    both.tracks = [score.tracks[0], drums.tracks[0]]
    assert measure(both).notes_per_quarter == measure(score).notes_per_quarter
    with pytest.raises(UserError, match="no notes"):
        measure(drums)
