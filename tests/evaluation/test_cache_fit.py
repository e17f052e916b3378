from __future__ import annotations

import numpy as np
import pytest
import torch

from midigen.config import ModelConfig
from midigen.evaluation import cache_fit
from midigen.evaluation.cache_fit import fit_cache
from midigen.evaluation.likelihood import nats_of_pieces
from midigen.networks import build_network
from midigen.networks.cache import CachedNetwork
from midigen.networks.lstm import LSTMNetwork

CPU = torch.device("cpu")


def network() -> LSTMNetwork:
    torch.manual_seed(0)
    return build_network(ModelConfig(embedding_size=8, hidden_size=12), 40).eval()


def pieces(n_repeats: int, n: int = 4) -> list[np.ndarray]:
    chance = np.random.default_rng(1)
    return [np.tile(chance.integers(40, size=120), n_repeats).astype(np.uint16) for _ in range(n)]


def test_it_helps_where_music_repeats_itself() -> None:
    net, music = network(), pieces(n_repeats=3)
    settings = fit_cache(net, music, CPU)
    assert settings is not None
    alone = nats_of_pieces(net, music, CPU)
    assert nats_of_pieces(CachedNetwork(net, settings), music, CPU) < 0.75 * alone


def test_it_is_worth_little_where_nothing_comes_again() -> None:
    """Of noise it recognises nothing; the share that it asks for is near none."""
    net, noise = network(), pieces(n_repeats=1)
    settings = fit_cache(net, noise, CPU)
    alone = nats_of_pieces(net, noise, CPU)
    if settings is not None:
        with_cache = nats_of_pieces(CachedNetwork(net, settings), noise, CPU)
        assert with_cache == pytest.approx(alone, rel=0.25)
        assert with_cache <= alone


def test_the_surprise_it_fits_to_is_that_of_the_cached_network(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    net, music = network(), pieces(n_repeats=2)
    monkeypatch.setattr(cache_fit, "SHARPNESS", (20.0,))
    found = [cache_fit._observe(net, ids, CPU) for ids in music]
    alone = torch.cat([each for each, _ in found])
    total, followed = (torch.cat([logs[0][k] for _, logs in found]) for k in (0, 1))
    settings, nats = cache_fit._search(alone, total, followed, 20.0)
    measured = nats_of_pieces(CachedNetwork(net, settings), music, CPU)
    assert nats == pytest.approx(measured, rel=1e-4)


def test_it_reads_no_more_than_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_fit, "TOKENS", 1000)
    monkeypatch.setattr(cache_fit, "LONGEST", 100)
    chosen = list(cache_fit._some(pieces(n_repeats=2, n=50)))
    assert len(chosen) == 10
    assert {len(each) for each in chosen} == {100}
