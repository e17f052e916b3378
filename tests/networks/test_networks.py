"""What training and generation may expect of every kind of network."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch

from midigen.config import PRESETS, Config, ModelConfig
from midigen.config_file import apply_overrides, apply_preset
from midigen.networks import Network, arrays_of, build_network, detach, n_parameters, reset
from midigen.networks.blank import with_weights

LSTM = ModelConfig(embedding_size=12, hidden_size=20, n_layers=2, dropout=0.3)
# A window that is filled within the sequences of these tests.
TRANSFORMER = replace(LSTM, type="transformer", hidden_size=24, n_heads=3, n_kv_heads=1, window=5)
BOTH = pytest.mark.parametrize("config", [LSTM, TRANSFORMER], ids=lambda config: config.type)
SHAPES = [
    replace(LSTM, hidden_size=hidden, n_layers=layers, **more)
    for hidden in (12, 20)
    for layers in (1, 3)
    for more in (
        {"tie_embeddings": True},
        {"tie_embeddings": False},
        {"layer_norm": True, "bypass": "residual"},
        {"bypass": "highway"},
    )
] + [
    replace(TRANSFORMER, n_layers=layers, **more)
    for layers in (1, 3)
    for more in (
        {"hidden_size": 12},
        {"tie_embeddings": False},
        {"n_kv_heads": 3},
        {"n_heads": 6, "n_kv_heads": 2},
        {"window": 1},
        {"window": 100},
    )
]


def network(config: ModelConfig) -> Network:
    torch.manual_seed(0)
    net = build_network(config, 50).eval()
    with torch.no_grad():  # as after some learning: no norm that is one, no bias that is zero
        for each in net.parameters():
            each.add_(0.1 * torch.randn_like(each))
    return net


@pytest.mark.parametrize("kind", ["lstm", "transformer"])
@pytest.mark.parametrize(
    ("preset", "millions"), [("quick", 1.0), ("standard", 4.0), ("large", 24.0)]
)
def test_presets_have_the_size_that_they_promise(preset: str, millions: float, kind: str) -> None:
    config = apply_overrides(apply_preset(Config(), preset), [f"model.type={kind}"])
    assert n_parameters(build_network(config.model, 321)) / 1e6 == pytest.approx(millions, rel=0.1)
    assert PRESETS[preset].help.startswith(f"About {millions:g} M parameters")


@pytest.mark.parametrize("config", SHAPES)
def test_single_steps_equal_the_whole_sequence(config: ModelConfig) -> None:
    net = network(config)
    ids = torch.randint(50, (3, 17))
    whole, end = net(ids, net.initial_state(3))
    step, state = net.stepper(), net.initial_state(3)
    for t in range(17):
        logits, state = step(ids[:, t], state)
        torch.testing.assert_close(logits, whole[:, t], atol=1e-5, rtol=1e-5)
    for a, b in zip(state, end, strict=True):
        torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("config", SHAPES)
@pytest.mark.parametrize("n_prompt", [1, 3, 12])
def test_single_steps_go_on_from_a_prompt(config: ModelConfig, n_prompt: int) -> None:
    net = network(config)
    ids = torch.randint(50, (2, 20))
    whole, _ = net(ids, net.initial_state(2))
    _, state = net.read(ids[:, :n_prompt], net.initial_state(2))
    step = net.stepper()
    for t in range(n_prompt, 20):
        logits, state = step(ids[:, t], state)
        torch.testing.assert_close(logits, whole[:, t], atol=1e-5, rtol=1e-5)


@BOTH
def test_a_step_leaves_the_memory_that_it_went_on_from(config: ModelConfig) -> None:
    """Two pieces may go on from one beginning."""
    net = network(config)
    step = net.stepper()
    _, state = net.read(torch.randint(50, (1, 9)), net.initial_state(1))
    before = [each.clone() for each in state]
    first, _ = step(torch.tensor([3]), state)
    step(torch.tensor([4]), state)
    again, _ = step(torch.tensor([3]), state)
    assert torch.equal(first, again)
    assert all(torch.equal(a, b) for a, b in zip(before, state, strict=True))


@pytest.mark.parametrize("config", SHAPES)
@pytest.mark.parametrize("borders", [(4,), (1, 2, 3), (5, 10, 15), (2, 19)])
def test_memory_carries_over_chunks(config: ModelConfig, borders: tuple[int, ...]) -> None:
    net = network(config)
    ids = torch.randint(50, (2, 20))
    whole, end = net(ids, net.initial_state(2))
    state, parts = net.initial_state(2), []
    for begin, stop in zip((0, *borders), (*borders, 20), strict=True):
        part, state = net(ids[:, begin:stop], state)
        parts.append(part)
    torch.testing.assert_close(torch.cat(parts, 1), whole, atol=1e-5, rtol=1e-5)
    for a, b in zip(state, end, strict=True):
        torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-5)


@BOTH
@pytest.mark.parametrize("n_before", [2, 4, 12])
def test_a_reset_row_starts_afresh_and_others_go_on(config: ModelConfig, n_before: int) -> None:
    net = network(config)
    ids = torch.randint(50, (2, 20))
    _, state = net(ids[:, :n_before], net.initial_state(2))
    state = reset(detach(state), torch.tensor([True, False]))
    mixed, after = net(ids[:, n_before:], state)
    fresh, _ = net(ids[:, n_before:], net.initial_state(2))
    whole, _ = net(ids, net.initial_state(2))
    torch.testing.assert_close(mixed[0], fresh[0], atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(mixed[1], whole[1, n_before:], atol=1e-5, rtol=1e-5)
    step = net.stepper()
    for t in range(n_before, 20):
        logits, state = step(ids[:, t], state)
        torch.testing.assert_close(logits, mixed[:, t - n_before], atol=1e-5, rtol=1e-5)
    for a, b in zip(state, after, strict=True):
        torch.testing.assert_close(a[1], b[1], atol=1e-5, rtol=1e-5)


@BOTH
def test_the_future_changes_nothing(config: ModelConfig) -> None:
    net = network(config)
    ids = torch.randint(50, (2, 20))
    other = torch.cat((ids[:, :11], (ids[:, 11:] + 1) % 50), dim=1)
    (a, _), (b, _) = (net(each, net.initial_state(2)) for each in (ids, other))
    torch.testing.assert_close(a[:, :11], b[:, :11], atol=1e-6, rtol=1e-6)
    assert not torch.allclose(a[:, 11], b[:, 11], atol=1e-3)


@BOTH
def test_rows_do_not_hear_each_other(config: ModelConfig) -> None:
    net = network(config)
    ids = torch.randint(50, (3, 20))
    together, state = net(ids, net.initial_state(3))
    for row in range(3):
        alone, own = net(ids[row : row + 1], net.initial_state(1))
        torch.testing.assert_close(together[row], alone[0], atol=1e-5, rtol=1e-5)
        for a, b in zip(state, own, strict=True):
            assert a.shape[0] == 3
            torch.testing.assert_close(a[row], b[0], atol=1e-5, rtol=1e-5)


@BOTH
def test_the_memory_does_not_grow_with_the_piece(config: ModelConfig) -> None:
    """Flat memory: after 2,000 tokens it has the size that it has after 20,000."""
    net = network(config)
    state, step = net.initial_state(2), net.stepper()
    sizes = []
    for _ in range(10):
        _, state = net.read(torch.randint(50, (2, 2000)), state)
        sizes.append(stored(state))
    for _ in range(20):
        _, state = step.read(torch.randint(50, (2,)), state)
    assert sizes == [sizes[0]] * 10
    assert stored(state) <= 2 * sizes[0], "a step may keep room for one more token"


def stored(state: tuple[torch.Tensor, ...]) -> int:
    """Bytes that a state holds on to, views of larger tensors included."""
    return sum(each.untyped_storage().nbytes() for each in state)


@BOTH
def test_tied_tables_are_one(config: ModelConfig) -> None:
    net = network(config)
    assert net.head.weight is net.embedding.weight
    untied = network(replace(config, tie_embeddings=False))
    assert untied.head.weight is not untied.embedding.weight


DROPPED = [
    (LSTM, {"dropout": 0.3}),
    (LSTM, {"drop_connect": 0.3}),
    (LSTM, {"embedding_dropout": 0.3}),
    (LSTM, {"dropout": 0.3, "variational_dropout": True}),
    (TRANSFORMER, {"dropout": 0.3}),
]


@pytest.mark.parametrize(("config", "dropped"), DROPPED)
def test_dropout_acts_only_while_training(config: ModelConfig, dropped: dict[str, Any]) -> None:
    net = network(replace(config, **{"dropout": 0, **dropped}))
    ids = torch.arange(30)[None]
    a, _ = net(ids, net.initial_state(1))
    b, _ = net(ids, net.initial_state(1))
    assert torch.equal(a, b)
    net.train()
    c, _ = net(ids, net.initial_state(1))
    assert not torch.allclose(a, c)


@BOTH
def test_a_network_is_loaded_without_drawing_weights_first(config: ModelConfig) -> None:
    """It is the same as one that drew and then read, and torch's generator stays where it was."""
    one = network(config)
    before = torch.get_rng_state()
    other = with_weights(config, 50, arrays_of(one)).eval()
    assert torch.equal(torch.get_rng_state(), before)
    assert n_parameters(other) == n_parameters(one)
    ids = torch.randint(50, (2, 9))
    assert torch.equal(one(ids, one.initial_state(2))[0], other(ids, other.initial_state(2))[0])
