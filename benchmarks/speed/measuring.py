"""Two ways to do the same work, measured by turns on one thread, and what came of it.

Machines are shared and noisy: a ratio of CPU times that were taken in turns (A B A B) says what an
absolute time cannot. A `Row` is one line of the table: the figure, its spread, its floor.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

ROUNDS = 5


@dataclass(frozen=True)
class Row:
    """One measured claim.

    Attributes:
        what: what was measured, in words
        value: the median of the rounds
        spread: the smallest and the largest of the rounds
        floor: what the value must reach, or stay under if `at_most`
        unit: "x", "%", "s"...
        note: what a reader must know to judge it (sizes, peers)
    """

    what: str
    value: float
    spread: tuple[float, float]
    floor: float
    unit: str = "x"
    at_most: bool = False
    note: str = ""

    @property
    def is_reached(self) -> bool:
        return self.value <= self.floor if self.at_most else self.value >= self.floor


def row(what: str, values: Sequence[float], floor: float, **words: str | bool) -> Row:
    """A row whose value is the median of `values`; `words` are the rest of `Row`."""
    spread = (min(values), max(values))
    return Row(what, statistics.median(values), spread, floor, **words)  # type: ignore[arg-type]


def by_turns(*ways: Callable[[], object], rounds: int = ROUNDS) -> list[list[float]]:
    """CPU seconds of this process (all its threads) for each way in each round.

    Every way runs once beforehand, unmeasured: first calls load and allocate.

    Returns:
        For each way, its seconds in the order of the rounds.
    """
    for way in ways:
        way()
    return told_by_turns(*(partial(_cpu_s, way) for way in ways), rounds=rounds)


def told_by_turns(*clocks: Callable[[], float], rounds: int = ROUNDS) -> list[list[float]]:
    """As `by_turns`, of ways that tell their seconds themselves, and nothing beforehand."""
    seconds: list[list[float]] = [[] for _ in clocks]
    for _ in range(rounds):
        for clock, told in zip(clocks, seconds, strict=True):
            told.append(clock())
    return seconds


def _cpu_s(way: Callable[[], object]) -> float:
    began = time.process_time()
    way()
    return time.process_time() - began


class MissingError(Exception):
    """What a suite needs is not here; the message says what, and how to get it."""


def ratios(slow: Sequence[float], fast: Sequence[float]) -> list[float]:
    """How many times faster, round by round."""
    return [a / b for a, b in zip(slow, fast, strict=True)]


def load() -> str:
    """What else the machine was doing: the load averages, where the system tells them."""
    if not hasattr(os, "getloadavg"):
        return "unknown"
    return ", ".join(f"{each:.1f}" for each in os.getloadavg())
