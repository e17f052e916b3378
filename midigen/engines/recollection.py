"""What a piece that is being composed has said so far helps to foretell how it goes on.

This is the continuous cache of `midigen.networks.cache` for a single question, in numpy.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

WINDOW = 8192  # tokens that the cache looks back: some 2,700 notes
# A piece that composes itself is not told more by the tenth repeat of a bar than by the first; else
# it would never leave a bar that it has played a few times.
MOST_LIKENESS = 1.0
BLOCK = 256  # tokens for which room is made at a time, at least
SHORTEST = 1e-12  # a signal
NOTHING = 1e-30  # recognised where there is nothing to look back on


@dataclass(frozen=True)
class CacheSettings:
    """How a cache of one network recognises and how far it is trusted.

    Attributes:
        sharpness: of the likeness, exp(sharpness (cosine - 1)).
        slope, bias: of its share, sigmoid(slope ln(sum of likenesses) + bias).
    """

    sharpness: float
    slope: float
    bias: float

    def with_odds(self, factor: float) -> CacheSettings:
        """The cache is trusted `factor` times as much, in odds; factor > 0."""
        return replace(self, bias=self.bias + math.log(factor))


class Recollection:
    """The cache of one piece that is being composed; it grows in place, so a step costs no copy.

    Args:
        settings: fitted to the network.
        vocabulary_size: V.
    """

    def __init__(self, settings: CacheSettings, vocabulary_size: int) -> None:
        self._settings = settings
        self._vocabulary_size = vocabulary_size
        self._signals = np.empty((0, 0), dtype=np.float32)
        self._ids = np.empty(0, dtype=np.int64)
        self._n = 0

    def add(self, signals: np.ndarray, ids: np.ndarray) -> None:
        """Remember signals (T, H) and the ids (T,) that they are the answer to."""
        self._make_room(len(ids), signals.shape[-1])
        end = self._n + len(ids)
        self._signals[self._n : end] = _directions(signals)
        self._ids[self._n : end] = ids
        self._n = end

    def mix_into(self, logits: np.ndarray, allowed: np.ndarray) -> np.ndarray:
        """Log-probabilities (V,) of what the network says next, together with what is remembered.

        What comes again and again counts no more than what came once.

        Args:
            logits: of the network, (V,), -inf where a token is out of the question.
            allowed: (V,) bool, the tokens that may be remembered.
        """
        settings, asking = self._settings, self._n - 1
        begin = max(0, self._n - WINDOW)
        # Not a product of matrices: numpy would share it out to threads, and wait for them.
        cosines = np.vecdot(self._signals[begin:asking], self._signals[asking])
        likeness = np.exp(settings.sharpness * (cosines - 1))
        followed = self._ids[begin + 1 : self._n]
        remembered = allowed * np.bincount(followed, likeness, self._vocabulary_size)
        total = max(float(remembered.sum()), NOTHING)
        odds = settings.slope * math.log(min(total, MOST_LIKENESS)) + settings.bias
        share = 1 / (1 + math.exp(-odds))
        said = np.exp(logits - logits.max())
        with np.errstate(divide="ignore"):
            mixed: np.ndarray = np.log(
                (1 - share) / float(said.sum()) * said + share / total * remembered
            )
        return mixed

    def _make_room(self, n_more: int, size: int) -> None:
        if self._n + n_more <= len(self._ids):
            return
        kept = slice(max(0, self._n - WINDOW), self._n)
        n = kept.stop - kept.start
        room = 2 * (n + n_more) + BLOCK
        signals = np.empty((room, size), dtype=np.float32)
        read = np.empty(room, dtype=np.int64)
        if n:
            signals[:n], read[:n] = self._signals[kept], self._ids[kept]
        self._signals, self._ids, self._n = signals, read, n


def _directions(signals: np.ndarray) -> np.ndarray:
    """Signals (T, H) brought to length 1."""
    lengths = np.linalg.norm(signals, axis=-1, keepdims=True)
    directions: np.ndarray = signals / np.maximum(lengths, SHORTEST)
    return directions
