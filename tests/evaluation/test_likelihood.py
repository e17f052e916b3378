from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from midigen.config import ModelConfig
from midigen.evaluation.likelihood import Likelihood, nats_of_pieces
from midigen.networks import build_network

CPU = torch.device("cpu")


def test_chunks_and_rows_change_nothing() -> None:
    """Pieces of very different lengths, longer than a chunk, more than fit side by side."""
    torch.manual_seed(0)
    network = build_network(ModelConfig(embedding_size=8, hidden_size=12), 40).eval()
    lengths = [2, 700, 3, 256, 257, 258, *range(10, 30)]
    pieces = [np.random.default_rng(n).integers(40, size=n).astype(np.uint16) for n in lengths]
    wanted = 0.0
    for piece in pieces:
        ids = torch.from_numpy(piece.astype(np.int64))
        logits, _ = network(ids[None, :-1], network.initial_state(1))
        wanted += F.cross_entropy(logits[0], ids[1:], reduction="sum").item()
    assert nats_of_pieces(network, pieces, CPU) == pytest.approx(wanted, rel=1e-5)


def test_a_fair_coin_costs_one_bit() -> None:
    coin = Likelihood(nats=100 * math.log(2), n_tokens=100, n_notes=50, seconds=25)
    assert coin.nats_per_token == pytest.approx(math.log(2))
    assert coin.bits_per_note == pytest.approx(2)
    assert coin.bits_per_second == pytest.approx(4)
