"""How well a network foretells pieces that it has not learned from."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from midigen.networks import Foreteller, State

# Rows that are read side by side, and tokens at a time: enough to keep a CPU busy, little memory.
_ROWS = 16
_CHUNK = 256


@dataclass(frozen=True)
class Likelihood:
    """Surprise over a set of pieces; sums can be added.

    Attributes:
        nats: total surprise, natural logarithm.
        n_tokens: tokens foretold: all but each piece's BOS.
        n_notes: notes among them.
        seconds: length of the music.
    """

    nats: float
    n_tokens: int
    n_notes: int
    seconds: float = 0.0

    @property
    def nats_per_token(self) -> float:
        return self.nats / self.n_tokens

    @property
    def bits_per_note(self) -> float:
        """Comparable between tokenizers, unlike nats per token."""
        return self.nats / math.log(2) / max(1, self.n_notes)

    @property
    def bits_per_second(self) -> float:
        return self.nats / math.log(2) / self.seconds if self.seconds else math.nan


def nats_of_pieces(
    network: Foreteller, pieces: Sequence[np.ndarray], device: torch.device
) -> float:
    """Total surprise of whole pieces, each read from a fresh memory.

    Args:
        network: in evaluation mode, on `device`.
        pieces: each (T,) uint16, from BOS to EOS.
        device: where the network lies.
    """
    return float(nats_by_token(network, pieces, device).sum())


def nats_by_token(
    network: Foreteller, pieces: Sequence[np.ndarray], device: torch.device
) -> np.ndarray:
    """The same surprise, by the token that was to be foretold: (V,) float64."""
    longest_first = sorted(pieces, key=len, reverse=True)
    total = torch.zeros(network.vocabulary_size, dtype=torch.float64, device=device)
    for start in range(0, len(longest_first), _ROWS):
        total += _nats_of_rows(network, longest_first[start : start + _ROWS], device)
    return total.cpu().numpy()


@torch.inference_mode()
def _nats_of_rows(network: Foreteller, rows: Sequence[np.ndarray], device: torch.device) -> Tensor:
    """Rows come longest first, so that those still unfinished are always the first ones."""
    total = torch.zeros(network.vocabulary_size, dtype=torch.float64, device=device)
    state: State = network.initial_state(len(rows))
    for begin in range(0, len(rows[0]) - 1, _CHUNK):
        n_rows = sum(len(row) - 1 > begin for row in rows)
        state = tuple(each[:n_rows] for each in state)
        inputs, targets = _chunk(rows[:n_rows], begin)
        logits, state = network(inputs.to(device), state)
        wanted = targets.to(device).flatten()
        nats = F.cross_entropy(logits.float().flatten(0, 1), wanted, reduction="none")
        total.index_add_(0, wanted.clamp(min=0), nats.double())  # ignored ones have no surprise
    return total


def _chunk(rows: Sequence[np.ndarray], begin: int) -> tuple[Tensor, Tensor]:
    """Inputs and targets (B, T) from `begin` on; -100, which is ignored, behind a row's end."""
    width = min(_CHUNK, max(len(row) for row in rows) - 1 - begin)
    inputs = np.zeros((len(rows), width), dtype=np.int64)
    targets = np.full((len(rows), width), -100, dtype=np.int64)
    for i, row in enumerate(rows):
        piece = row[begin : begin + width + 1].astype(np.int64)
        inputs[i, : len(piece) - 1] = piece[:-1]
        targets[i, : len(piece) - 1] = piece[1:]
    return torch.from_numpy(inputs), torch.from_numpy(targets)
