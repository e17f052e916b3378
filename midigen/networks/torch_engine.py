"""Networks as engines that compose: numpy outside, torch inside, on one thread."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from midigen.engines import Answer, Engine, EngineName, Engines, Memory, lstm_engines
from midigen.networks import Network, SequenceNetwork, Stepper, arrays_of
from midigen.networks.lstm import LSTMNetwork
from midigen.networks.products import has_int8
from midigen.networks.threads import one_thread

PAYS_FROM_SIZE = 512  # a narrower Transformer gains little by int8


def engines_of(network: Network) -> Engines:
    """The engines of a network that is on the CPU and in evaluation mode."""
    if isinstance(network, LSTMNetwork):
        return lstm_engines(
            network.config,
            lambda: arrays_of(network),
            lambda: TorchEngine(network, network.stepper()),
        )

    def maker(name: EngineName) -> Callable[[], Engine]:
        return lambda: TorchEngine(network, network.stepper(name))

    names: list[EngineName] = ["torch"]
    if has_int8():
        names.insert(0 if network.config.hidden_size >= PAYS_FROM_SIZE else 1, "int8")
    return Engines({name: maker(name) for name in names})


class TorchEngine:
    """A network as an `Engine`.

    Args:
        network: reads beginnings, on the CPU, in evaluation mode.
        stepper: of the network, reads what follows.
    """

    def __init__(self, network: SequenceNetwork, stepper: Stepper) -> None:
        self._network = network
        self._stepper = stepper

    @torch.inference_mode()
    def begin(self, ids: np.ndarray) -> Answer:
        """Read the beginnings of pieces, ids (B, T) int64."""
        with one_thread():
            before = self._network.initial_state(len(ids))
            signals, after = self._network.read(torch.from_numpy(ids), before)
            logits = self._network.foretell(signals[:, -1])
        return Answer(logits.float().numpy(), signals.float().numpy(), after)

    @torch.inference_mode()
    def read(self, ids: np.ndarray, memory: Memory) -> Answer:
        """Read one more token of each piece, ids (B,) int64."""
        with one_thread():
            signal, after = self._stepper.read(torch.from_numpy(ids), memory)
            logits = self._stepper.foretell(signal)
        return Answer(logits.numpy(), signal[:, None].numpy(), after)
