"""What composes: reads a piece token by token and says what comes next. Numpy in and out, no torch.

To import torch takes longer than to compose a piece, so whoever composes asks an `Engine`. That of
an LSTM runs in onnxruntime; in full precision, and for every other network, torch does it
(`midigen.networks.torch_engine`), and is imported when it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import Any, Literal, NamedTuple, Protocol, TypeAlias

import numpy as np

from midigen.config import ModelConfig
from midigen.errors import UserError

EngineName = Literal["torch", "int8"]
# What an engine remembers of pieces: arrays, numpy's or torch's, whose first axis are the pieces.
Memory: TypeAlias = tuple[Any, ...]
Weights: TypeAlias = Mapping[str, np.ndarray]


class Answer(NamedTuple):
    """What an engine says when it has read.

    Attributes:
        logits: of the next token of each piece, (B, V) float32.
        signals: what they were made from, (B, T, H) float32, after each of the T tokens.
        memory: of the pieces up to there.
    """

    logits: np.ndarray
    signals: np.ndarray
    memory: Memory


class Engine(Protocol):
    """A network that composes. Any number of threads may ask it at a time."""

    def begin(self, ids: np.ndarray) -> Answer:
        """Read the beginnings of pieces, ids (B, T) int64."""

    def read(self, ids: np.ndarray, memory: Memory) -> Answer:
        """Read one more token of each piece, ids (B,) int64; T is 1. The memory stays as it was."""


class Engines:
    """The engines of one network, each made when it is first asked for.

    Args:
        makers: those that run on this machine; "auto" takes the first.
    """

    def __init__(self, makers: Mapping[EngineName, Callable[[], Engine]]) -> None:
        self._makers = makers
        self._made: dict[EngineName, Engine] = {}

    def choose(self, wanted: Literal["auto", "torch", "int8"]) -> EngineName:
        """What a request's engine is on this machine.

        Raises:
            UserError: it does not run here.
        """
        if wanted == "auto":
            return next(iter(self._makers))
        if wanted not in self._makers:
            raise UserError(
                f"The engine {wanted} does not run on this computer.",
                "Set generation.engine to auto or torch.",
            )
        return wanted

    def __getitem__(self, name: EngineName) -> Engine:
        if name not in self._made:
            self._made[name] = self._makers[name]()
        return self._made[name]


def lstm_engines(
    config: ModelConfig, weights: Callable[[], Weights], in_torch: Callable[[], Engine]
) -> Engines:
    """The engines of an LSTM: in one byte a weight where onnxruntime is, else in torch.

    Args:
        config: of the network.
        weights: gives its weights, by name.
        in_torch: makes the engine in full precision.
    """
    makers: dict[EngineName, Callable[[], Engine]] = {}
    if has_onnx():

        def in_bytes() -> Engine:
            from midigen.engines.onnx_lstm import OnnxLSTM

            return OnnxLSTM(config, weights())

        makers["int8"] = in_bytes
    return Engines({**makers, "torch": in_torch})


@cache
def has_onnx() -> bool:
    """Whether onnxruntime is here and starts; it has no wheel for some machines."""
    try:
        for name in ("onnx", "onnxruntime"):
            import_module(name)
    except (ImportError, OSError):  # of a library that it needs, too
        return False
    return True


def of_rows(memory: Memory, rows: Sequence[int]) -> Memory:
    """The memory of some pieces, in that order; one may be named several times."""
    return tuple(each[rows] for each in memory)
