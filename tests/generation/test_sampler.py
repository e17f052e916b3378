"""Recall: what the sampler does with a continuous cache. The rest stands in `test_composer.py`."""

from __future__ import annotations

from collections import deque

import pytest
import torch

from midigen.config import GenerationRequest, ModelConfig, TokenizerConfig
from midigen.engines.recollection import CacheSettings
from midigen.generation.sampler import RECENT_NOTES, Sampler, _is_lively
from midigen.music.tokenizer import ScoreTokenizer
from midigen.networks import build_network
from midigen.networks.torch_engine import engines_of
from tests.conftest import make_band, make_score

REQUEST = GenerationRequest(seed=3, gen_length=400)
SURE = CacheSettings(sharpness=20.0, slope=0.7, bias=6.0)


@pytest.fixture(scope="module")
def tokenizer() -> ScoreTokenizer:
    return ScoreTokenizer(TokenizerConfig())


def sampler(tokenizer: ScoreTokenizer, cache: CacheSettings | None) -> Sampler:
    torch.manual_seed(0)
    config = ModelConfig(embedding_size=8, hidden_size=12)
    network = build_network(config, len(tokenizer)).eval()
    return Sampler(engines_of(network), tokenizer, cache)


def written(one: Sampler, recall: float, prompt: list[int]) -> list[int]:
    request = GenerationRequest(**{**vars(REQUEST), "recall": recall})
    return list(one.stream(request, prompt))


def test_without_recall_a_cache_changes_nothing(tokenizer: ScoreTokenizer) -> None:
    with_cache, without = sampler(tokenizer, SURE), sampler(tokenizer, None)
    assert written(with_cache, 0.0, []) == written(without, 1.0, [])


def test_with_recall_the_prompt_comes_again(tokenizer: ScoreTokenizer) -> None:
    prompt = tokenizer.encode(make_score(seed=1, n_bars=4), ends=False)[:-1].tolist()
    one = sampler(tokenizer, SURE)
    pitches = {token for token in prompt if tokenizer.is_pitch[token]}

    def share(recall: float) -> float:
        ids = written(one, recall, prompt)
        bars = [i for i, token in enumerate(ids) if tokenizer.is_bar[token]]
        before_the_ending = ids[: bars[-2]]
        drawn = [token for token in before_the_ending if tokenizer.is_pitch[token]]
        return sum(token in pitches for token in drawn) / len(drawn)

    assert share(4.0) > 0.9
    assert share(4.0) > share(0.0) + 0.3


def test_two_streams_of_one_sampler_remember_apart(tokenizer: ScoreTokenizer) -> None:
    one = sampler(tokenizer, SURE)
    alone = written(one, 1.0, [])
    request = GenerationRequest(**{**vars(REQUEST), "recall": 1.0})
    other = GenerationRequest(**{**vars(request), "seed": 9})
    first, second = one.stream(request), one.stream(other)
    woven = [(next(first), next(second)) for _ in range(40)]
    assert [token for token, _ in woven] == alone[:40]


def test_recall_rests_where_a_piece_circles_round_a_few_notes() -> None:
    assert _is_lively(deque([60] * 5, maxlen=RECENT_NOTES)), "too early to tell"
    assert not _is_lively(deque([60, 62, 64, 65] * 8, maxlen=RECENT_NOTES))
    assert _is_lively(deque(range(60, 92), maxlen=RECENT_NOTES))


def test_drums_may_repeat_themselves() -> None:
    """A beat is the same few strokes; what is recent are tones."""
    tokenizer = ScoreTokenizer(TokenizerConfig(use_programs=True))
    prompt = tokenizer.encode(make_band())[:-1].tolist()
    one = sampler(tokenizer, None)
    recent = one._begin(one._engines["torch"], REQUEST, prompt).recent
    assert recent
    assert {tokenizer.types[token] for token in recent} == {"Pitch"}
