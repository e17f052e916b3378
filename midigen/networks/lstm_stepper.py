"""An LSTM one token at a time: what `LSTMNetwork` computes, laid out for composing with torch.

`nn.LSTM` lays its weights out anew at every call on a CPU, which is most of the time of a single
step. Here that is done once, and all that can be multiplied out beforehand is: what the first layer
makes of each token is a table, a projection before the head is one with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor, nn

from midigen.networks.products import Product, product

if TYPE_CHECKING:
    from collections.abc import Iterable

    from midigen.networks.lstm import LSTMLayer, LSTMNetwork


class LSTMStepper:
    """Single steps of a network as it is now.

    Args:
        network: is copied; what it learns afterwards is not heard here.
    """

    def __init__(self, network: LSTMNetwork) -> None:
        with torch.no_grad():
            self._embedded = network.embedding.weight.detach().clone()  # (V, E)
            self._layers: list[_Layer] = []
            embedded: Tensor | None = self._embedded
            for layer in cast("Iterable[LSTMLayer]", network.layers):
                self._layers.append(_Layer(layer, embedded))
                embedded = None
            weight, bias = network.head.weight.detach(), network.head.bias.detach()
            if isinstance(network.narrow, nn.Linear):  # two linear maps in a row are one
                bias = weight @ network.narrow.bias + bias
                weight = weight @ network.narrow.weight
            self._head = product(weight, bias)

    @torch.inference_mode()
    def __call__(
        self, ids: Tensor, state: tuple[Tensor, ...]
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Read ids (B,) int64; return logits (B, V) float32 and the new state."""
        signal, after = self.read(ids, state)
        return self.foretell(signal), after

    @torch.inference_mode()
    def read(self, ids: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Read ids (B,) int64; return the signal (B, H) of logits, and the state."""
        h_before, c_before = state  # (B, L, H)
        signal, h_after, c_after = self._embedded.index_select(0, ids), [], []
        for layer, h, c in zip(self._layers, h_before.unbind(1), c_before.unbind(1), strict=True):
            signal, h, c = layer(ids, signal, h, c)
            h_after.append(h)
            c_after.append(c)
        return signal, (torch.stack(h_after, dim=1), torch.stack(c_after, dim=1))

    @torch.inference_mode()
    def foretell(self, signal: Tensor) -> Tensor:
        """Logits (B, V) of a signal (B, H)."""
        return self._head(signal)


class _Layer:
    """One layer.

    Args:
        layer: of the network.
        embedded: what goes into the first layer, for each token (V, E); None for those above.
    """

    def __init__(self, layer: LSTMLayer, embedded: Tensor | None) -> None:
        # torch's order of gates is in, forget, cell, out; the three sigmoids stand together here.
        weights = [_reordered(each) for each in layer.lstm.all_weights[0]]
        w_in, w_hidden, bias = weights[0], weights[1], weights[2] + weights[3]
        self._from_token: Tensor | None = None
        if embedded is not None:
            self._from_token = embedded @ w_in.t() + bias  # (V, 4H)
            self._product = product(w_hidden, torch.zeros_like(bias))
        else:
            self._product = product(torch.cat((w_in, w_hidden), dim=1), bias)
        self._norm, self._bypass = layer.norm, layer.bypass
        self._gate: Product | None = None
        if layer.gate is not None:
            self._gate = product(layer.gate.weight, layer.gate.bias)
        self._n_sigmoids = 3 * layer.lstm.hidden_size

    def __call__(
        self, ids: Tensor, signal: Tensor, h: Tensor, c: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Read a signal (B, N) of ids (B,), and h and c (B, H); return them as they are after."""
        if self._from_token is not None:
            gates = self._product(h) + self._from_token.index_select(0, ids)  # (B, 4H)
        else:
            gates = self._product(torch.cat((signal, h), dim=1))
        into, forget, out = gates[:, : self._n_sigmoids].sigmoid().chunk(3, dim=1)  # (B, H) each
        c = torch.addcmul(forget * c, into, gates[:, self._n_sigmoids :].tanh())
        h = out * c.tanh()
        hidden = self._norm(h)
        if self._gate is not None:
            signal = torch.lerp(signal, hidden, self._gate(signal).sigmoid())
        else:
            signal = signal + hidden if self._bypass == "residual" else hidden
        return signal, h, c


def _reordered(weight: Tensor) -> Tensor:
    into, forget, cell, out = weight.chunk(4)
    return torch.cat((into, forget, out, cell))
