"""What a piece remembers while it is composed; that it is the cache stands in `test_cache.py`."""

from __future__ import annotations

import math

import numpy as np
import pytest

from midigen.engines import recollection
from midigen.engines.recollection import CacheSettings, Recollection

N_TOKENS = 30
SETTINGS = CacheSettings(sharpness=5.0, slope=0.8, bias=0.5)


def signals_of(ids: np.ndarray) -> np.ndarray:
    """Signals (T, 12) that are alike where the last three ids are."""
    table = np.random.default_rng(1).standard_normal((N_TOKENS, 12), dtype=np.float32)
    before = [np.roll(table[ids], n, axis=0) / 2**n for n in range(3)]
    signals: np.ndarray = sum(before[1:], before[0])
    return signals


def test_what_a_piece_remembers_stops_growing_at_the_window(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Flat memory: no more room after 40 windows than after 4."""
    monkeypatch.setattr(recollection, "WINDOW", 64)
    past, rooms = Recollection(SETTINGS, N_TOKENS), []
    for n in range(1, 40 * 64 + 1):
        past.add(np.ones((1, 12), np.float32), np.array([n % N_TOKENS]))
        if n % (4 * 64) == 0:
            rooms.append(len(past._ids))
            assert len(past._signals) == len(past._ids)
    assert set(rooms[1:]) == {2 * (64 + 1) + recollection.BLOCK}


def test_what_was_played_ten_times_is_not_surer_than_what_was_played_twice() -> None:
    """Else a piece would never leave a bar that it has played a few times."""
    phrase, everything = np.random.default_rng(0).integers(N_TOKENS, size=12), np.ones(N_TOKENS)
    shares = []
    for n_times in (3, 12):
        ids = np.tile(phrase, n_times)
        past = Recollection(CacheSettings(20.0, 0.8, 2.0), N_TOKENS)
        past.add(signals_of(ids), ids)
        said = np.exp(past.mix_into(np.zeros(N_TOKENS), everything))
        shares.append(float(said[phrase[0]]))
    assert shares[0] > 0.4, "of 30 tokens that are alike to the network"
    assert shares[1] == pytest.approx(shares[0], abs=0.1)


def test_only_allowed_tokens_are_remembered() -> None:
    ids = np.tile(np.arange(10), 3)[:-1]  # 9 follows
    past = Recollection(CacheSettings(20.0, 0.8, 4.0), N_TOKENS)
    past.add(signals_of(ids), ids)
    logits, allowed = np.zeros(N_TOKENS), np.ones(N_TOKENS, dtype=bool)
    assert int(past.mix_into(logits, allowed).argmax()) == 9
    allowed[9] = False
    logits[9] = -np.inf
    said = past.mix_into(logits, allowed)
    assert said[9] == -np.inf
    assert float(np.exp(said).sum()) == pytest.approx(1)


def test_odds_scale_the_share_of_the_cache() -> None:
    doubled = SETTINGS.with_odds(2.0)
    assert doubled.bias == pytest.approx(SETTINGS.bias + math.log(2))
    assert SETTINGS.with_odds(1.0) == SETTINGS
