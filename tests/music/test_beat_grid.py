"""Scores lie on the beat grid, free playing does not."""

from __future__ import annotations

import numpy as np
import pytest
from symusic import Note, Score, Track

from midigen.music.beat_grid import BY_CHANCE, FREE_PLAYING, share_on_grid
from tests.conftest import TICKS, make_score


def playing(onsets: np.ndarray, is_drum: bool = False) -> Score:
    """Notes that begin at these quarters."""
    score = Score(TICKS)
    track = Track(is_drum=is_drum)
    for onset in onsets:
        track.notes.append(Note(round(float(onset) * TICKS), 100, 60, 80))
    score.tracks = [track]
    return score


def freely(n: int = 1000, seed: int = 0) -> np.ndarray:
    return np.cumsum(np.random.default_rng(seed).exponential(0.3, n))


@pytest.mark.parametrize("lines", [1, 2, 3, 4, 5, 6, 7, 8, 12])
def test_whatever_notation_can_write_lies_on_the_grid(lines: int) -> None:
    assert share_on_grid(playing(np.arange(200) / lines)) > 0.99


def test_sixteenths_and_triplets_in_one_piece_lie_on_the_grid() -> None:
    beats = np.arange(60)[:, None] + np.array([0, 0.25, 1 / 3, 0.5, 2 / 3, 0.75])
    assert share_on_grid(playing(beats.ravel())) == 1


def test_a_real_score_lies_on_the_grid() -> None:
    assert share_on_grid(make_score()) == 1


def test_free_playing_is_near_the_grid_as_often_as_chance_has_it() -> None:
    assert share_on_grid(playing(freely())) == pytest.approx(BY_CHANCE, abs=0.06)


def test_a_file_that_begins_late_as_a_whole_still_lies_on_the_grid() -> None:
    """Songs of POP909 begin some ticks after their first beat, and all notes with them."""
    assert share_on_grid(playing(np.arange(200) / 4 + 0.11)) == 1


@pytest.mark.parametrize(("jitter_s", "is_free"), [(0.01, False), (0.02, False), (0.06, True)])
def test_playing_to_a_click_is_told_from_free_playing(jitter_s: float, is_free: bool) -> None:
    """At 120 quarters a minute; a sixteenth is 0.125 s."""
    jitter = np.random.default_rng(0).normal(0, 2 * jitter_s, 400)
    share = share_on_grid(playing(np.abs(np.arange(400) / 4 + jitter)))
    assert (share < FREE_PLAYING) is is_free


def test_a_score_in_a_tempo_that_the_file_does_not_state_is_free_playing() -> None:
    """What a recording is: seconds, written down at 120 quarters a minute."""
    assert share_on_grid(playing(np.arange(400) / 4 * 120 / 97.3)) < FREE_PLAYING


@pytest.mark.parametrize("n", [0, 1, 2])
def test_next_to_no_notes_are_not_off_the_grid(n: int) -> None:
    assert share_on_grid(playing(np.arange(n) * 0.77 + 0.1)) >= BY_CHANCE


def test_drums_count() -> None:
    assert share_on_grid(playing(np.arange(100) / 4, is_drum=True)) == 1
    assert share_on_grid(playing(freely(), is_drum=True)) < FREE_PLAYING


def test_all_notes_between_two_lines_of_one_grid_are_shifted_onto_it() -> None:
    score = playing(np.repeat(np.arange(50), 2) + np.tile([0, 0.5], 50) + 0.125)
    assert share_on_grid(score) == 1
