"""The bars of written music, and how strong each place in a bar is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
from symusic import Score

from midigen.music.score import simple_metre

# Written music is counted in units of 1/24 quarter: a 32nd note is 3, a triplet eighth 8, and the
# finest triplet, of 32nds, 2. The 12 positions a beat of the tokenizer are every other unit.
UNITS = 24
WHOLE = 4 * UNITS
SHORTEST = 2
_SIXTEENTH = UNITS // 4
_LONGEST_BAR = 12 * UNITS  # 12/4; longer metres do not fit on a line


@dataclass(frozen=True)
class Metre:
    """A time signature; places are units from the start of the bar."""

    numerator: int
    denominator: int

    @cached_property
    def count(self) -> int:
        """Length of what the metre counts, in units."""
        return WHOLE // self.denominator

    @cached_property
    def length(self) -> int:
        return self.count * self.numerator

    @cached_property
    def groups(self) -> tuple[int, ...]:
        """How the counts stand together: 4/4 is 2+2, 6/8 is 3+3, 5/4 is 3+2, 7/8 is 2+2+3."""
        n = self.numerator
        if n <= 3:
            return (n,)
        if n % 3 == 0:
            return (3,) * (n // 3)
        if n == 5:
            return (3, 2)
        return (2,) * (n // 2) if n % 2 == 0 else (*(2,) * ((n - 3) // 2), 3)

    @cached_property
    def is_compound(self) -> bool:
        """Whether three counts make a beat: 6/8, 9/8, 12/8, 6/4."""
        return len(self.groups) > 1 and set(self.groups) == {3}

    @cached_property
    def beats(self) -> tuple[int, ...]:
        """Where beats begin, one beam each: quarters, or the groups of shorter counts."""
        if self.count >= UNITS:
            return tuple(range(0, self.length, UNITS))
        return tuple(sorted(self._group_starts))

    @cached_property
    def _group_starts(self) -> frozenset[int]:
        return frozenset(self.count * start for start in accumulate(self.groups[:-1], initial=0))

    @cached_property
    def is_even(self) -> bool:
        """Whether notes may bridge the groups, as a half note may on the second beat of 4/4."""
        return set(self.groups) == {2}

    @cached_property
    def levels(self) -> tuple[int, ...]:
        """Of every place, its end included: 0 for the barline, 1 for groups, 2 for counts, then
        halves, quarters … of a count; 9 for what lies between."""
        return tuple(self._level(place) for place in range(self.length + 1))

    def _level(self, place: int) -> int:
        if place % self.length == 0:
            return 0
        if place in self._group_starts:
            return 1
        part, level = self.count, 2
        while place % part:
            if part % 2:
                return 9
            part, level = part // 2, level + 1
        return level


@dataclass(frozen=True)
class Bar:
    """One bar: its place in the piece, in units."""

    start: int
    metre: Metre
    is_new_metre: bool

    @property
    def end(self) -> int:
        return self.start + self.metre.length


def bars_of(score: Score, limit: int) -> list[Bar]:
    """The bars up to the last note's end, at most `limit`; the score is in ticks and has notes.

    A change of metre in mid-bar begins a new bar; what stands before it becomes a bar of its own
    metre, such as 1/4, counted in whole sixteenths.
    """
    tracks = [track.notes.numpy() for track in score.tracks if track.notes]
    last_start = max(int(notes["time"].max()) for notes in tracks)
    last_end = max(
        int((notes["time"].astype(np.int64) + notes["duration"]).max()) for notes in tracks
    )
    end = int(max(units(last_end, score), units(last_start, score) + SHORTEST))
    changes = _changes(score)
    bars: list[Bar] = []
    for metre, start, stop in _stretches(changes, end):
        bars += _fill(metre, start, stop, limit - len(bars))
    return [
        Bar(bar.start, bar.metre, before is None or before.metre != bar.metre)
        for before, bar in zip([None, *bars], bars, strict=False)
    ]


def units(ticks: npt.ArrayLike, score: Score) -> npt.NDArray[np.int64]:
    """The nearest places on the grid of 12 positions a quarter."""
    quarter = int(score.ticks_per_quarter)
    doubled = 2 * np.asarray(ticks, np.int64) * (UNITS // SHORTEST)
    return SHORTEST * ((doubled + quarter) // (2 * quarter))


def readable_metre(numerator: int, denominator: int) -> Metre:
    """The metre as it is where people would write it, else the nearest simple one."""
    if denominator in (2, 4, 8, 16) and numerator * WHOLE // denominator <= _LONGEST_BAR:
        return Metre(numerator, denominator)
    return Metre(*simple_metre(numerator, denominator))


def _changes(score: Score) -> list[tuple[int, Metre]]:
    signatures: list[Any] = sorted(score.time_signatures, key=lambda each: int(each.time))
    changes = {0: Metre(4, 4)}
    for each in signatures:
        place = int(units(int(each.time), score))
        changes[place] = readable_metre(int(each.numerator), int(each.denominator))
    return sorted(changes.items())


def _stretches(changes: list[tuple[int, Metre]], end: int) -> Iterator[tuple[Metre, int, int]]:
    """Metre, start and stop of each stretch in one metre; the last one stops where bars stop."""
    moved = 0  # where the stretch before really ended, once cut to whole sixteenths
    for (place, metre), (following, _) in pairwise([*changes, (end, changes[-1][1])]):
        start = max(place, moved)
        if start >= end:
            return
        if following >= end:
            yield metre, start, -(-(end - start) // metre.length) * metre.length + start
            return
        whole, rest = divmod(max(0, following - start), metre.length)
        moved = start + whole * metre.length + -(-rest // _SIXTEENTH) * _SIXTEENTH
        yield metre, start, moved


def _fill(metre: Metre, start: int, stop: int, limit: int) -> list[Bar]:
    whole, rest = divmod(stop - start, metre.length)
    bars = [Bar(start + i * metre.length, metre, False) for i in range(min(whole, limit))]
    if rest and whole < limit:
        denominator = next(each for each in (4, 8, 16) if rest * each % WHOLE == 0)
        cut = Metre(rest * denominator // WHOLE, denominator)
        bars.append(Bar(start + whole * metre.length, cut, False))
    return bars
