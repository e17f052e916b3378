"""Rotary positions: heads are turned by their place, so that only distances count.

Source: Su et al., "RoFormer: Enhanced Transformer with Rotary Position Embedding", 2021.
"""

from __future__ import annotations

from typing import TypeAlias

import torch
from torch import Tensor

BASE = 10_000.0

Rotation: TypeAlias = tuple[Tensor, Tensor]  # cosine and sine


def rotation(positions: Tensor, size: int) -> Rotation:
    """Cosine and sine, each (B, 1, T, size / 2) float32, by which positions (B, T) turn a head.

    Angles are float64: at position 20,000 those of float32 would be wrong by a thousandth.
    """
    halves = torch.arange(0, size, 2, dtype=torch.float64, device=positions.device) / size
    angles = positions[:, None, :, None] * BASE**-halves  # (B, 1, T, D / 2)
    return angles.cos().float(), angles.sin().float()


def rotate(heads: Tensor, turn: Rotation) -> Tensor:
    """Turn each pair (i, i + D / 2) of heads (B, n, T, D)."""
    cosine, sine = turn
    first, second = heads.chunk(2, dim=-1)
    return torch.cat((first * cosine - second * sine, second * cosine + first * sine), dim=-1)
