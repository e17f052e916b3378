"""Weights in one byte with torch: what is computed, and how near it is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from torch import Tensor

from midigen.config import ModelConfig
from midigen.networks.products import has_int8, product
from midigen.networks.transformer import TransformerNetwork

needs_int8 = pytest.mark.skipif(not has_int8(), reason="no fast products of bytes here")
TRANSFORMER = ModelConfig(
    type="transformer", embedding_size=12, hidden_size=24, n_layers=2, n_heads=3, n_kv_heads=1,
    window=5,
)  # fmt: skip


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """As pieces are composed; on a busy machine more threads wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def by_hand(weight: Tensor, bias: Tensor, inputs: Tensor) -> Tensor:
    """Both rounded to their steps, then multiplied as whole numbers; the largest input is 1."""
    steps = weight.abs().amax(1) / 63
    weights = (weight / steps[:, None]).round().long()
    ids = (inputs * 127).round().clamp(-128, 127).long()
    return (ids @ weights.t()).float() * steps / 127 + bias


@needs_int8
def test_it_is_a_product_of_whole_numbers() -> None:
    torch.manual_seed(0)
    weight, bias, inputs = torch.randn(30, 50), torch.randn(30), 2 * torch.rand(4, 50) - 1
    inputs[:, 0] = 1.0  # else they would be scaled
    found = product(weight, bias, "int8")(inputs)
    torch.testing.assert_close(found, by_hand(weight, bias, inputs), atol=1e-4, rtol=1e-4)


@needs_int8
def test_the_largest_numbers_do_not_overflow() -> None:
    """Two products of eight bits do not fit in 16; processors without VNNI add them there."""
    weight, bias = torch.ones(16, 512), torch.zeros(16)
    found = product(weight, bias, "int8")(torch.ones(1, 512))
    torch.testing.assert_close(found, torch.full((1, 16), 512.0), atol=1e-2, rtol=0)


@needs_int8
@pytest.mark.parametrize("scale", [0.0, 1e-3, 1.0, 40.0])
def test_inputs_of_any_size_are_scaled(scale: float) -> None:
    torch.manual_seed(0)
    weight, bias, inputs = torch.randn(30, 50), torch.randn(30), scale * torch.randn(4, 50)
    exact = product(weight, bias, "torch")(inputs)
    found = product(weight, bias, "int8")(inputs)
    assert float((found - exact).abs().max()) <= 0.02 * max(1e-6, float(exact.abs().max()))


@needs_int8
def test_rows_are_the_same_to_the_bit_alone_and_together() -> None:
    """So a piece does not hang on how many are composed beside it."""
    torch.manual_seed(0)
    weight, bias, inputs = torch.randn(96, 64), torch.randn(96), 2 * torch.rand(5, 64) - 1
    multiply = product(weight, bias, "int8")
    together = multiply(inputs)
    for row in range(5):
        assert torch.equal(multiply(inputs[row : row + 1])[0], together[row])


@needs_int8
def test_a_transformer_says_nearly_the_same() -> None:
    torch.manual_seed(0)
    net = TransformerNetwork(TRANSFORMER, 50).eval()
    ids = torch.randint(50, (40, 12))
    exact, near = net.stepper(), net.stepper("int8")
    one, other = net.initial_state(40), net.initial_state(40)
    for t in range(12):
        logits, one = exact(ids[:, t], one)
        rounded, other = near(ids[:, t], other)
        difference = (logits.softmax(-1) - rounded.softmax(-1)).abs().sum(-1) / 2
        assert float(difference.mean()) < 0.05
