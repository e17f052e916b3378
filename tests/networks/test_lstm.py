from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch

from midigen.config import PRESETS, Config, ModelConfig
from midigen.config_file import apply_preset
from midigen.networks import build_network, detach, n_parameters, reset
from midigen.networks.lstm import LSTMNetwork

SMALL = ModelConfig(embedding_size=12, hidden_size=20, n_layers=2, dropout=0.3)


def network(config: ModelConfig = SMALL) -> LSTMNetwork:
    torch.manual_seed(0)
    return build_network(config, 50).eval()


@pytest.mark.parametrize(
    ("preset", "millions"), [("quick", 1.0), ("standard", 4.0), ("large", 24.0)]
)
def test_presets_have_the_size_that_they_promise(preset: str, millions: float) -> None:
    config = apply_preset(Config(), preset)
    assert n_parameters(build_network(config.model, 321)) / 1e6 == pytest.approx(millions, rel=0.1)
    assert PRESETS[preset].help.startswith(f"About {millions:g} M parameters")


SHAPES = [
    ModelConfig(embedding_size=12, hidden_size=hidden, n_layers=layers, **more)
    for hidden in (12, 20)
    for layers in (1, 3)
    for more in (
        {"tie_embeddings": True},
        {"tie_embeddings": False},
        {"layer_norm": True, "bypass": "residual"},
        {"bypass": "highway"},
    )
]


@pytest.mark.parametrize("config", SHAPES)
def test_single_steps_equal_the_whole_sequence(config: ModelConfig) -> None:
    net = network(config)
    ids = torch.randint(50, (3, 9))
    whole, end = net(ids, net.initial_state(3))
    step, state = net.stepper(), net.initial_state(3)
    for t in range(9):
        logits, state = step(ids[:, t], state)
        torch.testing.assert_close(logits, whole[:, t], atol=1e-5, rtol=1e-5)
    for a, b in zip(state, end, strict=True):
        torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-5)


def test_memory_carries_over_chunks() -> None:
    net = network()
    ids = torch.randint(50, (2, 10))
    whole, _ = net(ids, net.initial_state(2))
    first, state = net(ids[:, :4], net.initial_state(2))
    second, _ = net(ids[:, 4:], state)
    torch.testing.assert_close(torch.cat((first, second), 1), whole)


def test_a_reset_row_starts_afresh_and_others_go_on() -> None:
    net = network()
    ids = torch.randint(50, (2, 10))
    _, state = net(ids[:, :4], net.initial_state(2))
    mixed, _ = net(ids[:, 4:], reset(detach(state), torch.tensor([True, False])))
    fresh, _ = net(ids[:, 4:], net.initial_state(2))
    whole, _ = net(ids, net.initial_state(2))
    torch.testing.assert_close(mixed[0], fresh[0])
    torch.testing.assert_close(mixed[1], whole[1, 4:])


def test_tied_tables_are_one() -> None:
    net = network()
    assert net.head.weight is net.embedding.weight
    untied = network(ModelConfig(embedding_size=12, hidden_size=20, tie_embeddings=False))
    assert untied.head.weight is not untied.embedding.weight


@pytest.mark.parametrize(
    "dropped",
    [{"dropout": 0.3}, {"drop_connect": 0.3}, {"embedding_dropout": 0.3},
     {"dropout": 0.3, "variational_dropout": True}],
)  # fmt: skip
def test_dropout_acts_only_while_training(dropped: dict[str, Any]) -> None:
    net = network(ModelConfig(**{"embedding_size": 12, "hidden_size": 20, "dropout": 0, **dropped}))
    ids = torch.arange(30)[None]
    a, _ = net(ids, net.initial_state(1))
    b, _ = net(ids, net.initial_state(1))
    assert torch.equal(a, b)
    net.train()
    c, _ = net(ids, net.initial_state(1))
    assert not torch.allclose(a, c)


def test_dropped_recurrent_weights_still_learn() -> None:
    net = network(replace(SMALL, drop_connect=0.5)).train()
    logits, _ = net(torch.randint(50, (2, 8)), net.initial_state(2))
    logits.sum().backward()
    gradients = [p.grad for name, p in net.named_parameters() if "weight_hh" in name]
    assert len(gradients) == 2
    for gradient in gradients:
        assert gradient is not None
        assert 0.2 < float((gradient == 0).float().mean()) < 0.8  # what was dropped has none


def test_variational_dropout_keeps_one_mask_through_a_chunk() -> None:
    net = network(replace(SMALL, variational_dropout=True)).train()
    signal = torch.ones(2, 9, 20)
    dropped = net._drop(signal)
    assert torch.equal(dropped, dropped[:, :1].expand_as(dropped))
    assert not torch.equal(dropped[0], dropped[1])


def test_a_way_around_needs_equal_sizes_and_is_taken_where_it_fits() -> None:
    residual = replace(SMALL, bypass="residual", dropout=0)  # 12 in, 20 out: only layer 2 has it
    plain = replace(residual, bypass="none")
    one, other = network(residual), network(plain)
    other.load_state_dict(one.state_dict())
    ids = torch.randint(50, (1, 5))
    assert not torch.allclose(
        one(ids, one.initial_state(1))[0], other(ids, other.initial_state(1))[0]
    )
    assert [layer.bypass for layer in one.layers] == ["none", "residual"]
