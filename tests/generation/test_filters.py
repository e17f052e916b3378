"""Sampling filters as tables of probabilities before and after."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from midigen.config import GenerationRequest
from midigen.generation.filters import (
    allow,
    draw,
    filter_logits,
    min_p,
    repetition_penalty,
    temperature,
    top_k,
    top_p,
)

PLAIN = GenerationRequest(temperature=1.0, top_p=1.0, top_k=0, min_p=0.0, repetition_penalty=1.0)
EVERYTHING = GenerationRequest(
    temperature=0.8, top_p=0.9, top_k=20, min_p=0.02, repetition_penalty=1.3
)
KEY = [0.15, 0.5, 0.1, 0.25]  # exact ranks: 1 3 0 2
TIED = [0.2, 0.2, 0.2, 0.2, 0.2]
DEGENERATE = [0.0, 0.0, 1.0, 0.0]  # all but one masked


def logits_of(probabilities: list[float]) -> np.ndarray:
    with np.errstate(divide="ignore"):
        return np.log(np.array(probabilities, dtype=np.float32))


def kept(logits: np.ndarray) -> list[int]:
    return np.flatnonzero(np.isfinite(logits)).tolist()


def random_logits(size: int, seed: int = 0) -> np.ndarray:
    return 3 * np.random.default_rng(seed).standard_normal(size, dtype=np.float32)


def probabilities_of(logits: np.ndarray) -> list[float]:
    return torch.softmax(torch.from_numpy(logits), -1).tolist()


def by_full_sort(logits: np.ndarray, k: int, share: float, p: float) -> list[int]:
    """The plain way: the whole alphabet sorted, each rule read off the list of probabilities."""
    order = sorted(range(len(logits)), key=lambda i: (-logits[i], i))
    values = np.exp(logits[order].astype(np.float64) - logits.max())
    order = order[: k or None]
    order = [i for i, value in zip(order, values, strict=False) if value >= share]
    left = values[: len(order)] / values[: len(order)].sum()
    return sorted(i for n, i in enumerate(order) if n == 0 or left[:n].sum() < p)


@pytest.mark.parametrize(
    ("probabilities", "k", "expected"),
    [
        (KEY, 0, [0, 1, 2, 3]),
        (KEY, 1, [1]),
        (KEY, 2, [1, 3]),
        (KEY, 3, [0, 1, 3]),
        (KEY, 4, [0, 1, 2, 3]),
        (KEY, 1000, [0, 1, 2, 3]),
        (TIED, 2, [0, 1]),
        (DEGENERATE, 1, [2]),
        (DEGENERATE, 3, [2]),
        ([1.0], 1, [0]),
    ],
)
def test_top_k_keeps_the_k_likeliest(
    probabilities: list[float], k: int, expected: list[int]
) -> None:
    assert kept(top_k(logits_of(probabilities), k)) == expected


@pytest.mark.parametrize(
    ("probabilities", "p", "expected"),
    [
        (KEY, 0.0, [1]),
        (KEY, 0.05, [1]),
        (KEY, 0.49, [1]),
        (KEY, 0.51, [1, 3]),
        (KEY, 0.7, [1, 3]),
        (KEY, 0.8, [0, 1, 3]),
        (KEY, 0.95, [0, 1, 2, 3]),
        (KEY, 1.0, [0, 1, 2, 3]),
        (TIED, 0.5, [0, 1, 2]),
        ([0.25] * 4, 0.5, [0, 1]),  # exactly reached: no third
        (DEGENERATE, 0.95, [2]),
        (DEGENERATE, 0.05, [2]),
        ([1.0], 0.5, [0]),
    ],
)
def test_top_p_keeps_the_smallest_set_that_reaches_p(
    probabilities: list[float], p: float, expected: list[int]
) -> None:
    assert kept(top_p(logits_of(probabilities), p)) == expected


@pytest.mark.parametrize(
    ("probabilities", "share", "expected"),
    [
        (KEY, 0.0, [0, 1, 2, 3]),
        (KEY, 0.19, [0, 1, 2, 3]),
        (KEY, 0.21, [0, 1, 3]),
        (KEY, 0.49, [1, 3]),
        (KEY, 0.9, [1]),
        (KEY, 1.0, [1]),
        (TIED, 1.0, [0, 1, 2, 3, 4]),
        (DEGENERATE, 0.9, [2]),
        ([0.6, 0.2, 0.15, 0.05], 0.2, [0, 1, 2]),
    ],
)
def test_min_p_keeps_what_is_near_the_likeliest(
    probabilities: list[float], share: float, expected: list[int]
) -> None:
    assert kept(min_p(logits_of(probabilities), share)) == expected


@pytest.mark.parametrize(
    ("before", "recent", "penalty", "after"),
    [
        ([3.0, -2.0, 0.0, 1.0], [0, 1, 2], 1.5, [2.0, -3.0, 0.0, 1.0]),
        ([3.0, -2.0, 0.0, 1.0], [0, 0, 0], 1.5, [2.0, -2.0, 0.0, 1.0]),
        ([3.0, -2.0, 0.0, 1.0], [], 1.5, [3.0, -2.0, 0.0, 1.0]),
        ([3.0, -2.0, 0.0, 1.0], [0, 1, 2, 3], 1.0, [3.0, -2.0, 0.0, 1.0]),
        ([3.0, -math.inf], [0, 1], 2.0, [1.5, -math.inf]),
    ],
)
def test_repetition_penalty_lowers_recent_tokens_once(
    before: list[float], recent: list[int], penalty: float, after: list[float]
) -> None:
    result = repetition_penalty(
        np.array(before, dtype=np.float32), np.array(recent, dtype=np.int64), penalty
    )
    assert result.tolist() == pytest.approx(after)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1.0, [0.15, 0.5, 0.1, 0.25]),
        (0.5, [0.0652, 0.7246, 0.029, 0.1812]),  # squares, over their sum of 0.345
        (1e-8, [0.0, 1.0, 0.0, 0.0]),
        (1e-30, [0.0, 1.0, 0.0, 0.0]),
        (1e30, [0.25, 0.25, 0.25, 0.25]),
    ],
)
def test_temperature_sharpens_and_flattens(value: float, expected: list[float]) -> None:
    result = probabilities_of(temperature(logits_of(KEY), value))
    assert result == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("value", [1e-30, 0.1, 2.0, 1e30])
def test_temperature_never_brings_a_removed_token_back(value: float) -> None:
    logits = temperature(logits_of(DEGENERATE), value)
    assert probabilities_of(logits) == DEGENERATE


def test_allow_removes_what_the_grammar_forbids() -> None:
    mask = np.array([True, False, True, False])
    assert allow(np.array([1.0, 2, 3, 4]), mask).tolist() == [1, -math.inf, 3, -math.inf]
    assert kept(filter_logits(logits_of(KEY), PLAIN, mask)) == [0, 2]


def test_neutral_values_change_nothing() -> None:
    logits = random_logits(40)
    recent = np.array([1, 2])
    assert np.array_equal(filter_logits(logits, PLAIN, np.ones(40, dtype=bool)), logits)
    assert np.array_equal(filter_logits(logits, PLAIN, None, recent), logits)
    assert np.array_equal(filter_logits(logits, PLAIN), logits)


def test_filters_leave_their_input_as_it_was() -> None:
    logits = random_logits(30)
    before = logits.copy()
    filter_logits(logits, EVERYTHING, np.ones(30, dtype=bool), np.array([1, 2]))
    filter_logits(logits, EVERYTHING)
    assert np.array_equal(logits, before)


def test_the_grammar_comes_first() -> None:
    """The likeliest token is forbidden; were it counted, top-k 1 would leave nothing."""
    forbidden = np.array([True, False, True, True])
    request = GenerationRequest(top_k=1, top_p=1.0)
    assert kept(filter_logits(logits_of(KEY), request, forbidden)) == [3]


def test_the_chain_is_its_filters_one_after_the_other() -> None:
    logits = random_logits(60, seed=3)
    mask = random_logits(60, seed=4) > -2
    recent = np.random.default_rng(5).integers(60, size=8)
    step = repetition_penalty(allow(logits, mask), recent, EVERYTHING.repetition_penalty)
    step = top_k(temperature(step, EVERYTHING.temperature), EVERYTHING.top_k)
    step = top_p(min_p(step, EVERYTHING.min_p), EVERYTHING.top_p)
    assert np.array_equal(filter_logits(logits, EVERYTHING, mask, recent), step)
    assert kept(step)


@pytest.mark.parametrize("k", [0, 1, 7, 50, 376])
@pytest.mark.parametrize(("share", "p"), [(0.0, 0.9), (0.01, 1.0), (0.01, 0.97), (0.0, 0.2)])
def test_what_is_kept_is_what_a_full_sort_keeps(k: int, share: float, p: float) -> None:
    """Also among equals: half of these logits have one."""
    request = GenerationRequest(top_k=k, top_p=p, min_p=share)
    for seed in range(20):
        logits = random_logits(376, seed).round(1 if seed % 2 else 6)
        result = filter_logits(logits, request)
        assert kept(result) == by_full_sort(logits, k, share, p)
        assert np.array_equal(result[kept(result)], logits[kept(result)])


def test_among_equals_the_lower_ids_stay() -> None:
    logits = np.zeros(376, dtype=np.float32)
    logits[300] = 1.0
    expected = [*range(49), 300]
    assert kept(top_k(logits, 50)) == expected
    share = (math.e + 48.5) / (math.e + 375)  # reached with the 49th zero
    assert kept(top_p(logits, share)) == expected


@pytest.mark.parametrize("extreme", [0.1, 2.0])
def test_one_allowed_token_survives_every_setting(extreme: float) -> None:
    mask = np.zeros(376, dtype=bool)
    mask[123] = True
    request = GenerationRequest(
        temperature=extreme, top_p=0.05, top_k=1, min_p=0.9, repetition_penalty=2.0
    )
    logits = filter_logits(random_logits(376), request, mask, np.array([123]))
    assert draw(logits, np.random.default_rng(0)) == 123


def draws(logits: np.ndarray, n: int, seed: int) -> list[int]:
    generator = np.random.default_rng(seed)
    return [draw(logits, generator) for _ in range(n)]


def test_draws_follow_the_probabilities() -> None:
    """Chi-square of 20,000 draws over 4 kinds: beyond 16.3 in one of 1,000 fair tries."""
    probabilities, n = [0.5, 0.25, 0.2, 0.05], 20_000
    ids = draws(logits_of([0.0, *probabilities, 0.0]), n, seed=11)
    counts = np.bincount(ids, minlength=6).tolist()
    assert counts[0] == counts[-1] == 0
    expected = [n * each for each in probabilities]
    chi_square = sum((c - e) ** 2 / e for c, e in zip(counts[1:-1], expected, strict=True))
    assert chi_square < 16.3


def test_same_generator_seed_same_draws_whatever_else_is_random() -> None:
    logits = random_logits(100)
    first = draws(logits, 32, seed=7)
    torch.rand(5)  # another user of torch's own generator
    state = torch.get_rng_state()
    again = draws(logits, 32, seed=7)
    assert first == again
    assert torch.equal(torch.get_rng_state(), state)
    assert first != draws(logits, 32, seed=8)


@pytest.mark.parametrize("settings", [PLAIN, GenerationRequest(), EVERYTHING])
@pytest.mark.parametrize(
    "bad", [[-math.inf] * 3, [math.nan] * 3, [0.0, math.nan, 1.0]], ids=["none", "nan", "one nan"]
)
def test_nothing_to_draw_from_is_noticed(bad: list[float], settings: GenerationRequest) -> None:
    logits = np.array(bad, dtype=np.float32)
    with pytest.raises(AssertionError, match="no token left"):
        draw(filter_logits(logits, settings), np.random.default_rng(0))


def test_impossible_settings_are_a_bug_of_the_caller() -> None:
    with pytest.raises(AssertionError, match="temperature"):
        temperature(np.zeros(3), 0.0)
    with pytest.raises(AssertionError, match="penalty"):
        repetition_penalty(np.zeros(3), np.array([0]), 0.5)
    with pytest.raises(AssertionError, match="min_p"):
        min_p(np.zeros(3), 1.5)
