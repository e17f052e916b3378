"""A continuous cache: what a piece has said so far helps to foretell how it goes on.

Music repeats itself, and an LSTM's memory is too narrow to hold whole bars. So the network's signal
after every token of the piece is kept, with the token that followed. Where the signal is again like
an earlier one, what followed then is likely now. Nothing is trained for this but three numbers.

Source: Grave, Joulin & Usunier, "Improving Neural Language Models with a Continuous Cache", ICLR
2017. Two things differ: signals are compared by their cosine, and the share that the cache gets is
not fixed but grows with how much it recognises.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from midigen.networks import SequenceNetwork, State

WINDOW = 8192  # tokens that the cache looks back: some 2,700 notes
# A piece that composes itself is not told more by the tenth repeat of a bar than by the first; else
# it would never leave a bar that it has played a few times.
MOST_LIKENESS = 1.0
BLOCK = 256  # queries at a time, for the sake of memory
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


class CachedNetwork:
    """A network with a cache: reads and foretells like a network of its own.

    Its logits are log-probabilities. The state is that of the network, then the signals (B, N, H),
    of length 1, and the ids (B, N) that they were the answer to.

    Args:
        network: in evaluation mode.
        settings: fitted to it.
    """

    def __init__(self, network: SequenceNetwork, settings: CacheSettings) -> None:
        self.network = network
        self.settings = settings
        self.config = network.config
        self.vocabulary_size = network.vocabulary_size

    def initial_state(self, batch_size: int) -> State:
        """Nothing read yet."""
        inner = self.network.initial_state(batch_size)
        signals = inner[0].new_zeros(batch_size, 0, self.config.hidden_size)
        return (*inner, signals, signals.new_zeros(batch_size, 0, dtype=torch.int64))

    @torch.inference_mode()
    def __call__(self, ids: Tensor, state: State) -> tuple[Tensor, State]:
        """Read ids (B, T) int64; return log-probabilities (B, T, V) and the new state."""
        *before, signals, read = state
        signal, inner = self.network.read(ids, tuple(before))
        logits = self.network.foretell(signal).float()
        signals = torch.cat((signals, directions(signal)), dim=1)  # (B, N + T, H)
        read = torch.cat((read, ids), dim=1)
        n_before, n_ids = read.shape[1] - ids.shape[1], ids.shape[1]
        mixed = torch.empty_like(logits)
        for begin in range(0, n_ids, BLOCK):
            end = min(n_ids, begin + BLOCK)
            first, last = max(0, n_before + end - WINDOW), n_before + end
            mixed[:, begin:end] = mix(
                logits[:, begin:end],
                *look_back(
                    signals[:, first:last],
                    read[:, first:last],
                    end - begin,
                    self.settings.sharpness,
                    self.vocabulary_size,
                ),
                self.settings,
            )
        return mixed, (*inner, signals[:, -WINDOW:], read[:, -WINDOW:])


class Recollection:
    """The cache of one piece that is being composed; it grows in place, so a step costs no copy.

    Args:
        settings: fitted to the network.
        vocabulary_size: V.
    """

    def __init__(self, settings: CacheSettings, vocabulary_size: int) -> None:
        self._settings = settings
        self._vocabulary_size = vocabulary_size
        self._signals = torch.empty(0, 0)
        self._ids = np.empty(0, dtype=np.int64)
        self._n = 0

    def add(self, signals: Tensor, ids: np.ndarray) -> None:
        """Remember signals (T, H) and the ids (T,) that they are the answer to."""
        self._make_room(len(ids), signals.shape[-1])
        end = self._n + len(ids)
        self._signals[self._n : end] = directions(signals.detach())
        self._ids[self._n : end] = ids
        self._n = end

    def mix_into(self, logits: np.ndarray, allowed: np.ndarray) -> np.ndarray:
        """Log-probabilities (V,) of what the network says next, together with what is remembered.

        What comes again and again counts no more than what came once. This is `look_back` and `mix`
        for a single query, in numpy: their many small calls would take longer than the network.

        Args:
            logits: of the network, (V,), -inf where a token is out of the question.
            allowed: (V,) bool, the tokens that may be remembered.
        """
        settings, asking = self._settings, self._n - 1
        begin = max(0, self._n - WINDOW)
        cosines = torch.mv(self._signals[begin:asking], self._signals[asking]).numpy()
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
        signals, read = torch.empty(room, size), np.empty(room, dtype=np.int64)
        if n:
            signals[:n], read[:n] = self._signals[kept], self._ids[kept]
        self._signals, self._ids, self._n = signals, read, n


def look_back(
    signals: Tensor, read: Tensor, n_queries: int, sharpness: float, vocabulary_size: int
) -> tuple[Tensor, Tensor]:
    """What followed where the piece was as it is now.

    Args:
        signals: (B, N, H), of length 1; the last `n_queries` of them ask, each those before it.
        read: (B, N) ids; what followed a signal is the id read next.
        n_queries: T.
        sharpness: of the likeness.
        vocabulary_size: V.

    Returns:
        likenesses summed (B, T), and by the token that followed (B, T, V).
    """
    n_rows, n, _ = signals.shape
    cosines = signals[:, n - n_queries :] @ signals[:, : n - 1].transpose(1, 2)  # (B, T, N - 1)
    likeness = torch.exp(sharpness * (cosines - 1))
    if n_queries > 1:  # the future is not known
        likeness = likeness.tril(n - n_queries - 1)
    by_token = likeness.new_zeros(n_rows, vocabulary_size, n_queries)
    for row in range(n_rows):
        by_token[row].index_add_(0, read[row, 1:], likeness[row].t().contiguous())
    return likeness.sum(-1), by_token.transpose(1, 2)


def mix(logits: Tensor, likeness: Tensor, by_token: Tensor, settings: CacheSettings) -> Tensor:
    """Log-probabilities (..., V) of the network and its cache together.

    Args:
        logits: of the network, (..., V).
        likeness: summed, (...).
        by_token: the same by the token that followed, (..., V).
        settings: how far the cache is trusted.
    """
    total = likeness.clamp(min=NOTHING)[..., None]
    odds = settings.slope * total.log() + settings.bias
    remembered = (by_token / total).log() + F.logsigmoid(odds)
    return torch.logaddexp(logits.log_softmax(-1) + F.logsigmoid(-odds), remembered)


def directions(signal: Tensor) -> Tensor:
    """Signals (..., H) brought to length 1."""
    return F.normalize(signal.float(), dim=-1)
