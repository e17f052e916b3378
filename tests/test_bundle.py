from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch

from midigen.bundle import (
    CACHE,
    export_bundle,
    is_bundle,
    load_bundle,
    load_export,
    save_frame,
    save_weights,
)
from midigen.config import Config, GenerationRequest, ModelConfig, TokenizerConfig
from midigen.errors import UserError
from midigen.music.tokenizer import ScoreTokenizer
from midigen.networks import build_network
from midigen.networks.cache import CacheSettings

REQUEST = GenerationRequest(seed=1, gen_length=60)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    tokenizer = ScoreTokenizer(TokenizerConfig())
    config = Config(model=ModelConfig(embedding_size=8, hidden_size=12))
    folder = tmp_path / "mine"
    save_frame(folder, config, tokenizer)
    save_weights(folder, build_network(config.model, len(tokenizer)).state_dict(), tokenizer)
    return folder


def test_a_bundle_composes_the_same_after_export_and_import(folder: Path, tmp_path: Path) -> None:
    bundle = load_bundle(folder)
    export_bundle(bundle, tmp_path / "out" / "music_lstm.pth")
    exported = load_export(tmp_path / "out" / "music_lstm.pth")
    wanted = bundle.composer().compose(REQUEST).score.dumps_midi()
    assert exported.composer().compose(REQUEST).score.dumps_midi() == wanted


def test_the_cache_goes_with_the_weights(folder: Path, tmp_path: Path) -> None:
    bundle, cache = load_bundle(folder), CacheSettings(20.0, 0.75, 2.25)
    assert bundle.cache is None
    save_weights(folder, bundle.weights, bundle.tokenizer, cache)
    assert load_bundle(folder).cache == cache
    export_bundle(load_bundle(folder), tmp_path / "a.pth")
    assert load_export(tmp_path / "a.pth").cache == cache


@pytest.mark.parametrize("numbers", [[1.0, 2.0], [1.0, 2.0, 3.0, 4.0], [20.0, math.nan, 2.0]])
def test_a_cache_that_is_none_is_refused(folder: Path, numbers: list[float]) -> None:
    bundle = load_bundle(folder)
    save_weights(folder, {**bundle.weights, CACHE: torch.tensor(numbers)}, bundle.tokenizer)
    with pytest.raises(UserError, match="The cache of 'mine' is damaged"):
        load_bundle(folder)


def test_an_export_holds_weights_only(folder: Path, tmp_path: Path) -> None:
    export_bundle(load_bundle(folder), tmp_path / "a.pth")
    content = torch.load(tmp_path / "a.pth", weights_only=True)
    assert content["weights"]["embedding.weight"].shape[1] == 8


def test_a_flipped_bit_is_noticed(folder: Path) -> None:
    path = folder / "model.safetensors"
    content = bytearray(path.read_bytes())
    content[-100] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(UserError, match="checksum is wrong"):
        load_bundle(folder)


@pytest.mark.parametrize("keep", [0, 5, 200, -50])
def test_cut_off_weights_are_refused(folder: Path, keep: int) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(UserError, match="damaged"):
        load_bundle(folder)


def test_the_tokenizer_of_another_model_is_refused(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "tokenizer.json"
    ScoreTokenizer(TokenizerConfig(velocities=4)).save(other)
    export_bundle(load_bundle(folder), tmp_path / "out" / "a.pth")
    with pytest.raises(UserError, match=r"not the one that 'a\.pth' was trained with"):
        load_export(tmp_path / "out" / "a.pth", other)
    (folder / "tokenizer.json").write_bytes(other.read_bytes())
    with pytest.raises(UserError, match="not the one that 'mine' was trained with"):
        load_bundle(folder)


def test_weights_of_another_size_are_refused(folder: Path) -> None:
    text = (folder / "config.yaml").read_text()
    (folder / "config.yaml").write_text(text.replace("hidden_size: 12", "hidden_size: 16"))
    with pytest.raises(UserError, match="do not fit"):
        load_bundle(folder).network()


@pytest.mark.parametrize("content", [b"", b"not a model", b"PK\x03\x04 half a zip"])
def test_a_file_that_is_no_model_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.pth"
    path.write_bytes(content)
    with pytest.raises(UserError, match="damaged, or no model"):
        load_export(path)


def test_a_checkpoint_that_would_run_code_is_refused(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return (Path.touch, (tmp_path / "ran",))  # type: ignore[return-value]  # on purpose

    torch.save({"format": "midigen-export-1", "weights": Evil()}, tmp_path / "evil.pth")
    with pytest.raises(UserError, match="damaged, or no model"):
        load_export(tmp_path / "evil.pth")
    assert not (tmp_path / "ran").exists()


def test_a_plain_state_dict_is_refused(tmp_path: Path) -> None:
    torch.save({"weight": torch.zeros(2)}, tmp_path / "a.pth")
    with pytest.raises(UserError, match="not written by midigen"):
        load_export(tmp_path / "a.pth")


def test_missing_pieces_are_named(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="There is no model in"):
        load_bundle(tmp_path / "nowhere")
    with pytest.raises(UserError, match=r"There is no file .*nothing\.pth"):
        load_export(tmp_path / "nothing.pth")
    (folder / "tokenizer.json").unlink()
    assert is_bundle(folder)
    with pytest.raises(UserError, match="no tokenizer file"):
        load_bundle(folder)


def test_a_damaged_card_does_not_keep_a_model_from_playing(folder: Path) -> None:
    (folder / "card.json").write_text(json.dumps([1]))
    assert load_bundle(folder).card == {}


def test_weights_of_half_the_precision_are_read_in_full(folder: Path) -> None:
    """A shipped model may save half its size."""
    bundle = load_bundle(folder)
    halved = {name: each.astype(np.float16) for name, each in bundle.weights.items()}
    full = (folder / "model.safetensors").stat().st_size
    save_weights(folder, halved, bundle.tokenizer)
    assert (folder / "model.safetensors").stat().st_size < 0.6 * full
    again = load_bundle(folder).weights
    assert {each.dtype for each in again.values()} == {np.dtype(np.float32)}
    assert all(np.array_equal(again[name], halved[name].astype(np.float32)) for name in again)
