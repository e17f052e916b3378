"""What is the Transformer's own; what every network must do stands in `test_networks.py`."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
import torch

from midigen.config import KIND_OF_KNOB, Config, ModelConfig
from midigen.config_file import apply_overrides, apply_preset
from midigen.engines.shapes import feed_forward_size
from midigen.errors import UserError
from midigen.knobs import knobs_of
from midigen.networks import n_parameters, reset
from midigen.networks import transformer as module
from midigen.networks.rotary import rotate, rotation
from midigen.networks.transformer import TransformerNetwork, head_size

SMALL = ModelConfig(
    type="transformer", embedding_size=12, hidden_size=24, n_heads=6, n_kv_heads=2, window=5,
    n_layers=2, dropout=0,
)  # fmt: skip
V = 50


def network(config: ModelConfig = SMALL) -> TransformerNetwork:
    torch.manual_seed(0)
    return TransformerNetwork(config, V).eval()


@pytest.mark.parametrize("more", [{}, {"n_layers": 3}, {"n_kv_heads": 6}, {"hidden_size": 12},
                                  {"tie_embeddings": False}, {"feed_forward": 4.0}])  # fmt: skip
def test_it_has_as_many_parameters_as_its_shape_says(more: dict[str, float]) -> None:
    config = replace(SMALL, **more)  # type: ignore[arg-type]  # of several types
    E, H, D = config.embedding_size, config.hidden_size, head_size(config)  # noqa: N806
    attention = H * (H + 2 * config.n_kv_heads * D) + H * H
    feed_forward = 3 * H * feed_forward_size(config)
    layers = config.n_layers * (attention + feed_forward + 2 * H)
    widths = 0 if E == H else E * H
    head = E * V + V + (0 if E == H or not config.tie_embeddings else H * E)
    untied = 0 if config.tie_embeddings else H * V
    assert n_parameters(network(config)) == layers + H + widths + head + untied


@pytest.mark.parametrize("n_layers", [1, 3])
def test_it_hears_as_far_back_as_its_layers_and_window_together(n_layers: int) -> None:
    net, window = network(replace(SMALL, n_layers=n_layers)), SMALL.window
    reach = n_layers * window
    ids = torch.randint(V, (1, reach + 10))
    said, _ = net(ids, net.initial_state(1))
    at = reach + 5  # the token that is looked at
    for back in range(reach + 5):
        other = ids.clone()
        other[0, at - back] = (other[0, at - back] + 1) % V
        changed = (net(other, net.initial_state(1))[0][0, at] - said[0, at]).abs().max()
        assert (changed > 0) == (back <= reach), f"{back} tokens back"


def test_the_memory_holds_a_window_of_keys_and_values() -> None:
    net = network()
    ids = torch.randint(V, (3, 12))
    keys, values, n_read = net.initial_state(3)
    assert keys.shape == values.shape == (3, 2, 2, 0, 4)
    for n, kept in ((3, 3), (12, 5)):
        _, (keys, values, n_read) = net(ids[:, :n], net.initial_state(3))
        assert keys.shape == values.shape == (3, 2, 2, kept, 4)
        assert n_read.tolist() == [n] * 3


def test_an_older_memory_can_be_gone_on_from_though_steps_write_behind_it() -> None:
    net = network(replace(SMALL, window=40))
    ids, step = torch.randint(V, (2, 60)), net.stepper()
    states = [net.initial_state(2)]
    first = []
    for t in range(60):
        logits, state = step(ids[:, t], states[-1])
        first.append(logits)
        states.append(state)
    for t in (0, 3, 29, 41, 58):
        state = states[t]
        for later in range(t, 60):
            logits, state = step(ids[:, later], state)
            assert torch.equal(logits, first[later]), (t, later)


def test_threads_do_not_write_into_each_others_memory() -> None:
    net = network(replace(SMALL, window=40))
    step, ids = net.stepper(), torch.randint(V, (4, 1, 100))

    def compose(thread: int) -> list[torch.Tensor]:
        state, said = net.initial_state(1), []
        for token in ids[thread].unbind(1):
            logits, state = step(token, state)
            said.append(logits)
        return said

    alone = [compose(thread) for thread in range(4)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(compose, range(4)))
    for one, other in zip(alone, together, strict=True):
        assert all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


def test_grouped_heads_share_keys_and_values() -> None:
    """As many keys and values as heads, those of a group alike, say the same."""
    shared, full = network(), network(replace(SMALL, n_kv_heads=6))
    weights, D = shared.state_dict(), head_size(SMALL)  # noqa: N806
    for name, weight in weights.items():
        if "query_key_value" in name:
            queries, keys, values = weight.split((6 * D, 2 * D, 2 * D))
            spread = [each.view(2, D, -1).repeat_interleave(3, dim=0) for each in (keys, values)]
            weights[name] = torch.cat((queries, *(each.flatten(0, 1) for each in spread)))
    full.load_state_dict(weights)
    ids = torch.randint(V, (2, 15))
    a, b = (net(ids, net.initial_state(2))[0] for net in (shared, full))
    torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-5)


def test_long_reading_is_cut_into_blocks_that_change_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else the mask of a prompt of 20,000 tokens would take 400 million numbers."""
    net, ids = network(), torch.randint(V, (2, 40))
    whole, _ = net(ids, net.initial_state(2))
    monkeypatch.setattr(module, "BLOCK", 7)
    cut, _ = net(ids, net.initial_state(2))
    torch.testing.assert_close(cut, whole, atol=1e-5, rtol=1e-5)


def test_gradients_cross_blocks_as_if_there_were_none(monkeypatch: pytest.MonkeyPatch) -> None:
    net, ids = network(), torch.randint(V, (2, 20))
    gradients = []
    for block in (512, 6):
        monkeypatch.setattr(module, "BLOCK", block)
        net.zero_grad()
        net(ids, net.initial_state(2))[0].logsumexp(-1).sum().backward()
        gradients.append([p.grad.clone() for p in net.parameters() if p.grad is not None])
    assert len(gradients[0]) == len(list(net.parameters()))
    for a, b in zip(*gradients, strict=True):
        torch.testing.assert_close(a, b, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("position", [0, 7, 20_000, 1_000_000])
def test_only_distances_count_at_any_place(position: int) -> None:
    queries, keys = torch.randn(1, 2, 1, 32), torch.randn(1, 2, 1, 32)

    def likeness(shift: int) -> torch.Tensor:
        there, here = (rotation(torch.tensor([[p + shift]]), 32) for p in (100, 64))
        return (rotate(queries, there) * rotate(keys, here)).sum(-1)

    torch.testing.assert_close(likeness(position), likeness(0), atol=1e-5, rtol=1e-5)


def test_turning_keeps_lengths_and_position_zero_turns_nothing() -> None:
    heads = torch.randn(2, 3, 4, 8)
    turned = rotate(heads, rotation(torch.arange(4).expand(2, 4), 8))
    torch.testing.assert_close(turned.norm(dim=-1), heads.norm(dim=-1))
    torch.testing.assert_close(turned[:, :, 0], heads[:, :, 0])
    assert not torch.allclose(turned[:, :, 3], heads[:, :, 3])


def test_what_it_says_does_not_depend_on_where_in_a_piece_it_is() -> None:
    """The window is full in both: the same music is the same at token 30 and at token 20,030."""
    net = network(replace(SMALL, n_layers=1))
    ids = torch.randint(V, (1, 12))
    said = []
    for n_before in (30, 20_030):
        keys, values, _ = net.read(torch.zeros(1, 6, dtype=torch.int64), net.initial_state(1))[1]
        state = (torch.zeros_like(keys), values, torch.tensor([n_before]))
        said.append(net(ids, state)[0][:, 6:])
    torch.testing.assert_close(*said, atol=1e-5, rtol=1e-5)


def test_a_fresh_network_is_not_sure_of_anything() -> None:
    """Else the first steps go into unlearning what it never learned."""
    torch.manual_seed(0)
    net = TransformerNetwork(ModelConfig(type="transformer"), 321)
    ids = torch.randint(321, (4, 64))
    logits, _ = net(ids, net.initial_state(4))
    loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), ids.flatten())
    assert float(loss.detach()) < math.log(321) + 1


def test_a_row_that_starts_afresh_gets_the_same_gradients_as_a_fresh_network() -> None:
    net, ids = network().train(), torch.randint(V, (2, 8))
    _, state = net(ids, net.initial_state(2))
    gradients = []
    for start in (reset(tuple(each.detach() for each in state), torch.tensor([True, True])),
                  net.initial_state(2)):  # fmt: skip
        net.zero_grad()
        net(ids, start)[0].logsumexp(-1).sum().backward()
        gradients.append([p.grad.clone() for p in net.parameters() if p.grad is not None])
    for a, b in zip(*gradients, strict=True):
        assert torch.isfinite(a).all()
        torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize(
    ("knobs", "said"),
    [
        ({"hidden_size": 250}, "hidden_size is 250 and n_heads 8"),
        ({"hidden_size": 24}, "hidden_size is 24 and n_heads 8"),  # heads of 3: no pairs to turn
        ({"n_kv_heads": 3}, "n_heads is 8 and n_kv_heads 3"),
    ],
)
def test_impossible_shapes_are_refused_in_words(knobs: dict[str, int], said: str) -> None:
    with pytest.raises(UserError, match=said):
        TransformerNetwork(ModelConfig(type="transformer", **knobs), V)  # type: ignore[arg-type]


def test_heads_of_a_config_do_not_spoil_its_presets() -> None:
    """They are read with it, and may bring the sizes that the heads are meant for."""
    config = apply_overrides(Config(), ["model.type=transformer", "model.n_heads=3"])
    assert apply_preset(config, "standard").model.hidden_size == 512


def test_an_lstm_needs_no_heads_that_fit() -> None:
    ModelConfig(hidden_size=250).check_heads()


@pytest.mark.parametrize(
    ("kind", "knobs", "owner"),
    [
        ("transformer", {"drop_connect": 0.1}, "lstm"),
        ("transformer", {"bypass": "none"}, "lstm"),
        ("lstm", {"window": 100}, "transformer"),
    ],
)
def test_knobs_of_another_kind_are_refused_in_words(
    kind: str, knobs: dict[str, Any], owner: str
) -> None:
    with pytest.raises(UserError, match=f"model.{next(iter(knobs))} is .* type {owner} has it"):
        ModelConfig(type=kind, **knobs).refuse_foreign_knobs()  # type: ignore[arg-type]
    ModelConfig(type=owner, **knobs).refuse_foreign_knobs()  # type: ignore[arg-type]


def test_every_knob_of_one_kind_says_so() -> None:
    for each in knobs_of(ModelConfig):
        words = {"lstm": "LSTM: ", "transformer": "Transformer: "}
        for kind, word in words.items():
            assert each.help.startswith(word) == (KIND_OF_KNOB.get(each.name) == kind), each.name
