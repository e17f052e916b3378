"""N-gram models: the floors that tell what a validation loss means.

A network that is worse than counting single tokens has learnt nothing; one that is worse than a
5-gram has learnt less than a table of five-token snippets. This module counts and scores token ids.
It knows nothing of music, files or networks.

Interpolated Witten-Bell smoothing: I. H. Witten and T. C. Bell, "The zero-frequency problem", IEEE
Transactions on Information Theory 37(4), 1991 (their method C), in the recursive form of S. F. Chen
and J. Goodman, "An empirical study of smoothing techniques for language modeling", Harvard
TR-10-98, 1998:

    P(w | h) = (c(h, w) + T(h) P(w | h')) / (c(h) + T(h))

where c counts, T(h) is how many different tokens followed the context h, and h' is h without its
oldest token. A context that was never seen, T(h) = 0, leaves the word to h'. Below the empty
context lies the uniform 1/V.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from midigen.errors import UserError

_Integers = NDArray[np.int64]
_Floats = NDArray[np.float64]

MOST_TOKENS = 10_000_000  # of floors: they take some 500 bytes each, and more change little

_NO_GRAM = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Floors:
    """Losses on held-out pieces that a network has to beat, in nats per token.

    Attributes:
        unigram_nats: from knowing only how often each token occurs.
        fivegram_nats: from knowing what followed the last four tokens in the training pieces.
    """

    unigram_nats: float
    fivegram_nats: float


def compute_floors(
    train: Sequence[np.ndarray], held_out: Sequence[np.ndarray], vocabulary_size: int
) -> Floors:
    """Count the training pieces and score the held-out ones.

    Of more than `MOST_TOKENS` on either side, pieces spread evenly over all of them are taken.

    Args:
        train, held_out: one uint16 array [BOS ... EOS] per piece.
        vocabulary_size: V; every id is below it.

    Raises:
        UserError: the held-out pieces hold nothing to predict.
    """
    train, held_out = _spread(train), _spread(held_out)
    return Floors(
        unigram_nats=fit_ngram(train, 1, vocabulary_size).nats_per_token(held_out),
        fivegram_nats=fit_ngram(train, 5, vocabulary_size).nats_per_token(held_out),
    )


def fit_ngram(pieces: Sequence[np.ndarray], order: int, vocabulary_size: int) -> NGram:
    """Count all n-grams up to `order`.

    Args:
        pieces: one uint16 array [BOS ... EOS] per piece. The first token of a piece is only ever
            context; no context reaches into the piece before.
        order: 1 counts single tokens, 5 looks at the last four.
        vocabulary_size: V, at most 65,536; every id is below it.
    """
    assert order >= 1, f"order is {order}; the shortest n-gram has 1 token"
    tokens, places = _join(pieces, vocabulary_size)
    levels: list[_Level] = []
    contexts, n_contexts = np.zeros_like(tokens), 1
    for length in range(order):
        level = _count(contexts, tokens, places, length, n_contexts, vocabulary_size)
        levels.append(level)
        if length + 1 < order:
            grams = level.find(contexts * vocabulary_size + tokens)
            contexts, n_contexts = _shift(grams, places, length + 1, level.unseen), len(level.grams)
    return NGram(vocabulary_size, tuple(levels))


@dataclass(frozen=True)
class NGram:
    """An interpolated n-gram model.

    One training piece, 0 1 2 1 3 with V = 4, by hand. Predicted are 1 2 1 3, so the empty context
    has c = 4 and T = 3: P(1) = (2 + 3/4) / 7 = 0.393 and P(2) = (1 + 3/4) / 7 = 0.25. After 0 came
    only 1 (c = 1, T = 1), after 1 came 2 and 3 (c = 2, T = 2):

        P(1 | 0) = (1 + 1 * 0.393) / 2 = 0.696
        P(2 | 1) = (1 + 2 * 0.25) / 4 = 0.375

    >>> model = fit_ngram([np.array([0, 1, 2, 1, 3], np.uint16)], order=2, vocabulary_size=4)
    >>> model.probabilities([np.array([0, 1, 2], np.uint16)]).round(3).tolist()
    [0.696, 0.375]
    """

    vocabulary_size: int
    _levels: tuple[_Level, ...]

    @property
    def order(self) -> int:
        return len(self._levels)

    def nats_per_token(self, pieces: Sequence[np.ndarray]) -> float:
        """Mean of -ln P over all predicted tokens, the scale of a network's validation loss.

        Raises:
            UserError: the pieces hold nothing to predict.
        """
        n_predicted = sum(max(len(piece) - 1, 0) for piece in pieces)
        if n_predicted == 0:
            raise UserError(
                "There is nothing to predict in the held-out pieces.",
                "Add pieces, or raise preprocessing.validation_share.",
            )
        return self.nats(pieces) / n_predicted

    def nats(self, pieces: Sequence[np.ndarray]) -> float:
        """Total of -ln P over all predicted tokens; 0 where there are none."""
        return float(-np.log(self.probabilities(pieces)).sum())

    def probabilities(self, pieces: Sequence[np.ndarray]) -> _Floats:
        """P of each token given those before it in its piece.

        Returns:
            float64, one for each token but the first of every piece, in order.
        """
        tokens, places = _join(pieces, self.vocabulary_size)
        probability = np.full(len(tokens), 1 / self.vocabulary_size)
        contexts = np.zeros_like(tokens)
        for length, level in enumerate(self._levels, start=1):
            grams = level.find(contexts * self.vocabulary_size + tokens)
            total, kinds = level.totals[contexts], level.kinds[contexts]
            interpolated = level.counts[grams] + kinds * probability
            np.divide(interpolated, total + kinds, out=probability, where=kinds > 0)
            contexts = _shift(grams, places, length, level.unseen)
        return probability[places > 0]


@dataclass(frozen=True)
class _Level:
    """What followed the contexts of one length.

    Contexts are numbered from 0. A gram, a context and the token after it, has the key
    `context * V + token`; its position in the sorted keys is its number as a context of the next
    level. Numbers stay below the count of tokens, so no key overflows however long the context is.
    One extra gram at the end stands for all that were never seen.

    Attributes:
        grams: sorted keys.
        counts: c(h, w) of each gram.
        totals: c(h) of each context.
        kinds: T(h) of each context.
    """

    grams: _Integers
    counts: _Integers
    totals: _Integers
    kinds: _Integers

    @property
    def unseen(self) -> int:
        return len(self.grams) - 1

    def find(self, keys: _Integers) -> _Integers:
        """Positions of keys in `grams`, or `unseen`."""
        found = np.searchsorted(self.grams, keys)
        found[self.grams[found] != keys] = self.unseen
        return found


def _count(
    contexts: _Integers,
    tokens: _Integers,
    places: _Integers,
    length: int,
    n_contexts: int,
    vocabulary_size: int,
) -> _Level:
    inside = places >= length  # the whole context lies in the piece
    keys = contexts[inside] * vocabulary_size + tokens[inside]
    grams, counts = np.unique(keys, return_counts=True)
    if length == 0:  # the first token of a piece is a context for the next level, no prediction
        np.subtract.at(counts, np.searchsorted(grams, tokens[places == 0]), 1)
    owners = grams // vocabulary_size
    totals = np.zeros(n_contexts, np.int64)
    np.add.at(totals, owners, counts)
    kinds = np.bincount(owners[counts > 0], minlength=n_contexts)
    return _Level(np.append(grams, _NO_GRAM), np.append(counts, 0), totals, kinds)


def _spread(pieces: Sequence[np.ndarray]) -> Sequence[np.ndarray]:
    n_tokens = sum(len(piece) for piece in pieces)
    return pieces[:: max(1, -(-n_tokens // MOST_TOKENS))]


def _join(pieces: Sequence[np.ndarray], vocabulary_size: int) -> tuple[_Integers, _Integers]:
    """All pieces end to end, and for each token its place in its piece, from 0."""
    assert 1 <= vocabulary_size <= 2**16, f"a vocabulary of {vocabulary_size} is not one of uint16"
    lengths = np.array([len(piece) for piece in pieces], np.int64)
    tokens = np.concatenate([np.zeros(0, np.int64), *pieces], dtype=np.int64)
    highest = int(tokens.max(initial=0))
    assert highest < vocabulary_size, f"token {highest} in a vocabulary of {vocabulary_size}"
    starts = np.cumsum(lengths) - lengths
    return tokens, np.arange(len(tokens)) - np.repeat(starts, lengths)


def _shift(grams: _Integers, places: _Integers, length: int, unseen: int) -> _Integers:
    """The gram that ends before each token is its context; none where the piece is too short."""
    contexts = np.empty_like(grams)
    contexts[1:] = grams[:-1]
    contexts[places < length] = unseen
    return contexts
