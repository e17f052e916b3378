"""The names and shapes of a network's weights, from its knobs alone.

A model's file is compared with them before anything of it is read: it may claim any size. The
networks themselves, in `midigen.networks`, would tell as well, at the price of torch.
"""

from __future__ import annotations

import math
from typing import TypeAlias

from midigen.config import ModelConfig

Shapes: TypeAlias = dict[str, tuple[int, ...]]


def weight_shapes(config: ModelConfig, vocabulary_size: int) -> Shapes:
    """The shape of each weight, by name, in torch's order of axes."""
    narrow, wide = config.embedding_size, config.hidden_size
    shapes: Shapes = {"embedding.weight": (vocabulary_size, narrow)}
    add_layers = {"lstm": _add_lstm_layers, "transformer": _add_transformer_layers}
    add_layers[config.type](shapes, config)
    if config.tie_embeddings and narrow != wide:
        shapes["narrow.weight"] = narrow, wide
        if config.type == "lstm":
            shapes["narrow.bias"] = (narrow,)
    shapes["head.weight"] = vocabulary_size, narrow if config.tie_embeddings else wide
    shapes["head.bias"] = (vocabulary_size,)
    return shapes


def feed_forward_size(config: ModelConfig) -> int:
    """Width of a Transformer's feed-forward networks, a multiple of 8 for the sake of speed."""
    return 8 * math.ceil(config.feed_forward * config.hidden_size / 8)


def _add_lstm_layers(shapes: Shapes, config: ModelConfig) -> None:
    size = config.hidden_size
    for i in range(config.n_layers):
        n_inputs = config.embedding_size if i == 0 else size
        layer = {
            "lstm.weight_ih_l0": (4 * size, n_inputs),
            "lstm.weight_hh_l0": (4 * size, size),
            "lstm.bias_ih_l0": (4 * size,),
            "lstm.bias_hh_l0": (4 * size,),
        }
        if config.layer_norm:
            layer |= {"norm.weight": (size,), "norm.bias": (size,)}
        if config.bypass == "highway" and n_inputs == size:
            layer |= {"gate.weight": (size, size), "gate.bias": (size,)}
        shapes |= {f"layers.{i}.{name}": shape for name, shape in layer.items()}


def _add_transformer_layers(shapes: Shapes, config: ModelConfig) -> None:
    size, inner = config.hidden_size, feed_forward_size(config)
    n_kept = 2 * config.n_kv_heads * (size // config.n_heads)  # keys and values
    layer = {
        "attention_norm.weight": (size,),
        "query_key_value.weight": (size + n_kept, size),
        "attention_out.weight": (size, size),
        "feed_forward_norm.weight": (size,),
        "gate_up.weight": (2 * inner, size),
        "down.weight": (size, inner),
    }
    if config.embedding_size != size:
        shapes["widen.weight"] = size, config.embedding_size
    for i in range(config.n_layers):
        shapes |= {f"layers.{i}.{name}": shape for name, shape in layer.items()}
    shapes["norm.weight"] = (size,)
