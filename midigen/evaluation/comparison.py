"""How like two sets of pieces are: each measure's mean on both sides, and the overlap.

Source: Yang & Lerch, "On the evaluation of generative models in music", Neural Computing and
Applications 32 (2020): distributions are compared by the area that their kernel density estimates
share. Histograms of rhythm share the sum of the smaller of each two bins.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from midigen.errors import UserError
from midigen.music.measures import HISTOGRAMS, SCALARS, Measures

_COMPARED = tuple(name for name in SCALARS if name != "collapse")
_POINTS = 512
_HALVINGS = 20


@dataclass(frozen=True)
class Row:
    """One measure of both sets.

    Attributes:
        name: as in `Measures`.
        generated, real: means; None for a histogram.
        generated_spread, real_spread: standard deviations over pieces.
        overlap: of the two distributions, from 0 to 1.
    """

    name: str
    generated: float | None
    real: float | None
    generated_spread: float | None
    real_spread: float | None
    overlap: float


@dataclass(frozen=True)
class Comparison:
    """Two sets of pieces, measure by measure.

    Attributes:
        rows: the table.
        n_generated, n_real: pieces.
        n_collapsed: generated pieces that ran into a few notes.
        real_overlap: mean overlap of random halves of the real pieces: what can be expected of
            pieces that come from the same source.
    """

    rows: tuple[Row, ...]
    n_generated: int
    n_real: int
    n_collapsed: int
    real_overlap: float

    @property
    def mean_overlap(self) -> float:
        return float(np.mean([row.overlap for row in self.rows]))


def compare(generated: Sequence[Measures], real: Sequence[Measures]) -> Comparison:
    """Compare generated pieces with real ones.

    Raises:
        UserError: a side has fewer than two pieces.
    """
    if min(len(generated), len(real)) < 2:
        raise UserError(
            f"There are {len(generated)} generated and {len(real)} real pieces to compare.",
            "A distribution needs two pieces at least.",
        )
    return Comparison(
        rows=tuple(_rows(generated, real)),
        n_generated=len(generated),
        n_real=len(real),
        n_collapsed=sum(each.is_collapsed for each in generated),
        real_overlap=_overlap_of_halves(real),
    )


def overlap_of_scalars(a: np.ndarray, b: np.ndarray) -> float:
    """Area shared by two Gaussian kernel density estimates (Scott's rule): a (N,), b (M,).

    Values that do not vary at all have no density: two equal ones overlap fully, and one that
    stands against a spread is given a hundredth of that spread.
    """
    width = max(float(a.std()), float(b.std()))
    if width < 1e-9:
        return float(np.isclose(a[0], b[0]))
    low, high = min(a.min(), b.min()) - 3 * width, max(a.max(), b.max()) + 3 * width
    at = np.linspace(low, high, _POINTS)
    one, other = (_density(each, at, 0.01 * width) for each in (a, b))
    return float(np.minimum(one, other).sum())


def _rows(generated: Sequence[Measures], real: Sequence[Measures]) -> list[Row]:
    rows = []
    for name in _COMPARED:
        a, b = (np.array([getattr(m, name) for m in side]) for side in (generated, real))
        spread = float(a.std()), float(b.std())
        rows.append(Row(name, float(a.mean()), float(b.mean()), *spread, overlap_of_scalars(a, b)))
    for name in HISTOGRAMS:
        a, b = (np.mean([getattr(m, name) for m in side], axis=0) for side in (generated, real))
        rows.append(Row(name, None, None, None, None, float(np.minimum(a, b).sum())))
    return rows


def _overlap_of_halves(real: Sequence[Measures]) -> float:
    """The mean overlap of two random halves of a set, over several divisions; 4 pieces at least."""
    if len(real) < 4:
        return float("nan")
    chance = np.random.default_rng(0)
    means = []
    for _ in range(_HALVINGS):
        order = chance.permutation(len(real))
        one, other = ([real[i] for i in half] for half in np.array_split(order, 2))
        means.append(np.mean([row.overlap for row in _rows(one, other)]))
    return float(np.mean(means))


def _density(values: np.ndarray, at: np.ndarray, narrowest: float) -> np.ndarray:
    """A density estimate on a grid, (P,), that sums to 1."""
    bandwidth = max(float(values.std(ddof=1)) * len(values) ** -0.2, narrowest)
    kernels = np.exp(-0.5 * ((at[:, None] - values) / bandwidth) ** 2)
    total = kernels.sum(axis=1)
    density: np.ndarray = total / max(total.sum(), 1e-12)
    return density
