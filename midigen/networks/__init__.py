"""What learns: token ids in, logits out. It knows nothing about files, music or devices.

A network carries its memory as `State`, a tuple of tensors whose first axis is the batch, so that
training, generation and checkpoints treat every kind of network alike. To add a kind, write one
file, and a line in `Network` and in `build_network`; its own knobs stand in `config.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

import torch
from torch import Tensor, nn

from midigen.config import ModelConfig
from midigen.engines import Weights
from midigen.networks.lstm import LSTMNetwork
from midigen.networks.transformer import TransformerNetwork

Network: TypeAlias = LSTMNetwork | TransformerNetwork
State: TypeAlias = tuple[Tensor, ...]


class Stepper(Protocol):
    """Advances a batch by one token each, as fast as the machine allows; for generation only."""

    def __call__(self, ids: Tensor, state: State) -> tuple[Tensor, State]:
        """Read ids (B,) int64; return logits (B, V) float32 and the new state."""

    def read(self, ids: Tensor, state: State) -> tuple[Tensor, State]:
        """Read ids (B,) int64; return the signal (B, H) of logits, and the state."""

    def foretell(self, signal: Tensor) -> Tensor:
        """Logits (B, V) of a signal (B, H)."""


class Foreteller(Protocol):
    """What reads a piece and says what comes next."""

    vocabulary_size: int

    def initial_state(self, batch_size: int) -> State:
        """The memory before the first token, on the device of the weights."""

    def __call__(self, ids: Tensor, state: State) -> tuple[Tensor, State]:
        """Read ids (B, T) int64; return logits (B, T, V) and the state after the last token."""


class SequenceNetwork(Foreteller, Protocol):
    """What training and generation ask of a network."""

    config: ModelConfig

    def read(self, ids: Tensor, state: State) -> tuple[Tensor, State]:
        """Read ids (B, T) int64; return the signal (B, T, H) of logits, and the state."""

    def foretell(self, signal: Tensor) -> Tensor:
        """Logits (B, T, V) of a signal (B, T, H)."""

    def stepper(self) -> Stepper:
        """A copy of the present weights, laid out for single steps."""


def build_network(config: ModelConfig, vocabulary_size: int) -> Network:
    """A network with fresh weights, drawn from torch's global generator."""
    kinds: dict[str, Callable[[ModelConfig, int], Network]] = {
        "lstm": LSTMNetwork,
        "transformer": TransformerNetwork,
    }
    return kinds[config.type](config, vocabulary_size)


def n_parameters(network: nn.Module) -> int:
    """Trained numbers; tied tables count once."""
    return sum(each.numel() for each in network.parameters())


def arrays_of(network: nn.Module) -> Weights:
    """The weights of a network by name, on the CPU."""
    return {name: each.cpu().numpy() for name, each in network.state_dict().items()}


def load_arrays(network: nn.Module, weights: Weights) -> None:
    """Give a network its weights, all of them; they are copied."""
    network.load_state_dict({name: torch.from_numpy(each) for name, each in weights.items()})


def detach(state: State) -> State:
    """Cut the gradient: truncated back-propagation through time."""
    return tuple(each.detach() for each in state)


def reset(state: State, rows: Tensor) -> State:
    """Zero the memory of some rows.

    Args:
        state: the memory of B rows.
        rows: (B,) bool, true where a new piece starts.
    """
    return tuple(
        torch.where(rows.view(-1, *[1] * (each.dim() - 1)), torch.zeros_like(each), each)
        for each in state
    )
