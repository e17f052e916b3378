"""What is the LSTM's own; what every network must do stands in `test_networks.py`."""

from __future__ import annotations

from dataclasses import replace

import torch

from midigen.config import ModelConfig
from midigen.networks.lstm import LSTMNetwork

SMALL = ModelConfig(embedding_size=12, hidden_size=20, n_layers=2, dropout=0.3)


def network(config: ModelConfig = SMALL) -> LSTMNetwork:
    torch.manual_seed(0)
    return LSTMNetwork(config, 50).eval()


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
