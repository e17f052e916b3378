"""What a network looks like before it has numbers: its shapes, told without making it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from midigen.config import ModelConfig
from midigen.networks import build_network


def shapes(config: ModelConfig, vocabulary_size: int) -> dict[str, torch.Size]:
    """The shape of each of a network's weights, by name; no memory is taken for them."""
    with torch.device("meta"), _Undrawn():
        network = build_network(config, vocabulary_size)
    return {name: each.shape for name, each in network.state_dict().items()}


class _Undrawn(TorchFunctionMode):
    """Passes over what `torch.nn.init` draws.

    On the meta device there is nothing to draw into, and torch would import its compiler for the
    attempt: two seconds, which whoever waits for the first note would wait.
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
        return func(*args, **named)
