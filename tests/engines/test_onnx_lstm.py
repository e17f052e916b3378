"""An LSTM in onnxruntime: what is computed, and how near it is to full precision."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
import torch

from benchmarks.speed.int8 import MODEL, _differences, chorales
from midigen.bundle import load_bundle
from midigen.config import ModelConfig
from midigen.engines import of_rows
from midigen.engines.onnx_lstm import OnnxLSTM
from midigen.networks import Network, arrays_of, build_network
from midigen.networks.torch_engine import engines_of

N_TOKENS = 50
PLAIN = ModelConfig(embedding_size=32, hidden_size=64, n_layers=2)
ALL_KINDS = [
    replace(PLAIN, bypass=bypass, layer_norm=norm, tie_embeddings=tied, embedding_size=size)
    for bypass, norm, tied, size in product(
        ("none", "residual", "highway"), (False, True), (False, True), (32, 64)
    )
]


def network(config: ModelConfig) -> Network:
    torch.manual_seed(0)
    return build_network(config, N_TOKENS).eval()


def some_ids(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).integers(N_TOKENS, size=shape)


@pytest.mark.parametrize("config", ALL_KINDS, ids=lambda c: f"{c.bypass}-{c.layer_norm}")
def test_every_kind_of_lstm_says_nearly_the_same(config: ModelConfig) -> None:
    engines, ids = engines_of(network(config)), some_ids(40, 12)
    exact, near = (engines[name].begin(ids) for name in ("torch", "int8"))
    shares = [torch.from_numpy(each.logits).softmax(-1) for each in (exact, near)]
    assert float((shares[0] - shares[1]).abs().sum(-1).mean()) / 2 < 0.05
    assert near.signals.shape == exact.signals.shape == (40, 12, config.hidden_size)
    assert float(np.abs(near.signals - exact.signals).mean()) < 0.05


def test_whole_numbers_are_what_is_multiplied() -> None:
    """By hand: weights in steps of 1 / 63 of their largest, inputs in steps of 1 / 127."""
    config = replace(PLAIN, n_layers=1, embedding_size=64, bypass="none", tie_embeddings=False)
    net = network(config)
    weights, ids = arrays_of(net), some_ids(3, 1)
    answer = OnnxLSTM(config, weights).begin(ids)
    signal, _ = net.read(torch.from_numpy(ids), net.initial_state(3))  # of a first token: exact
    np.testing.assert_allclose(answer.signals, signal.detach(), atol=1e-6)
    head, bias = weights["head.weight"], weights["head.bias"]
    steps = np.abs(head).max(1) / 63
    inputs = np.rint(answer.signals[:, 0] * 127).astype(int)
    by_hand = inputs @ np.rint(head / steps[:, None]).astype(int).T * steps / 127 + bias
    np.testing.assert_allclose(answer.logits, by_hand, atol=1e-5)


def test_the_largest_numbers_do_not_overflow() -> None:
    """Two products of eight bits do not fit in 16; processors without VNNI add them there."""
    config = ModelConfig(embedding_size=8, hidden_size=512, n_layers=1, tie_embeddings=False)
    weights = {name: np.zeros_like(each) for name, each in arrays_of(network(config)).items()}
    weights["layers.0.lstm.bias_ih_l0"] += 50.0  # c counts the tokens, so h comes to 1
    weights["head.weight"] += 1.0
    answer = OnnxLSTM(config, weights).begin(np.zeros((1, 9), dtype=np.int64))
    np.testing.assert_allclose(answer.logits, 512, rtol=1e-5)


@pytest.mark.parametrize("bypass", ["highway", "residual"])  # inputs within 1, inputs of any size
def test_rows_are_the_same_to_the_bit_alone_and_together(bypass: str) -> None:
    """So a piece does not hang on how many are composed beside it."""
    config = replace(PLAIN, bypass=bypass)
    engine, ids = engines_of(network(config))["int8"], some_ids(5, 9)
    together = engine.begin(ids)
    for row in range(5):
        alone = engine.begin(ids[row : row + 1])
        assert np.array_equal(alone.logits[0], together.logits[row])
        assert np.array_equal(alone.signals[0], together.signals[row])


def test_it_goes_on_from_any_memory_which_stays_as_it_was() -> None:
    engine, ids = engines_of(network(PLAIN))["int8"], some_ids(2, 10)
    whole, begun = engine.begin(ids), engine.begin(ids[:, :9])
    kept = [each.copy() for each in begun.memory]
    swapped = engine.read(ids[::-1, 9], of_rows(begun.memory, [1, 0]))
    assert np.array_equal(swapped.logits[::-1], whole.logits)
    assert all(np.array_equal(a, b) for a, b in zip(kept, begun.memory, strict=True))


def test_on_music_it_foretells_as_well_as_full_precision() -> None:
    """At most 0.005 nats a token worse, and in 97 of 100 places the same token is likeliest."""
    bundle = load_bundle(MODEL)
    found = [_differences(bundle, ids[:500]) for ids in chorales(bundle, 1)]
    worse, same = np.mean(found, axis=0)
    assert worse <= 0.005
    assert same >= 97
