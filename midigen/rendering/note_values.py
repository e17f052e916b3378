"""Spells a stretch of a bar in note values: dots, ties, tuplets, and rests that show the beats."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from midigen.rendering.metre import UNITS, Metre
from midigen.rendering.subdivision import Block

# Name and dots of every value that is written without a tie, by its length in units.
VALUES = {
    192: ("breve", 0),
    144: ("whole", 1),
    96: ("whole", 0),
    72: ("half", 1),
    48: ("half", 0),
    36: ("quarter", 1),
    24: ("quarter", 0),
    18: ("eighth", 1),
    12: ("eighth", 0),
    9: ("16th", 1),
    6: ("16th", 0),
    3: ("32nd", 0),
}
_FINEST = 3  # a 32nd; a place that is no multiple of it lies in a tuplet


@dataclass(frozen=True)
class Tuplet:
    """`actual` notes in the time of `normal`, from `start` to `end` in the bar."""

    start: int
    end: int
    actual: int
    normal: int


@dataclass(frozen=True)
class Value:
    """One symbol: its place and length in units of sounding time, and how it is written."""

    start: int
    length: int
    name: str
    dots: int
    tuplet: Tuplet | None = None

    @property
    def end(self) -> int:
        return self.start + self.length


def tuplets(blocks: Iterable[Block], edges: Iterable[int]) -> tuple[Tuplet, ...]:
    """The tuplets that a voice needs; blocks and edges are places in the bar.

    Args:
        blocks: how the beats are divided.
        edges: where the notes of the voice begin and end.
    """
    places = set(edges)
    return tuple(
        tuplet
        for block in blocks
        if block.step % _FINEST
        for tuplet in _tuplets(block.start, block.length, places)
    )


def spell(
    start: int, end: int, metre: Metre, brackets: Sequence[Tuplet], is_rest: bool
) -> list[Value]:
    """The values that fill a stretch of a bar; those of a note are tied."""
    values: list[Value] = []
    place = start
    for bracket in brackets:
        reaches_in = bracket.start < place < bracket.end or bracket.start < end < bracket.end
        # What fills a tuplet from edge to edge is no part of it.
        if not reaches_in or place >= bracket.end or end <= bracket.start:
            continue
        values += _plain(place, max(place, bracket.start), metre, is_rest)
        place = max(place, bracket.start)
        values += _in_tuplet(place, min(end, bracket.end), bracket)
        place = min(end, bracket.end)
    return values + list(_plain(place, end, metre, is_rest))


def _tuplets(start: int, length: int, places: set[int]) -> list[Tuplet]:
    inner = [place - start for place in places if start < place < start + length]
    if all(place % _FINEST == 0 for place in inner):
        return []
    steps = (step for step in (8, 4, 2) if length % (3 * step) == 0)
    step = next(step for step in steps if all(place % step == 0 for place in inner))
    half = length // 2
    # Small tuplets are read more easily: those of 32nds are triplets, even if it takes a tie.
    if half % _FINEST == 0 and (half in inner or (step == 2 and length > 3 * step)):
        return _tuplets(start, half, places) + _tuplets(start + half, half, places)
    actual = length // step
    return [Tuplet(start, start + length, actual, actual * 2 // 3)]


@lru_cache(maxsize=4096)
def _plain(start: int, end: int, metre: Metre, is_rest: bool) -> tuple[Value, ...]:
    """Fewest values such that none hides a stronger place of the metre than it may."""
    if start == end:
        return ()
    length = end - start
    inside = range(start + 1, end)
    strongest = min((metre.levels[place] for place in inside), default=9)
    if length in VALUES and _may_stand(start, end, strongest, metre, is_rest):
        return (Value(start, length, *VALUES[length]),)
    cuts = [place for place in inside if metre.levels[place] == strongest]
    assert strongest < 9, f"nothing fills {start} to {end} in {metre}"
    ways = [
        _plain(start, cut, metre, is_rest) + _plain(cut, end, metre, is_rest)
        for cut in ([cuts[0], cuts[-1]] if len(cuts) > 1 else cuts)
    ]
    # Of equally short ways the one with the longer first value: half and eighth, not the reverse.
    return min(ways, key=lambda way: (len(way), -way[0].length))


def _may_stand(start: int, end: int, strongest: int, metre: Metre, is_rest: bool) -> bool:
    levels = metre.levels
    first, last = levels[start], levels[end]
    if is_rest:
        return _rest_may_stand(start, end, strongest, metre)
    if strongest == 1 and not metre.is_even:
        return max(first, last) <= 1
    # A syncopation bridges one place of the level above it: eighth, quarter, eighth.
    bridged = sum(levels[place] == strongest for place in range(start + 1, end))
    return max(first, last) <= strongest or (max(first, last) == strongest + 1 and bridged == 1)


def _rest_may_stand(start: int, end: int, strongest: int, metre: Metre) -> bool:
    """Rests begin on a stronger place than any they cover, and show all beats of a triple metre."""
    first, last = metre.levels[start], metre.levels[end]
    _, dots = VALUES[end - start]
    if dots and not (metre.is_compound and max(first, last) <= 1):
        return first == last == 0
    if strongest <= 2 and metre.groups == (3,) and metre.count >= UNITS:
        return first == last == 0
    return first < strongest


def _in_tuplet(start: int, end: int, tuplet: Tuplet) -> list[Value]:
    values = []
    while start < end:
        lengths = [
            length * 2 // 3
            for length in VALUES
            if length * 2 % 3 == 0 and length * 2 // 3 <= end - start
        ]
        length = max(lengths)
        values.append(Value(start, length, *VALUES[length * 3 // 2], tuplet))
        start += length
    return values
