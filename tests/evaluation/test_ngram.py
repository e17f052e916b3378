"""The n-gram floors, against a dictionary implementation and against arithmetic by hand."""

from __future__ import annotations

import doctest
import math
from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
import pytest

from midigen.errors import UserError
from midigen.evaluation import ngram
from midigen.evaluation.ngram import compute_floors, fit_ngram

BOS, EOS = 0, 1


class DictionaryNGram:
    """Witten-Bell as the formula reads: the slow truth."""

    def __init__(self, pieces: Sequence[np.ndarray], order: int, vocabulary_size: int) -> None:
        self.order, self.vocabulary_size = order, vocabulary_size
        self.followers: dict[tuple[int, ...], Counter[int]] = defaultdict(Counter)
        for piece in pieces:
            ids = piece.tolist()
            for i in range(1, len(ids)):
                for length in range(min(order - 1, i) + 1):
                    self.followers[tuple(ids[i - length : i])][ids[i]] += 1

    def probability(self, token: int, context: tuple[int, ...]) -> float:
        shorter = self.probability(token, context[1:]) if context else 1 / self.vocabulary_size
        followers = self.followers.get(context)
        if not followers:
            return shorter
        count, kinds = sum(followers.values()), len(followers)
        return (followers[token] + kinds * shorter) / (count + kinds)

    def probabilities(self, pieces: Sequence[np.ndarray]) -> list[float]:
        return [
            self.probability(ids[i], tuple(ids[max(0, i - self.order + 1) : i]))
            for ids in (piece.tolist() for piece in pieces)
            for i in range(1, len(ids))
        ]


def random_pieces(seed: int, n_pieces: int, vocabulary_size: int) -> list[np.ndarray]:
    """Pieces of 0 to 40 tokens between BOS and EOS; low ids are common, so that contexts recur."""
    random = np.random.default_rng(seed)
    pieces = []
    for _ in range(n_pieces):
        length = int(random.integers(0, 41))
        body = 2 + ((vocabulary_size - 2) * random.random(length) ** 3).astype(np.int64)
        pieces.append(np.array([BOS, *body, EOS], np.uint16))
    return pieces


@pytest.mark.parametrize("order", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("vocabulary_size", [5, 60, 65_536])
def test_the_arrays_calculate_what_the_formula_says(order: int, vocabulary_size: int) -> None:
    train = random_pieces(1, 40, vocabulary_size)
    held_out = random_pieces(2, 15, vocabulary_size)
    model = fit_ngram(train, order, vocabulary_size)
    truth = DictionaryNGram(train, order, vocabulary_size).probabilities(held_out)
    assert model.order == order
    np.testing.assert_allclose(model.probabilities(held_out), truth, rtol=1e-9, atol=0)
    nats = -sum(math.log(each) for each in truth)
    assert model.nats(held_out) == pytest.approx(nats, rel=1e-9)
    assert model.nats_per_token(held_out) == pytest.approx(nats / len(truth), rel=1e-9)


@pytest.mark.parametrize(
    "context",
    [
        [BOS],
        [BOS, 2],
        [BOS, 2, 2, 3],
        [BOS, 2, 3, 2, 2, 4, 2],
        [BOS, 9, 9, 9, 9],
        [BOS, 2, EOS],
    ],
    ids=["start", "after one", "short", "longer than the order", "never seen", "past the end"],
)
def test_probabilities_of_all_tokens_sum_to_one(context: list[int]) -> None:
    vocabulary_size = 10
    model = fit_ngram(random_pieces(3, 30, 9), 5, vocabulary_size)
    candidates = [np.array([*context, token], np.uint16) for token in range(vocabulary_size)]
    probabilities = model.probabilities(candidates).reshape(vocabulary_size, -1)[:, -1]
    assert probabilities.min() > 0
    assert probabilities.sum() == pytest.approx(1, abs=1e-12)


def test_the_example_in_the_docstring_holds() -> None:
    assert doctest.testmod(ngram) == (0, 2)


def test_bos_is_context_but_never_predicted() -> None:
    """Of 0 2 1, only 2 and 1 count: P(0) is what smoothing leaves it, 2 of (2 + 2), shared by 4."""
    model = fit_ngram([np.array([BOS, 2, EOS], np.uint16)], 1, 4)
    bos_again = model.probabilities([np.array([BOS, BOS], np.uint16)])
    assert bos_again == pytest.approx([2 / 4 / (2 + 2)])


def test_contexts_end_at_the_border_of_a_piece() -> None:
    pieces = random_pieces(4, 12, 20)
    model = fit_ngram(pieces, 5, 20)
    held_out = random_pieces(5, 6, 20)
    together = model.probabilities(held_out)
    apart = np.concatenate([model.probabilities([piece]) for piece in held_out])
    np.testing.assert_array_equal(together, apart)
    backwards = fit_ngram(pieces[::-1], 5, 20).probabilities(held_out)
    np.testing.assert_allclose(backwards, together, rtol=1e-12)


def test_a_sequence_that_repeats_itself_costs_next_to_nothing() -> None:
    def cycle(n_rounds: int) -> list[np.ndarray]:
        return [np.array([BOS, *[2, 3, 4, 5, 6] * n_rounds], np.uint16)]

    losses = [fit_ngram(cycle(n), 5, 7).nats_per_token(cycle(100)) for n in (1, 10, 100, 1000)]
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < 0.01


def test_floors_fall_with_the_order_where_music_has_habits() -> None:
    """Two tokens that take turns: a coin toss for single tokens, no question with a context."""
    turns = [np.array([BOS, *[2, 3] * 200, EOS], np.uint16)]
    floors = compute_floors(turns, turns, 4)
    assert floors.unigram_nats == pytest.approx(math.log(2), abs=0.03)
    assert floors.fivegram_nats < 0.06


def test_without_training_pieces_all_tokens_are_alike() -> None:
    held_out = [np.array([BOS, 2, 3, EOS], np.uint16)]
    for train in ([], [np.array([BOS], np.uint16)], [np.zeros(0, np.uint16)]):
        assert fit_ngram(train, 5, 8).nats_per_token(held_out) == pytest.approx(math.log(8))


@pytest.mark.parametrize(
    "held_out", [[], [np.array([BOS], np.uint16)], [np.zeros(0, np.uint16)]], ids=len
)
def test_nothing_held_out_is_told_to_the_person(held_out: list[np.ndarray]) -> None:
    train = [np.array([BOS, 2, EOS], np.uint16)]
    with pytest.raises(UserError, match="nothing to predict"):
        compute_floors(train, held_out, 3)
    assert fit_ngram(train, 2, 3).nats(held_out) == 0


def test_a_token_outside_the_vocabulary_is_a_bug_of_the_caller() -> None:
    with pytest.raises(AssertionError, match="token 7 in a vocabulary of 7"):
        fit_ngram([np.array([BOS, 7], np.uint16)], 1, 7)


def test_floors_of_more_music_than_fits_take_pieces_from_all_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pieces = [np.array([0, 2 + i % 2, 2 + i % 3, 1], dtype=np.uint16) for i in range(12)]
    monkeypatch.setattr(ngram, "MOST_TOKENS", 16)
    floors = compute_floors(pieces, pieces, 5)
    assert floors == compute_floors(pieces[::3], pieces[::3], 5)
