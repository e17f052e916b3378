"""Values of many pieces counted into bars to draw; how they are said is not known here."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

MOST_BARS = 14
FEWEST_BARS = 3  # of sizes; fewer say nothing
FEW_WORDS = 7
OUTLIERS = 0.98  # what lies above is one open bar, so that one odd file does not flatten the rest


@dataclass(frozen=True)
class Histogram:
    """Shares between edges.

    Attributes:
        edges: where bars begin and end, one more than there are bars; the last may be infinite.
        shares: of each bar; all together 1, or none at all.
    """

    edges: tuple[float, ...] = ()
    shares: tuple[float, ...] = ()


def of_values(values: Sequence[float]) -> Histogram:
    """Bars of one width, a round number: 1, 2 or 5 times a power of ten; fewer for few values."""
    if not values:
        return Histogram()
    low, high = min(values), float(np.quantile(values, OUTLIERS))
    most = min(MOST_BARS, math.ceil(2 * math.sqrt(len(values))))
    width = round_up((high - low) / max(1, most - 1))
    first = math.floor(low / width)
    n_bars = max(1, math.floor(high / width) - first + 1)
    edges = [round((first + i) * width, 9) for i in range(n_bars + 1)]
    if max(values) >= edges[-1]:
        edges.append(math.inf)
    return _counted(values, edges)


def of_sizes(sizes: Sequence[int]) -> Histogram:
    """Bars that double: for lengths, which differ by factors. All sizes are above 0.

    Where that would be one or two bars, a doubling is divided into two or four equal factors.
    """
    if not sizes:
        return Histogram()
    for parts in (1, 2, 4):
        low, high = (math.floor(parts * math.log2(each)) for each in (min(sizes), max(sizes)))
        if high - low >= FEWEST_BARS - 1:
            break
    return _counted(sizes, [2.0 ** (step / parts) for step in range(low, high + 2)])


def of_counts(counts: Sequence[int], width: int) -> Histogram:
    """Neighbours taken together, from the first that occurs to the last.

    Args:
        counts: of the numbers 0, 1, 2, ….
        width: how many are one bar; bars begin at its multiples.
    """
    present = [i for i, count in enumerate(counts) if count]
    if not present:
        return Histogram()
    starts = range(present[0] // width * width, present[-1] + 1, width)
    total = sum(counts)
    shares = tuple(sum(counts[start : start + width]) / total for start in starts)
    return Histogram((*map(float, starts), float(starts[-1] + width)), shares)


def of_words(words: Sequence[str]) -> tuple[tuple[str, float], ...]:
    """The most frequent words with their shares; a last one without a name stands for the rest."""
    ranked = Counter(words).most_common()
    shown = ranked if len(ranked) <= FEW_WORDS else ranked[: FEW_WORDS - 1]
    shares = [(word, count / len(words)) for word, count in shown]
    if len(shown) < len(ranked):
        shares.append(("", 1 - sum(share for _, share in shares)))
    return tuple(shares)


def round_up(width: float) -> float:
    """The next round number: 0.13 -> 0.2, 3 -> 5, 7 -> 10; 1 of nothing."""
    if width <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(width))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= width * (1 - 1e-9))


def _counted(values: Sequence[float], edges: Sequence[float]) -> Histogram:
    places = np.searchsorted(np.asarray(edges), np.asarray(values, dtype=float), side="right") - 1
    counts = np.bincount(places, minlength=len(edges) - 1)
    return Histogram(tuple(edges), tuple(float(each) for each in counts / len(values)))
