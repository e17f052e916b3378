from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from midigen.config import ModelConfig
from midigen.networks import Network, build_network
from midigen.networks import cache as module
from midigen.networks.cache import CachedNetwork, CacheSettings, Recollection, directions

N_TOKENS = 30
SETTINGS = CacheSettings(sharpness=5.0, slope=0.8, bias=0.5)


LSTM = ModelConfig(embedding_size=8, hidden_size=12)
TRANSFORMER = replace(LSTM, type="transformer", n_heads=3, n_kv_heads=1, window=16)
BOTH = pytest.mark.parametrize("config", [LSTM, TRANSFORMER], ids=lambda config: config.type)


def network(config: ModelConfig = LSTM) -> Network:
    torch.manual_seed(0)
    return build_network(config, N_TOKENS).eval()


def by_hand(net: Network, ids: Tensor, settings: CacheSettings) -> Tensor:
    """The definition, token by token: ids (T,) to log-probabilities (T, V)."""
    signal, _ = net.read(ids[None], net.initial_state(1))
    alone = net.foretell(signal)[0].softmax(-1)
    units, said = directions(signal[0]), []
    for t in range(len(ids)):
        likeness = torch.exp(settings.sharpness * (units[:t] @ units[t] - 1))
        share = torch.tensor(0.0)
        remembered = torch.zeros(N_TOKENS)
        for i in range(t):
            remembered[ids[i + 1]] += likeness[i]
        if t:
            odds = settings.slope * likeness.sum().log() + settings.bias
            share, remembered = odds.sigmoid(), remembered / likeness.sum()
        said.append(((1 - share) * alone[t] + share * remembered).log())
    return torch.stack(said)


@BOTH
def test_it_is_what_its_definition_says(config: ModelConfig) -> None:
    net, ids = network(config), torch.randint(N_TOKENS, (40,))
    cached = CachedNetwork(net, SETTINGS)
    said, _ = cached(ids[None], cached.initial_state(1))
    torch.testing.assert_close(said[0], by_hand(net, ids, SETTINGS), atol=1e-5, rtol=1e-5)


@BOTH
def test_blocks_chunks_and_rows_change_nothing(
    config: ModelConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    cached = CachedNetwork(network(config), SETTINGS)
    ids = torch.randint(N_TOKENS, (3, 50))
    whole, _ = cached(ids, cached.initial_state(3))
    monkeypatch.setattr(module, "BLOCK", 7)
    state, said = cached.initial_state(3), []
    for begin in (0, 11, 30):
        end = {0: 11, 11: 30, 30: 50}[begin]
        part, state = cached(ids[:, begin:end], state)
        said.append(part)
    torch.testing.assert_close(torch.cat(said, 1), whole, atol=1e-5, rtol=1e-5)
    alone, _ = cached(ids[1:2], cached.initial_state(1))
    torch.testing.assert_close(alone[0], whole[1], atol=1e-5, rtol=1e-5)


def step_by_step(net: Network, ids: Tensor, n_prompt: int) -> Tensor:
    """As the sampler reads ids (T,): log-probabilities after the prompt and each further one."""
    past, step, everything = Recollection(SETTINGS, N_TOKENS), net.stepper(), np.ones(N_TOKENS)
    signals, state = net.read(ids[None, :n_prompt], net.initial_state(1))
    past.add(signals[0].detach(), ids[:n_prompt].numpy())
    said = [past.mix_into(net.foretell(signals[0, -1]).detach().numpy(), everything)]
    for token in ids[n_prompt:].split(1):
        signal, state = step.read(token, state)
        past.add(signal, token.numpy())
        said.append(past.mix_into(step.foretell(signal)[0].detach().numpy(), everything))
    return torch.from_numpy(np.stack(said)).float()


@BOTH
def test_single_steps_equal_the_whole_sequence_also_after_a_prompt(
    config: ModelConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_LIKENESS", 1e9)
    net, ids = network(config), torch.randint(N_TOKENS, (1200,))  # more than the room to begin with
    cached = CachedNetwork(net, SETTINGS)
    whole, _ = cached(ids[None], cached.initial_state(1))
    said = step_by_step(net, ids, 20)
    torch.testing.assert_close(said, whole[0, 19:], atol=1e-4, rtol=1e-4)


def test_it_forgets_what_lies_beyond_its_window(monkeypatch: pytest.MonkeyPatch) -> None:
    net, ids = network(), torch.randint(N_TOKENS, (900,))
    cached = CachedNetwork(net, SETTINGS)
    whole, _ = cached(ids[None], cached.initial_state(1))
    monkeypatch.setattr(module, "BLOCK", 1)
    monkeypatch.setattr(module, "WINDOW", 16)
    monkeypatch.setattr(module, "MOST_LIKENESS", 1e9)
    narrow, state = cached(ids[None], cached.initial_state(1))
    assert state[-1].shape == (1, 16)
    assert not torch.allclose(narrow[0, 800:], whole[0, 800:], atol=1e-3)
    said = step_by_step(net, ids, 1)
    torch.testing.assert_close(said, narrow[0], atol=1e-4, rtol=1e-4)


def test_what_a_piece_remembers_stops_growing_at_the_window(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Flat memory: no more room after 40 windows than after 4."""
    monkeypatch.setattr(module, "WINDOW", 64)
    past, rooms = Recollection(SETTINGS, N_TOKENS), []
    for n in range(1, 40 * 64 + 1):
        past.add(torch.randn(1, 12), np.array([n % N_TOKENS]))
        if n % (4 * 64) == 0:
            rooms.append(len(past._ids))
            assert len(past._signals) == len(past._ids)
    assert set(rooms[1:]) == {2 * (64 + 1) + module.BLOCK}


def test_what_was_played_ten_times_is_not_surer_than_what_was_played_twice() -> None:
    """Else a piece would never leave a bar that it has played a few times."""
    net, phrase = network(), torch.randint(N_TOKENS, (12,))
    everything = np.ones(N_TOKENS)
    shares = []
    for n_times in (3, 12):
        ids = phrase.repeat(n_times)
        signals, _ = net.read(ids[None], net.initial_state(1))
        past = Recollection(CacheSettings(20.0, 0.8, 2.0), N_TOKENS)
        past.add(signals[0].detach(), ids.numpy())
        said = np.exp(past.mix_into(np.zeros(N_TOKENS), everything))
        shares.append(float(said[phrase[0]]))
    assert shares[0] > 0.4, "of 30 tokens that are alike to the network"
    assert shares[1] == pytest.approx(shares[0], abs=0.1)


def test_only_allowed_tokens_are_remembered() -> None:
    net, phrase = network(), torch.arange(10)
    ids = phrase.repeat(3)[:-1]  # 9 follows
    signals, _ = net.read(ids[None], net.initial_state(1))
    past = Recollection(CacheSettings(20.0, 0.8, 4.0), N_TOKENS)
    past.add(signals[0].detach(), ids.numpy())
    logits, allowed = np.zeros(N_TOKENS), np.ones(N_TOKENS, dtype=bool)
    assert int(past.mix_into(logits, allowed).argmax()) == 9
    allowed[9] = False
    logits[9] = -np.inf
    said = past.mix_into(logits, allowed)
    assert said[9] == -np.inf
    assert float(np.exp(said).sum()) == pytest.approx(1)


def test_what_it_says_are_probabilities() -> None:
    cached = CachedNetwork(network(), CacheSettings(20.0, 2.0, 5.0))
    said, _ = cached(torch.randint(N_TOKENS, (2, 60)), cached.initial_state(2))
    torch.testing.assert_close(said.exp().sum(-1), torch.ones(2, 60))


def test_a_phrase_that_comes_again_is_expected() -> None:
    net = network()
    phrase = torch.randint(N_TOKENS, (20,))
    ids = phrase.repeat(3)[None]
    with torch.inference_mode():
        alone = net(ids, net.initial_state(1))[0].log_softmax(-1)
    cached = CachedNetwork(net, CacheSettings(20.0, 0.8, 2.0))
    helped, _ = cached(ids, cached.initial_state(1))
    last = [(39 + i, int(ids[0, 40 + i])) for i in range(20)]
    gain = sum(float(helped[0, t, token] - alone[0, t, token]) for t, token in last) / 20
    assert gain > 1, "nats per token"


def test_odds_scale_the_share_of_the_cache() -> None:
    doubled = SETTINGS.with_odds(2.0)
    assert doubled.bias == pytest.approx(SETTINGS.bias + math.log(2))
    assert SETTINGS.with_odds(1.0) == SETTINGS
