"""Finds how each beat is divided (eighths, triplets, 32nds …) and puts onsets on that division."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from midigen.rendering.metre import UNITS, Bar

# What a division costs the reader, by its step in units; set by looking at engraved pages. A note
# that is moved costs half the square of the way, so one alone at 2/12 of a beat becomes a sixteenth
# (0.6 + 2), while notes at 2/12 and 4/12 become a sextuplet (3.0).
_EFFORT = {24: 0.0, 12: 0.3, 6: 0.6, 8: 1.0, 3: 2.6, 4: 3.0, 2: 8.0}
_EFFORT_OF_HALVING = 0.2
_MOVE = 0.5
# Two onsets that fall on one place: a rolled chord may be written as a chord, an ornament may not,
# and a repeated note would be lost.
_ROLLED, _ORNAMENT, _LOST = 3.0, 12.0, 1000.0
_NARROW = 3  # semitones; closer notes struck one after the other are an ornament


@dataclass(frozen=True)
class Block:
    """A beat, or half of one, that is divided in one way; all in units."""

    start: int
    length: int
    step: int

    @property
    def end(self) -> int:
        return self.start + self.length


@dataclass(frozen=True)
class Division:
    """The blocks of a staff in order, and where each onset is written."""

    blocks: tuple[Block, ...]
    written: Mapping[int, int]

    def block_before(self, place: int) -> Block:
        """The block that a note which ends at `place` ends in."""
        return self.blocks[bisect_right(self.blocks, place - 1, key=lambda each: each.start) - 1]

    def block_at(self, place: int) -> Block:
        return self.block_before(place + 1)


def divide(onsets: Mapping[int, frozenset[int]], bars: Sequence[Bar]) -> Division:
    """Choose the division of every beat that is easiest to read and moves the onsets least.

    Args:
        onsets: the pitches that are struck at each place, in units of the piece.
        bars: the bars of the piece; onsets after the last one are left out.
    """
    blocks: list[Block] = []
    written: dict[int, int] = {}
    places = sorted(onsets)
    i = 0
    for start, length in _beats(bars):
        struck = []
        while i < len(places) and places[i] < start + length:
            struck.append((places[i] - start, onsets[places[i]]))
            i += 1
        after = onsets.get(start + length, frozenset())
        is_last = start + length == bars[-1].end
        _, steps = _cheapest(length, struck, after, may_leave=not is_last)
        inner = start
        for block_length, step in steps:
            blocks.append(Block(inner, block_length, step))
            inner += block_length
        for offset, _ in struck:
            written[start + offset] = start + _moved(offset, steps, may_leave=not is_last)
    return Division(tuple(blocks), written)


def _beats(bars: Iterable[Bar]) -> Iterable[tuple[int, int]]:
    """Start and length of what is divided as one: a quarter, or the count where it is shorter."""
    for bar in bars:
        length = min(UNITS, bar.metre.count)
        yield from ((start, length) for start in range(bar.start, bar.end, length))


Struck = Sequence[tuple[int, frozenset[int]]]
Steps = tuple[tuple[int, int], ...]  # length and step of each block


def _cheapest(
    length: int, struck: Struck, after: frozenset[int], may_leave: bool
) -> tuple[float, Steps]:
    if not struck or (len(struck) == 1 and struck[0][0] == 0):
        return 0.0, ((length, length),)
    best: tuple[float, Steps] = min(
        (_cost(length, step, struck, after, may_leave), ((length, step),))
        for step in _EFFORT
        if length % step == 0
    )
    if length == UNITS and any(abs(offset - length // 2) >= 2 for offset, _ in struck):
        half = length // 2
        first = [each for each in struck if each[0] < half]
        second = [(offset - half, pitches) for offset, pitches in struck if offset >= half]
        middle = second[0][1] if second and second[0][0] == 0 else frozenset()
        cost, steps = _cheapest(half, first, middle, True)
        more, more_steps = _cheapest(half, second, after, may_leave)
        best = min(best, (cost + more + _EFFORT[half] + _EFFORT_OF_HALVING, steps + more_steps))
    return best


def _cost(length: int, step: int, struck: Struck, after: frozenset[int], may_leave: bool) -> float:
    cost = _EFFORT[step] if step < length else 0.0
    taken: dict[int, frozenset[int]] = {length: after} if after else {}
    for offset, pitches in struck:
        place = _snap(offset, length, step, may_leave)
        cost += _MOVE * (place - offset) ** 2
        if place in taken:
            cost += _collision(taken[place], pitches)
        taken[place] = taken.get(place, frozenset()) | pitches
    return cost


def _collision(first: frozenset[int], second: frozenset[int]) -> float:
    if first & second:
        return _LOST
    apart = min(abs(a - b) for a in first for b in second)
    return _ROLLED if apart >= _NARROW else _ORNAMENT


def _snap(offset: int, length: int, step: int, may_leave: bool) -> int:
    place = (2 * offset + step) // (2 * step) * step
    return place if may_leave or place < length else length - step


def _moved(offset: int, steps: Steps, may_leave: bool) -> int:
    start = 0
    for i, (length, step) in enumerate(steps):
        if offset < start + length:
            is_last = i == len(steps) - 1
            return start + _snap(offset - start, length, step, may_leave or not is_last)
        start += length
    raise AssertionError(f"{offset} lies after {start}")
