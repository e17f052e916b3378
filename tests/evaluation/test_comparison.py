from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from midigen.errors import UserError
from midigen.evaluation.comparison import compare, overlap_of_scalars
from midigen.music.measures import HISTOGRAMS, SCALARS, Measures, measure
from tests.conftest import make_score


def pieces(seeds: range) -> list[Measures]:
    return [measure(make_score(seed=seed)) for seed in seeds]


def test_a_set_overlaps_fully_with_itself() -> None:
    some = pieces(range(8))
    found = compare(some, some)
    assert [row.name for row in found.rows] == [
        *(name for name in SCALARS if name != "collapse"),
        *HISTOGRAMS,
    ]
    for row in found.rows:
        assert row.overlap == pytest.approx(1)
        assert row.generated == row.real
    assert found.mean_overlap == pytest.approx(1)
    assert found.real_overlap < 1, "halves are not the whole"


def test_what_is_unlike_is_seen_in_its_row_alone() -> None:
    some = pieces(range(8))
    loud = [replace(each, velocity_spread=each.velocity_spread + 50) for each in some]
    for row in compare(loud, some).rows:
        assert row.overlap == pytest.approx(0 if row.name == "velocity_spread" else 1, abs=1e-6)


def test_collapsed_pieces_are_counted() -> None:
    some = pieces(range(4))
    stuck = [replace(some[0], collapse=0.9), *some[1:]]
    assert compare(stuck, some).n_collapsed == 1


def test_the_overlap_of_two_normal_distributions_is_the_known_one() -> None:
    """Two unit normals whose means are 2 apart share 2 Φ(-1) = 0.3173."""
    at = np.linspace(0.0005, 0.9995, 2000)
    normal = np.sqrt(2) * np.array([_inverse_erf(2 * p - 1) for p in at])
    assert overlap_of_scalars(normal, normal + 2) == pytest.approx(0.3173, abs=0.04)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [([3, 3, 3], [3, 3], 1.0), ([3, 3, 3], [4, 4], 0.0), ([3, 3, 3], [10, 12, 14], 0.0)],
)
def test_values_without_spread_are_judged_too(
    a: list[float], b: list[float], expected: float
) -> None:
    assert overlap_of_scalars(np.array(a, float), np.array(b, float)) == pytest.approx(
        expected, abs=0.01
    )


def test_one_piece_is_no_distribution() -> None:
    with pytest.raises(UserError, match="1 generated and 4 real"):
        compare(pieces(range(1)), pieces(range(4)))


def _inverse_erf(y: float) -> float:
    from math import erf

    low, high = -5.0, 5.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if erf(middle) < y else (low, middle)
    return low
