from __future__ import annotations

import math

import pytest

from midigen.corpus import histograms
from midigen.corpus.histograms import MOST_BARS, Histogram


@pytest.mark.parametrize("count", [histograms.of_values, histograms.of_sizes])
def test_of_nothing_there_are_no_bars(count: object) -> None:
    assert callable(count)
    assert count([]) == Histogram()
    assert histograms.of_counts([0] * 128, 3) == Histogram()
    assert histograms.of_words([]) == ()


@pytest.mark.parametrize("value", [0.0, 0.4, 120.0, 7.7])
def test_one_value_is_one_bar(value: float) -> None:
    found = histograms.of_values([value])
    assert found.shares == (1.0,)
    assert found.edges[0] <= value < found.edges[1]


def test_values_are_counted_between_round_edges() -> None:
    found = histograms.of_values([61, 62, 75, 99, 118, 119, 80, 90, 100, 103])
    assert found.edges == (60, 70, 80, 90, 100, 110, 120)
    assert found.shares == pytest.approx((0.2, 0.1, 0.1, 0.2, 0.2, 0.2))


def test_a_few_that_are_far_away_share_one_open_bar() -> None:
    found = histograms.of_values([*range(100), 10_000])
    assert found.edges[-2:] == (100, math.inf)
    assert found.shares[-1] == pytest.approx(1 / 101)
    assert len(found.shares) <= MOST_BARS + 1
    assert sum(found.shares) == pytest.approx(1)


@pytest.mark.parametrize("n", [1, 2, 3, 7, 50, 999])
def test_there_are_never_too_many_bars_and_no_value_is_lost(n: int) -> None:
    found = histograms.of_values([0.013 * i**2 + 3 for i in range(n)])
    assert len(found.edges) == len(found.shares) + 1
    assert 1 <= len(found.shares) <= MOST_BARS + 1
    assert sum(found.shares) == pytest.approx(1)


def test_sizes_are_counted_in_bars_that_double() -> None:
    found = histograms.of_sizes([100, 128, 255, 256, 700])
    assert found.edges == (64, 128, 256, 512, 1024)
    assert found.shares == pytest.approx((0.2, 0.4, 0.2, 0.2))


def test_sizes_that_are_much_alike_have_narrower_bars() -> None:
    """Eight songs of 2,300 to 4,000 tokens were one black block."""
    found = histograms.of_sizes([2339, 2704, 3084, 3374, 3591, 3813, 3901, 3975])
    assert len(found.shares) == 4
    assert found.edges[0] == 2048
    assert found.edges[-1] == pytest.approx(4096)
    assert found.shares == (0.125, 0.125, 0.25, 0.5)


def test_counts_of_neighbours_are_taken_together() -> None:
    counts = [0] * 128
    counts[61], counts[62], counts[66] = 1, 2, 1
    found = histograms.of_counts(counts, 3)
    assert found.edges == (60, 63, 66, 69)
    assert found.shares == (0.75, 0.0, 0.25)


def test_rare_words_are_one_bar_without_a_name() -> None:
    words = ["4/4"] * 12 + ["3/4"] * 8 + [f"{n}/8" for n in range(1, 11)]
    found = histograms.of_words(words)
    assert found[0] == ("4/4", 0.4)
    assert found[-1] == ("", pytest.approx(6 / 30))
    assert sum(share for _, share in found) == pytest.approx(1)
    assert histograms.of_words(["4/4", "3/4"]) == (("4/4", 0.5), ("3/4", 0.5))


@pytest.mark.parametrize(
    ("width", "rounded"), [(0.13, 0.2), (3, 5), (7, 10), (1, 1), (0, 1), (-1, 1), (0.5, 0.5)]
)
def test_widths_are_round(width: float, rounded: float) -> None:
    assert histograms.round_up(width) == pytest.approx(rounded)
