"""The grid and the bars of a piece as REMI spells them, by the rules of MidiTok 3.1."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from symusic import Score

USUAL_METRE = (4, 4)


class RemiGrid:
    """Where bars and beats of a piece lie, and where its events are moved to.

    Metres whose beats are eighths divide them as finely as others their quarters, so a piece with
    both has twice as many points a quarter, of which its quarters use every second.

    Args:
        score: whose metres count.
        known: the metres of the alphabet, (beats, unit); the others are passed over.
        positions: points of a beat.

    Attributes:
        starts: when each metre begins, (M,) int64 in ticks of the grid; a change waits for the
            next bar line.
        metres: beats and unit of each.
        beat_ticks, bar_ticks: the length of its beats and bars, (M,) int64.
        step_ticks: from one point to the next, (M,) int64.
    """

    def __init__(self, score: Score, known: Iterable[tuple[int, int]], positions: int) -> None:
        changes = [(each.time, each.numerator, each.denominator) for each in score.time_signatures]
        changes = [each for each in changes if each[1:] in known]
        if not changes or changes[0][0] != 0:
            changes.insert(0, (0, *USUAL_METRE))
        self._quarter = positions * max(unit for _, _, unit in changes) // 4
        self._rate = self._quarter / score.ticks_per_quarter
        placed = self._at_bar_lines(
            [(int(time * self._rate), beats, unit) for time, beats, unit in changes]
        )
        self.metres = [(beats, unit) for _, beats, unit in placed]
        self.starts, beats, units = np.array(placed, dtype=np.int64).T
        self.beat_ticks = self._quarter * 4 // units
        self.bar_ticks = beats * self.beat_ticks
        self.step_ticks = self.beat_ticks // positions

    def lengths(self, ticks: np.ndarray) -> np.ndarray:
        """Ticks of the score as ticks of the grid, rounded halves up, (N,) int64."""
        exact = ticks * self._rate
        whole = np.floor(exact)
        return (whole + (exact - whole >= 0.5)).astype(np.int64)  # type: ignore[no-any-return]

    def places(self, ticks: np.ndarray) -> np.ndarray:
        """Times in the score, in order, moved to the points of the grid, (N,) int64."""
        times = self.lengths(ticks)
        changed = np.diff(self.step_ticks, prepend=0) != 0
        starts, steps = self.starts[changed], self.step_ticks[changed]
        if len(starts) == 1:
            return times
        section = np.searchsorted(starts, times, side="right") - 1
        start, step = starts[section], steps[section]
        return (np.round((times - start) / step) * step + start).astype(np.int64)  # type: ignore[no-any-return]

    def metre_at(self, times: np.ndarray) -> np.ndarray:
        """The index of the metre at each time, (N,)."""
        return np.searchsorted(self.starts, times, side="right") - 1

    def metre_before(self, times: np.ndarray) -> np.ndarray:
        """The index of the metre that leads to each time, (N,)."""
        return np.searchsorted(self.starts, times, side="left").clip(1) - 1

    def bars(self, last: int) -> tuple[np.ndarray, np.ndarray]:
        """When each bar up to the one at `last` begins, and the index of its metre, (B,) each."""
        ends = np.append(self.starts[1:], max(last, int(self.starts[-1])) + 1)
        counts = -((self.starts - ends) // self.bar_ticks)  # rounded up
        metre = np.repeat(np.arange(len(counts)), counts)
        place = np.arange(len(metre)) - np.repeat(np.cumsum(counts) - counts, counts)
        return self.starts[metre] + place * self.bar_ticks[metre], metre

    def _at_bar_lines(self, changes: Iterable[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
        """Each change (time, beats, unit) at the next bar line, where the last one counts."""
        placed: list[tuple[int, int, int]] = []
        for time, beats, unit in changes:
            if placed and placed[-1][1:] == (beats, unit):
                continue
            if placed:
                start, old_beats, old_unit = placed[-1]
                bar = self._quarter * 4 * old_beats // old_unit
                time = start - min(0, start - time) // bar * bar  # rounded up
                if time == start:
                    placed.pop()
                    if placed and placed[-1][1:] == (beats, unit):
                        continue
            placed.append((time, beats, unit))
        return placed
