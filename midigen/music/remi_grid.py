"""The grid and the bars of a piece as REMI spells them, by the rules of MidiTok 3.1."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np

USUAL_METRE = (4, 4)


class RemiGrid:
    """Where bars and beats of a piece lie, and where its events are moved to.

    Metres whose beats are eighths divide them as finely as others their quarters, so a piece with
    both has twice as many points a quarter, of which its quarters use every second.

    Args:
        changes: of the metre, (tick, beats, unit), in ticks of the score.
        ticks_per_quarter: of the score.
        positions: points of a beat.

    Attributes:
        metres: beats and unit of each metre.
        starts: when each begins, (M,) int64 in ticks of the grid; a change waits for the next bar
            line.
    """

    def __init__(
        self, changes: Sequence[tuple[int, int, int]], ticks_per_quarter: int, positions: int
    ) -> None:
        if not changes or changes[0][0] != 0:
            changes = [(0, *USUAL_METRE), *changes]
        self._quarter = positions * max(unit for _, _, unit in changes) // 4
        self._rate = self._quarter / ticks_per_quarter
        placed = self._at_bar_lines(
            [(int(tick * self._rate), beats, unit) for tick, beats, unit in changes]
        )
        self.metres = [(beats, unit) for _, beats, unit in placed]
        table: np.ndarray = np.array(placed, dtype=np.int64)
        self.starts, beats, units = table[:, 0], table[:, 1], table[:, 2]
        self._beat = self._quarter * 4 // units
        self._bar = beats * self._beat
        self._step = self._beat // positions
        self._is_even = len(set(self._step.tolist())) == 1

    def lengths(self, ticks: np.ndarray) -> np.ndarray:
        """Ticks of the score as ticks of the grid, rounded halves up, (N,) int64."""
        exact = ticks * self._rate
        whole = np.floor(exact)
        rounded: np.ndarray = (whole + (exact - whole >= 0.5)).astype(np.int64)
        return rounded

    def places(self, ticks: np.ndarray) -> np.ndarray:
        """Times in the score, in order, moved to the points of the grid, (N,) int64."""
        times = self.lengths(ticks)
        if self._is_even:
            return times
        changed = is_new(self._step)
        section = self.starts[changed].searchsorted(times, side="right") - 1
        start, step = self.starts[changed][section], self._step[changed][section]
        placed: np.ndarray = (np.round((times - start) / step) * step + start).astype(np.int64)
        return placed

    def positions(self, times: np.ndarray) -> np.ndarray:
        """How many points of the grid lie between the bar line and each time, (N,)."""
        metre = self._metre(times, "right")
        within: np.ndarray = (times - self.starts[metre]) % self._bar[metre]
        points: np.ndarray = within // self._step[metre]
        return points

    def steps(self, times: np.ndarray) -> np.ndarray:
        """Ticks of a point of the grid at each time, (N,): 1 or 2."""
        steps: np.ndarray = self._step[self._metre(times, "right")]
        return steps

    def steps_before(self, times: np.ndarray) -> np.ndarray:
        """The same in the metre that leads to each time."""
        steps: np.ndarray = self._step[self._metre(times, "left").clip(0)]
        return steps

    def _metre(self, times: np.ndarray, side: Literal["left", "right"]) -> np.ndarray:
        if len(self.starts) == 1:
            return np.zeros(len(times), dtype=np.intp)
        return self.starts.searchsorted(times, side=side) - 1

    def bars(self, last: int) -> tuple[np.ndarray, np.ndarray]:
        """When each bar up to the one at `last` begins, and the index of its metre, (B,) each."""
        ends = np.append(self.starts[1:], max(last, int(self.starts[-1])) + 1)
        counts = -((self.starts - ends) // self._bar)  # rounded up
        metre = np.repeat(np.arange(len(counts)), counts)
        place = np.arange(len(metre)) - np.repeat(np.cumsum(counts) - counts, counts)
        return self.starts[metre] + place * self._bar[metre], metre

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


def is_new(values: np.ndarray) -> np.ndarray:
    """Which values differ from the one before, (N,) bool; the first one does."""
    mask = np.ones(len(values), dtype=bool)
    np.not_equal(values[1:], values[:-1], out=mask[1:])
    return mask
