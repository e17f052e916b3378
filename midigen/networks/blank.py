"""Networks with weights from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from midigen.config import ModelConfig
from midigen.engines import Weights
from midigen.networks import Network, build_network, load_arrays


def with_weights(config: ModelConfig, vocabulary_size: int, weights: Weights) -> Network:
    """A network on the CPU whose weights are loaded, not drawn first: that is half of the time.

    Args:
        config: of the network.
        vocabulary_size: V.
        weights: all of its weights, by name; they are copied.
    """
    with _Undrawn():
        network = build_network(config, vocabulary_size)
    load_arrays(network, weights)
    return network


class _Undrawn(TorchFunctionMode):
    """Passes over what `torch.nn.init` draws.

    Orthogonal matrices of a large network take a second.
    """

    def __torch_function__(
        self,
        func: Any,
        types: Sequence[Any],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        named = kwargs or {}
        if getattr(func, "__module__", None) == torch.nn.init.__name__:
            return named["tensor"] if "tensor" in named else args[0]
        if func in (Tensor.normal_, Tensor.uniform_):  # of functions of it that no mode passes over
            return args[0]
        if func is torch.linalg.qr:  # all of the time of `orthogonal_`, one of them
            return args[0], args[0]
        return func(*args, **named)
