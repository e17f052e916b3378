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
    seconds: list[list[float]] = [[] for _ in ways]
    for _ in range(rounds):
        for way, taken in zip(ways, seconds, strict=True):
            began = time.process_time()
            way()
            taken.append(time.process_time() - began)
    return seconds


def ratios(slow: Sequence[float], fast: Sequence[float]) -> list[float]:
    """How many times faster, round by round."""
    return [a / b for a, b in zip(slow, fast, strict=True)]


def load() -> str:
    """What else the machine was doing: the load averages, where the system tells them."""
    if not hasattr(os, "getloadavg"):
        return "unknown"
    return ", ".join(f"{each:.1f}" for each in os.getloadavg())
