from __future__ import annotations

import numpy as np
import pytest
import torch

from midigen.config import GenerationRequest, ModelConfig, TokenizerConfig
from midigen.generation.guidance import Guidance
from midigen.generation.sampler import Sampler
from midigen.generation.wishes import wished
from midigen.music.tokenizer import ScoreTokenizer
from midigen.networks import build_network
from midigen.networks.torch_engine import engines_of

TOKENIZER = ScoreTokenizer(TokenizerConfig(styles="Bach,Satie"))


def composed(style: str | None, strength: float) -> list[int]:
    """What a network that has learned nothing writes."""
    torch.manual_seed(0)
    config = ModelConfig(embedding_size=16, hidden_size=32)
    network = build_network(config, len(TOKENIZER)).eval()
    request = GenerationRequest(seed=3, bars=8, style=style, style_strength=strength)
    sampler = Sampler(engines_of(network), TOKENIZER)
    return list(sampler.stream(request, wished=wished(request, TOKENIZER, True)))


@pytest.mark.parametrize(("style", "strength"), [(None, 4.0), ("Bach", 1.0)])
def test_without_a_style_or_at_strength_one_nobody_reads_along(
    style: str | None, strength: float
) -> None:
    alone = Guidance(TOKENIZER, style, strength)
    ids, logits = np.array([[5, 6]]), np.ones((1, 4), np.float32)
    assert alone.n_readers == 1
    assert alone.for_readers(ids) is ids
    assert alone.believed(logits) is logits


def test_the_second_reader_reads_the_same_piece_without_its_style() -> None:
    bach, plain = TOKENIZER.bar("Bach"), TOKENIZER.bar()
    other = int(np.flatnonzero(~TOKENIZER.is_bar)[-1])
    read = Guidance(TOKENIZER, "Bach", 2.0).for_readers(np.array([[bach, other, bach]]))
    assert read.tolist() == [[bach, other, bach], [plain, other, plain]]


def test_what_the_style_adds_is_taken_so_many_times() -> None:
    told, untold = np.float32([[1, 5], [2, 2]]), np.float32([[1, 3], [4, 2]])
    logits = np.concatenate([told, untold])
    for strength, expected in ((0.0, untold), (3.0, [[1, 9], [-2, 2]])):
        believed = Guidance(TOKENIZER, "Bach", strength).believed(logits)
        assert np.allclose(believed, expected)


def test_strength_changes_the_music_and_its_limit_is_the_plain_model() -> None:
    assert composed("Bach", 4.0) == composed("Bach", 4.0)
    assert composed("Bach", 4.0) != composed("Bach", 1.0)
    assert composed("Bach", 1.0 + 1e-9) == composed("Bach", 1.0), "two readers, one believed"


def test_a_guided_piece_keeps_its_style_and_comes_to_its_end() -> None:
    ids = np.array(composed("Satie", 6.0))
    bars = ids[TOKENIZER.is_bar[ids]]
    assert set(bars.tolist()) == {TOKENIZER.bar("Satie")}
    assert len(bars) == 8
    assert ids[-1] == TOKENIZER.eos_id
