"""A moving average of the weights, which is often better than the weights themselves."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

Tensors = tuple[Tensor, ...] | list[Tensor]


def averaged_copy(network: nn.Module, decay: float) -> AveragedModel | None:
    """A copy of the network whose weights follow as an exponential moving average.

    The average is short at first, so that an early look does not see the weights of the start:
    after n steps the decay is at most (1 + n) / (10 + n).

    Source: Polyak & Juditsky 1992; the warm-up is that of TensorFlow's ExponentialMovingAverage.

    Args:
        network: what learns.
        decay: share of the old average that a step keeps; 0 for no average.
    """
    if decay == 0:
        return None

    def follow(averages: Tensors, weights: Tensors, n_averaged: Tensor | int) -> None:
        n = int(n_averaged)
        torch._foreach_lerp_(averages, weights, 1 - min(decay, (1 + n) / (10 + n)))

    return AveragedModel(network, multi_avg_fn=follow)
