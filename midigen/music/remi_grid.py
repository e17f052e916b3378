"""The grid and the bars of a piece as REMI spells them, by the rules of MidiTok 3.1."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

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
        starts: when each metre begins, (M,) int64 in ticks of the grid; a change waits for the
            next bar line.
        metres: beats and unit of each.
        beat_ticks, bar_ticks: the length of its beats and bars, (M,) int64.
        step_ticks: from one point to the next, (M,) int64.
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
        self.starts, beats, units = np.array(placed, dtype=np.int64).T
        self.beat_ticks = self._quarter * 4 // units
        self.bar_ticks = beats * self.beat_ticks
        self.step_ticks = self.beat_ticks // positions
        self._beats = sorted(set(self.beat_ticks.tolist()))

    def lengths(self, ticks: np.ndarray) -> np.ndarray:
        """Ticks of the score as ticks of the grid, rounded halves up, (N,) int64."""
        exact = ticks * self._rate
        whole = np.floor(exact)
        return (whole + (exact - whole >= 0.5)).astype(np.int64)  # type: ignore[no-any-return]

    def places(self, ticks: np.ndarray) -> np.ndarray:
        """Times in the score, in order, moved to the points of the grid, (N,) int64."""
        times = self.lengths(ticks)
        if len(self._beats) == 1:
            return times
        changed = is_new(self.step_ticks)
        starts, steps = self.starts[changed], self.step_ticks[changed]
        section = np.searchsorted(starts, times, side="right") - 1
        start, step = starts[section], steps[section]
        return (np.round((times - start) / step) * step + start).astype(np.int64)  # type: ignore[no-any-return]

    def metre_at(self, times: np.ndarray) -> np.ndarray:
        """The index of the metre at each time, (N,)."""
        if len(self.starts) == 1:
            return np.zeros(len(times), dtype=np.intp)
        return self.starts.searchsorted(times, side="right") - 1

    def positions(self, times: np.ndarray) -> np.ndarray:
        """How many points of the grid lie between the bar line and each time, (N,)."""
        metre = self.metre_at(times)
        return (times - self.starts[metre]) % self.bar_ticks[metre] // self.step_ticks[metre]  # type: ignore[no-any-return]

    def metre_before(self, times: np.ndarray) -> np.ndarray:
        """The index of the metre that leads to each time, (N,)."""
        return np.searchsorted(self.starts, times, side="left").clip(1) - 1

    def by_beat(self, metres: np.ndarray) -> Iterator[tuple[int, np.ndarray | slice]]:
        """The different lengths of beats, and which of the indices of metres, (N,), have each."""
        if len(self._beats) == 1:
            yield self._beats[0], slice(None)
            return
        for beat in self._beats:
            yield beat, np.flatnonzero(self.beat_ticks[metres] == beat)

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


def is_new(values: np.ndarray) -> np.ndarray:
    """Which values differ from the one before, (N,) bool; the first one does."""
    mask = np.ones(len(values), dtype=bool)
    np.not_equal(values[1:], values[:-1], out=mask[1:])
    return mask
