"""Sampling filters as tables of probabilities before and after."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

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


def logits_of(probabilities: list[float]) -> Tensor:
    return torch.tensor(probabilities).log()


def kept(logits: Tensor) -> list[int]:
    return torch.isfinite(logits).nonzero().flatten().tolist()


def random_logits(*shape: int, seed: int = 0) -> Tensor:
    return 3 * torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


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
        torch.tensor(before), torch.tensor(recent, dtype=torch.int64), penalty
    )
    assert result.tolist() == pytest.approx(after)


def test_rows_of_recent_tokens_are_filled_up_without_harm() -> None:
    logits = torch.tensor([[3.0, 2.0, -math.inf], [3.0, 2.0, -math.inf]])
    result = repetition_penalty(logits, torch.tensor([[0, 1], [0, 2]]), 2.0)
    assert result.tolist() == [[1.5, 1.0, -math.inf], [1.5, 2.0, -math.inf]]


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
    result = torch.softmax(temperature(logits_of(KEY), value), -1)
    assert result.tolist() == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("value", [1e-30, 0.1, 2.0, 1e30])
def test_temperature_never_brings_a_removed_token_back(value: float) -> None:
    logits = temperature(logits_of(DEGENERATE), value)
    assert torch.softmax(logits, -1).tolist() == DEGENERATE


def test_allow_removes_what_the_grammar_forbids() -> None:
    mask = torch.tensor([True, False, True, False])
    assert allow(torch.tensor([1.0, 2, 3, 4]), mask).tolist() == [1, -math.inf, 3, -math.inf]
    assert kept(filter_logits(logits_of(KEY), PLAIN, mask)) == [0, 2]


def test_neutral_values_change_nothing() -> None:
    logits = random_logits(3, 40)
    recent = torch.tensor([[1, 2]] * 3)
    assert torch.equal(filter_logits(logits, PLAIN, torch.ones(40, dtype=torch.bool)), logits)
    assert torch.equal(filter_logits(logits, PLAIN, None, recent), logits)
    assert torch.equal(filter_logits(logits, PLAIN), logits)


def test_filters_leave_their_input_as_it_was() -> None:
    logits = random_logits(2, 30)
    before = logits.clone()
    filter_logits(logits, EVERYTHING, torch.ones(30, dtype=torch.bool), torch.tensor([[1], [2]]))
    filter_logits(logits, EVERYTHING)
    assert torch.equal(logits, before)


def test_the_grammar_comes_first() -> None:
    """The likeliest token is forbidden; were it counted, top-k 1 would leave nothing."""
    forbidden = torch.tensor([True, False, True, True])
    request = GenerationRequest(top_k=1, top_p=1.0)
    assert kept(filter_logits(logits_of(KEY), request, forbidden)) == [3]


@pytest.mark.parametrize("shape", [(60,), (5, 60)])
def test_the_chain_is_its_filters_one_after_the_other(shape: tuple[int, ...]) -> None:
    logits = random_logits(*shape, seed=3)
    mask = random_logits(*shape, seed=4) > -2
    recent = torch.randint(60, (*shape[:-1], 8), generator=torch.Generator().manual_seed(5))
    step = repetition_penalty(allow(logits, mask), recent, EVERYTHING.repetition_penalty)
    step = top_k(temperature(step, EVERYTHING.temperature), EVERYTHING.top_k)
    step = top_p(min_p(step, EVERYTHING.min_p), EVERYTHING.top_p)
    assert torch.equal(filter_logits(logits, EVERYTHING, mask, recent), step)
    assert all(kept(row) for row in step.reshape(-1, 60))


def test_among_equals_the_lower_ids_stay() -> None:
    logits = torch.zeros(376)
    logits[300] = 1.0
    expected = [*range(49), 300]
    assert kept(top_k(logits, 50)) == expected
    share = (math.e + 48.5) / (math.e + 375)  # reached with the 49th zero
    assert kept(top_p(logits, share)) == expected


def test_rows_of_a_batch_do_not_meet() -> None:
    logits, mask = random_logits(6, 50), random_logits(6, 50, seed=1) > 0
    recent = torch.arange(30).reshape(6, 5)
    together = filter_logits(logits, EVERYTHING, mask, recent)
    for row in range(6):
        alone = filter_logits(logits[row], EVERYTHING, mask[row], recent[row])
        assert torch.equal(together[row], alone)


@pytest.mark.parametrize("extreme", [0.1, 2.0])
def test_one_allowed_token_survives_every_setting(extreme: float) -> None:
    mask = torch.zeros(376, dtype=torch.bool)
    mask[123] = True
    request = GenerationRequest(
        temperature=extreme, top_p=0.05, top_k=1, min_p=0.9, repetition_penalty=2.0
    )
    logits = filter_logits(random_logits(4, 376), request, mask, torch.tensor([[123]] * 4))
    assert draw(logits, torch.Generator().manual_seed(0)).tolist() == [123] * 4


def test_draws_follow_the_probabilities() -> None:
    """Chi-square of 20,000 draws over 4 kinds: beyond 16.3 in one of 1,000 fair tries."""
    probabilities, n = [0.5, 0.25, 0.2, 0.05], 20_000
    logits = logits_of([0.0, *probabilities, 0.0]).expand(n, 6)
    ids = draw(logits, torch.Generator().manual_seed(11))
    counts = torch.bincount(ids, minlength=6).tolist()
    assert counts[0] == counts[-1] == 0
    expected = [n * each for each in probabilities]
    chi_square = sum((c - e) ** 2 / e for c, e in zip(counts[1:-1], expected, strict=True))
    assert chi_square < 16.3


def test_same_generator_seed_same_draws_whatever_else_is_random() -> None:
    logits = random_logits(32, 100)
    first = draw(logits, torch.Generator().manual_seed(7))
    torch.rand(5)  # another user of torch's own generator
    state = torch.get_rng_state()
    again = draw(logits, torch.Generator().manual_seed(7))
    assert torch.equal(first, again)
    assert torch.equal(torch.get_rng_state(), state)
    assert not torch.equal(first, draw(logits, torch.Generator().manual_seed(8)))


def test_a_single_row_gives_a_single_id() -> None:
    id_ = draw(random_logits(20), torch.Generator().manual_seed(1))
    assert id_.shape == ()
    assert id_.dtype == torch.int64


@pytest.mark.parametrize("bad", [-math.inf, math.nan], ids=["all removed", "not numbers"])
def test_nothing_to_draw_from_is_noticed(bad: float) -> None:
    logits = torch.zeros(2, 5)
    logits[1] = bad
    with pytest.raises(AssertionError, match="no token left"):
        draw(logits, torch.Generator().manual_seed(0))


def test_impossible_settings_are_a_bug_of_the_caller() -> None:
    with pytest.raises(AssertionError, match="temperature"):
        temperature(torch.zeros(3), 0.0)
    with pytest.raises(AssertionError, match="penalty"):
        repetition_penalty(torch.zeros(3), torch.tensor([0]), 0.5)
    with pytest.raises(AssertionError, match="min_p"):
        min_p(torch.zeros(3), 1.5)
