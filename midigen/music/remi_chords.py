"""Recognises chords by their intervals, as MidiTok 3.1 does (`detect_chords`)."""

from __future__ import annotations

from collections.abc import Container, Iterator

import numpy as np

Intervals = tuple[int, ...]  # semitones above the lowest note, that one included

MOST_NOTES = 10  # that are looked at together
MOST_SPAN = 24  # semitones


def find_chords(
    times: np.ndarray,
    pitches: np.ndarray,
    ends: np.ndarray,
    steps: np.ndarray,
    points_per_beat: int,
    known: Container[Intervals],
) -> Iterator[tuple[int, Intervals]]:
    """The known chords among the notes of a part, each with its time.

    Notes are struck together if they are at most a point of the grid apart; those that last for no
    longer than half a beat must be exactly together. They must end together by half a beat.

    Args:
        times, pitches, ends: of the notes in order of time, then pitch, (N,) each.
        steps: ticks of a point of the grid where each note begins, (N,).
        points_per_beat: of the grid.
        known: the chords.
    """
    half = steps * points_per_beat // 2
    together = np.searchsorted(times, times + steps, side="right")
    together = np.minimum(together, np.arange(len(times)) + MOST_NOTES)  # where each group stops
    exactly = np.minimum(np.searchsorted(times, times, side="right"), together)
    is_torn = _any_differ(ends, half, together)
    stops = np.where(is_torn | (ends - times > half), together, exactly).tolist()
    start_at, torn, pitch = times.tolist(), is_torn.tolist(), pitches.tolist()
    i, last = 0, -1
    while i < len(stops):
        if start_at[i] == last:
            i += 1
            continue
        stop = stops[i]
        if not torn[i]:
            if 3 <= stop - i <= 5:
                intervals = tuple(each - pitch[i] for each in pitch[i:stop])
                if intervals[-1] <= MOST_SPAN and intervals in known:
                    yield start_at[i], intervals
            last = start_at[stop - 1]
        i = stop


def _any_differ(ends: np.ndarray, by_more_than: np.ndarray, stops: np.ndarray) -> np.ndarray:
    """Whether any note of the group that begins with each, (N,), ends at quite another time."""
    found = np.zeros(len(ends), dtype=bool)
    sizes = stops - np.arange(len(ends))
    for k in range(1, int(sizes.max(initial=0))):
        differ = np.abs(ends[k:] - ends[:-k]) > by_more_than[:-k]
        found[:-k] |= differ & (sizes[:-k] > k)
    return found
