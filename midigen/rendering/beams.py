"""Joins the short notes of a beat by beams."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import groupby
from typing import Literal

from midigen.rendering.metre import Metre
from midigen.rendering.note_values import Tuplet, Value

Beam = Literal["begin", "continue", "end", "forward hook", "backward hook"]

_BEAMS = {"eighth": 1, "16th": 2, "32nd": 3}


def beams(values: Sequence[Value], is_rest: Sequence[bool], metre: Metre) -> list[tuple[Beam, ...]]:
    """For each value of a voice in one bar its beams, the outermost first; rests have none."""
    result: list[tuple[Beam, ...]] = [()] * len(values)
    counts = [
        0 if rest else _BEAMS.get(value.name, 0)
        for value, rest in zip(values, is_rest, strict=True)
    ]

    # A beam that covers half a tuplet and goes on beyond it can be written, but not be read.
    broken = {value.tuplet for value, n in zip(values, counts, strict=True) if n == 0}

    def place(i: int) -> tuple[int, bool, Tuplet | None]:
        tuplet = values[i].tuplet
        beat = bisect_right(metre.beats, values[i].start)
        return beat, counts[i] > 0, tuplet if tuplet in broken else None

    for (_, is_short, _), group in groupby(range(len(values)), key=place):
        members = list(group)
        if is_short and len(members) > 1:
            for at, i in enumerate(members):
                result[i] = _levels([counts[each] for each in members], at)
    return result


def _levels(counts: Sequence[int], at: int) -> tuple[Beam, ...]:
    return tuple(_beam(counts, at, level) for level in range(1, counts[at] + 1))


def _beam(counts: Sequence[int], at: int, level: int) -> Beam:
    joins_before = at > 0 and counts[at - 1] >= level
    joins_after = at + 1 < len(counts) and counts[at + 1] >= level
    if joins_before:
        return "continue" if joins_after else "end"
    if joins_after:
        return "begin"
    return "forward hook" if at == 0 else "backward hook"
