"""An LSTM in onnxruntime, its weights in one byte each.

A step reads every weight once, so on a CPU its time is that of fetching them from memory: eight
bits instead of 32 are a quarter of the way. All that can be multiplied out beforehand is: what the
first layer makes of each token is a table, a projection before the head is one with it.

Inputs are rounded to eight bits in fixed steps, so pieces never influence each other: what comes of
one is the same to the bit whether it is read alone or beside others.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from midigen.config import ModelConfig
from midigen.engines import Answer, Memory, Weights
from midigen.engines.rounding import INPUT_STEP, INPUT_ZERO, MOST_WEIGHT, NOTHING

_EPSILON = 1e-5  # of torch's LayerNorm
_OPSET, _FORMAT = 17, 9  # of ONNX: the oldest that has what is used


class OnnxLSTM:
    """What `midigen.networks.lstm.LSTMNetwork` computes, one token at a time; an `Engine`.

    Args:
        config: of the network.
        weights: of the network, by name, float32; they are copied.
    """

    def __init__(self, config: ModelConfig, weights: Weights) -> None:
        self._shape = config.n_layers, config.hidden_size
        options = onnxruntime.SessionOptions()
        # Single steps are too small to share: waiting threads would cost more than they give.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            _graph(config, weights).SerializeToString(), options, ["CPUExecutionProvider"]
        )
        self._inputs = [each.name for each in self._session.get_inputs()]

    def begin(self, ids: np.ndarray) -> Answer:
        """Read the beginnings of pieces, ids (B, T) int64."""
        n_layers, size = self._shape
        memory: Memory = tuple(
            np.zeros((len(ids), size), dtype=np.float32) for _ in range(2 * n_layers)
        )
        signals = []
        for each in ids.T:
            answer = self.read(each, memory)
            memory = answer.memory
            signals.append(answer.signals)
        return answer._replace(signals=np.concatenate(signals, axis=1))

    def read(self, ids: np.ndarray, memory: Memory) -> Answer:
        """Read one more token of each piece, ids (B,) int64."""
        given = dict(zip(self._inputs, (ids, *memory), strict=True))
        logits, signal, *memories = self._session.run(None, given)
        return Answer(logits, signal[:, None], tuple(memories))


class _Graph:
    """Collects the nodes and constants of an ONNX graph; values go by their names."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, values: Any, dtype: Any = np.float32) -> str:
        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(values, dtype), name))
        return name

    def node(self, kind: str, *inputs: str, n_outputs: int = 1, **attributes: Any) -> Any:
        """Add an operation; return the name of what comes of it, or the names if there are more."""
        names = [f"{kind}_{len(self.nodes)}_{i}" for i in range(n_outputs)]
        domain = "com.microsoft" if kind == "MatMulIntegerToFloat" else ""
        self.nodes.append(helper.make_node(kind, inputs, names, domain=domain, **attributes))
        return names[0] if n_outputs == 1 else names

    def product(
        self, signal: str, weight: np.ndarray, bias: np.ndarray | None, is_bounded: bool
    ) -> str:
        """Multiply a signal (B, N) by a weight (M, N) of bytes and add a bias (M,).

        Args:
            signal: what is multiplied.
            weight: a scale is kept for each of its rows.
            bias: None for none.
            is_bounded: whether no input lies beyond -1 and 1, which saves a look at them.
        """
        if is_bounded:
            return self._bounded_product(signal, weight, bias)
        largest = self.node("ReduceMax", self.node("Abs", signal), axes=[1])  # (B, 1)
        largest = self.node("Max", largest, self.constant(NOTHING))
        scaled = self._bounded_product(self.node("Div", signal, largest), weight, None)
        outputs: str = self.node("Mul", scaled, largest)
        if bias is not None:
            outputs = self.node("Add", outputs, self.constant(bias))
        return outputs

    def _bounded_product(self, signal: str, weight: np.ndarray, bias: np.ndarray | None) -> str:
        steps = np.maximum(np.abs(weight).max(1), NOTHING) / MOST_WEIGHT  # (M,)
        in_bytes = np.rint(weight / steps[:, None]).T
        step, zero = self.constant(INPUT_STEP), self.constant(INPUT_ZERO, np.uint8)
        outputs: str = self.node(
            "MatMulIntegerToFloat",
            self.node("QuantizeLinear", signal, step, zero),
            self.constant(in_bytes, np.int8),
            step,
            self.constant(steps),
            zero,
            self.constant(np.zeros(len(weight)), np.int8),
            *([] if bias is None else [self.constant(bias)]),
        )
        return outputs


def _graph(config: ModelConfig, weights: Weights) -> onnx.ModelProto:
    """One step: ids (B,), h and c of each layer (B, H) to logits, their signal, h and c."""
    graph = _Graph()
    signal = graph.node("Gather", graph.constant(weights["embedding.weight"]), "ids")
    memory, is_bounded = [], False
    for i in range(config.n_layers):
        layer = _Layer(config, weights, i, is_bounded)
        signal, h, c = layer.add_to(graph, signal)
        memory += [h, c]
        is_bounded = layer.is_bounded
    weight, bias = weights["head.weight"], weights["head.bias"]
    if "narrow.weight" in weights:  # two linear maps in a row are one
        bias = weight @ weights["narrow.bias"] + bias
        weight = weight @ weights["narrow.weight"]
    logits = graph.product(signal, weight, bias, is_bounded)
    remembered = [f"{kind}_{i}" for i in range(config.n_layers) for kind in "hc"]
    size = config.hidden_size
    return helper.make_model(
        helper.make_graph(
            graph.nodes,
            "step",
            [
                helper.make_tensor_value_info("ids", TensorProto.INT64, ["B"]),
                *(_rows(name, size) for name in remembered),
            ],
            [_rows(logits, len(weight)), *(_rows(name, size) for name in (signal, *memory))],
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", _OPSET), helper.make_opsetid("com.microsoft", 1)],
        ir_version=_FORMAT,
    )


def _rows(name: str, size: int) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["B", size])


class _Layer:
    """One layer of the network.

    Args:
        config: of the network.
        weights: of the network.
        place: of the layer, the lowest is 0.
        is_bounded: whether what goes in keeps between -1 and 1.

    Attributes:
        is_bounded: whether what comes out does, as h does: sigmoid times tanh.
    """

    def __init__(self, config: ModelConfig, weights: Weights, place: int, is_bounded: bool) -> None:
        begin = f"layers.{place}."
        own = {
            name.removeprefix(begin): each
            for name, each in weights.items()
            if name.startswith(begin)
        }
        self._w_in, self._w_hidden, bias_in, bias_hidden = (
            _reordered(own[f"lstm.{each}_l0"])
            for each in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        )
        self._bias = bias_in + bias_hidden
        self._own, self._place, self._is_input_bounded = own, place, is_bounded
        # What the first layer makes of each token, (V, 4H).
        self._by_token = None
        if place == 0:
            self._by_token = weights["embedding.weight"] @ self._w_in.T + self._bias
        self._has_bypass = config.bypass != "none" and self._w_in.shape[1] == config.hidden_size
        is_highway = config.bypass == "highway" and is_bounded
        self.is_bounded = "norm.weight" not in own and (not self._has_bypass or is_highway)

    def add_to(self, graph: _Graph, signal: str) -> tuple[str, str, str]:
        """Add it behind a signal (B, N); return the names of what it says, of h and of c."""
        size = self._w_hidden.shape[1]
        h, c = f"h_{self._place}", f"c_{self._place}"
        if self._by_token is not None:
            gates = graph.node(
                "Add",
                graph.product(h, self._w_hidden, None, is_bounded=True),
                graph.node("Gather", graph.constant(self._by_token), "ids"),
            )
        else:
            weight = np.concatenate((self._w_in, self._w_hidden), axis=1)
            both = graph.node("Concat", signal, h, axis=1)
            gates = graph.product(both, weight, self._bias, self._is_input_bounded)
        parts = graph.constant([3 * size, size], np.int64)
        sigmoids, cell = graph.node("Split", gates, parts, axis=1, n_outputs=2)
        into, forget, out = graph.node(
            "Split",
            graph.node("Sigmoid", sigmoids),
            graph.constant([size] * 3, np.int64),
            axis=1,
            n_outputs=3,
        )
        kept = graph.node("Mul", forget, c)
        c = graph.node("Add", kept, graph.node("Mul", into, graph.node("Tanh", cell)))
        h = graph.node("Mul", out, graph.node("Tanh", c))
        return self._around(graph, signal, h), h, c

    def _around(self, graph: _Graph, signal: str, h: str) -> str:
        """Norm what the layer says, and lead the signal past it."""
        said, own = h, self._own
        if "norm.weight" in own:
            norm = (graph.constant(own[f"norm.{each}"]) for each in ("weight", "bias"))
            said = graph.node("LayerNormalization", said, *norm, axis=-1, epsilon=_EPSILON)
        if not self._has_bypass:
            return said
        if "gate.weight" in own:
            gate = graph.product(
                signal, own["gate.weight"], own["gate.bias"], self._is_input_bounded
            )
            more = graph.node("Sub", said, signal)
            said = graph.node("Mul", graph.node("Sigmoid", gate), more)
        passed: str = graph.node("Add", signal, said)
        return passed


def _reordered(weight: np.ndarray) -> np.ndarray:
    """In, forget, cell, out, as torch has them, to in, forget, out, cell: the sigmoids together."""
    into, forget, cell, out = np.split(weight, 4)
    return np.concatenate((into, forget, out, cell))
