"""A continuous cache: what a piece has said so far helps to foretell how it goes on.

Music repeats itself, and an LSTM's memory is too narrow to hold whole bars. So the network's signal
after every token of the piece is kept, with the token that followed. Where the signal is again like
an earlier one, what followed then is likely now. Nothing is trained for this but three numbers.

Source: Grave, Joulin & Usunier, "Improving Neural Language Models with a Continuous Cache", ICLR
2017. Two things differ: signals are compared by their cosine, and the share that the cache gets is
not fixed but grows with how much it recognises.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from midigen.engines.recollection import NOTHING, WINDOW, CacheSettings
from midigen.networks import SequenceNetwork, State

BLOCK = 256  # queries at a time, for the sake of memory


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
