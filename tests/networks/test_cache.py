from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from midigen.config import ModelConfig
from midigen.engines import recollection
from midigen.engines.recollection import CacheSettings, Recollection
from midigen.networks import Network, build_network, cache
from midigen.networks.cache import CachedNetwork, directions

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
    monkeypatch.setattr(cache, "BLOCK", 7)
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
    past.add(signals[0].detach().numpy(), ids[:n_prompt].numpy())
    said = [past.mix_into(net.foretell(signals[0, -1]).detach().numpy(), everything)]
    for token in ids[n_prompt:].split(1):
        signal, state = step.read(token, state)
        past.add(signal.numpy(), token.numpy())
        said.append(past.mix_into(step.foretell(signal)[0].detach().numpy(), everything))
    return torch.from_numpy(np.stack(said)).float()


@BOTH
def test_single_steps_equal_the_whole_sequence_also_after_a_prompt(
    config: ModelConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recollection, "MOST_LIKENESS", 1e9)
    net, ids = network(config), torch.randint(N_TOKENS, (1200,))  # more than the room to begin with
    cached = CachedNetwork(net, SETTINGS)
    whole, _ = cached(ids[None], cached.initial_state(1))
    said = step_by_step(net, ids, 20)
    torch.testing.assert_close(said, whole[0, 19:], atol=1e-4, rtol=1e-4)


def test_it_forgets_what_lies_beyond_its_window(monkeypatch: pytest.MonkeyPatch) -> None:
    net, ids = network(), torch.randint(N_TOKENS, (900,))
    cached = CachedNetwork(net, SETTINGS)
    whole, _ = cached(ids[None], cached.initial_state(1))
    monkeypatch.setattr(cache, "BLOCK", 1)
    for each in (cache, recollection):
        monkeypatch.setattr(each, "WINDOW", 16)
    monkeypatch.setattr(recollection, "MOST_LIKENESS", 1e9)
    narrow, state = cached(ids[None], cached.initial_state(1))
    assert state[-1].shape == (1, 16)
    assert not torch.allclose(narrow[0, 800:], whole[0, 800:], atol=1e-3)
    said = step_by_step(net, ids, 1)
    torch.testing.assert_close(said, narrow[0], atol=1e-4, rtol=1e-4)


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
