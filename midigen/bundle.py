"""A model on disk: the four files that are copied to ship or share it.

    models/<name>/
      config.yaml        how it was made, every knob
      tokenizer.json     its alphabet
      model.safetensors  its weights and its cache, with checksum and fingerprint of the alphabet
      card.json          what it is: data, split, figures, versions

There is no pickle in it, and nothing is loaded that does not fit exactly.
"""

from __future__ import annotations

import hashlib
import json
import pickle
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from midigen import atomic
from midigen.config import Config, ModelConfig, PreprocessingConfig, TokenizerConfig
from midigen.config_file import load_config, save_config, section_from_dict, section_to_dict
from midigen.errors import UserError
from midigen.generation.composer import Composer
from midigen.model_folder import WEIGHTS, is_bundle, read_card
from midigen.music.tokenizer import ScoreTokenizer
from midigen.networks import Foreteller, Network
from midigen.networks.blank import shapes, with_weights
from midigen.networks.cache import CachedNetwork, CacheSettings

CACHE = "cache"  # among the weights: the three numbers of `CacheSettings`
EXPORT_FORMAT = "midigen-export-1"

Weights = Mapping[str, Tensor]


@dataclass(frozen=True)
class Bundle:
    """A model as it was read from disk.

    Attributes:
        name: of its folder or file.
        model: the sizes of its network.
        preprocessing: how its training pieces were read and split.
        tokenizer: its alphabet.
        weights: by parameter name, float32 on the CPU.
        card: what people want to know of it.
        cache: how its network is helped by what a piece has said before; None: not at all.
        asked: the alphabet as it was asked for, styles "of folders" and not by name; None: unknown.
    """

    name: str
    model: ModelConfig
    preprocessing: PreprocessingConfig
    tokenizer: ScoreTokenizer
    weights: Weights
    card: Mapping[str, Any]
    cache: CacheSettings | None = None
    asked: TokenizerConfig | None = None

    def network(self) -> Network:
        """The network with its weights, on the CPU, in evaluation mode.

        Raises:
            UserError: the weights do not fit the configuration.
        """
        found = {name: each.shape for name, each in self.weights.items()}
        # Before anything is made: a file may ask for a network of any size.
        if found != shapes(self.model, len(self.tokenizer)):
            raise UserError(
                f"The weights of '{self.name}' do not fit its configuration or its tokenizer.",
                "Use the config.yaml and tokenizer.json that were written with them.",
            )
        return with_weights(self.model, len(self.tokenizer), self.weights).eval()

    def composer(self) -> Composer:
        """The model, ready to compose."""
        key_handling = self.preprocessing.key_handling
        return Composer(self.name, self.network(), self.tokenizer, key_handling, self.cache)

    def reader(self) -> Foreteller:
        """The network as it composes: with its cache, if it has one."""
        network = self.network()
        return network if self.cache is None else CachedNetwork(network, self.cache)


def save_frame(folder: Path, config: Config, tokenizer: ScoreTokenizer) -> None:
    """Write what stays the same while a model learns: its configuration and its alphabet."""
    save_config(config, folder / "config.yaml")
    tokenizer.save(folder / "tokenizer.json")


def save_weights(
    folder: Path, weights: Weights, tokenizer: ScoreTokenizer, cache: CacheSettings | None = None
) -> None:
    """Write the weights, and the cache that was fitted to them, whole or not at all.

    They may have half the precision; what is read is fp32 again, and the checksum is of that.
    """
    copies = {name: each.detach().cpu().contiguous().clone() for name, each in weights.items()}
    if cache is not None:
        copies[CACHE] = torch.tensor(astuple(cache))
    metadata = {"tokenizer": tokenizer.fingerprint, "sha256": _digest(_as_read(copies))}
    with atomic.replacing(folder / WEIGHTS) as draft:
        save_file(copies, draft, metadata)


def load_bundle(folder: Path) -> Bundle:
    """Read a model.

    Raises:
        UserError: a file is missing or damaged, or they do not belong together.
    """
    if not is_bundle(folder):
        raise UserError(
            f"There is no model in {folder}.", "A model is a folder that training has written."
        )
    config = load_config(folder / "config.yaml")
    tokenizer = ScoreTokenizer.load(folder / "tokenizer.json")
    weights, metadata = _read_weights(folder / WEIGHTS)
    if metadata.get("tokenizer") != tokenizer.fingerprint:
        raise _wrong_tokenizer(folder.name)
    if metadata.get("sha256") != _digest(weights):
        raise UserError(
            f"The weights in {folder / WEIGHTS} are damaged: their checksum is wrong.",
            "Copy the model again, or train it again.",
        )
    numbers = weights.pop(CACHE, None)
    return Bundle(
        folder.name,
        config.model,
        config.preprocessing,
        tokenizer,
        weights,
        read_card(folder),
        _cache(folder.name, numbers.flatten().tolist() if numbers is not None else None),
        config.tokenizer,
    )


def export_bundle(bundle: Bundle, path: Path) -> None:
    """Write a model as one `.pth` file, and its `tokenizer.json` beside it.

    The file holds tensors and plain values only: `torch.load(path, weights_only=True)` reads it.
    """
    content = {
        "format": EXPORT_FORMAT,
        "name": bundle.name,
        "model": section_to_dict(bundle.model),
        "preprocessing": section_to_dict(bundle.preprocessing),
        "tokenizer": bundle.tokenizer.fingerprint,
        "card": json.dumps(dict(bundle.card)),
        "weights": dict(bundle.weights),
        "cache": list(astuple(bundle.cache)) if bundle.cache else None,
    }
    with atomic.replacing(path) as draft:
        torch.save(content, draft)
    bundle.tokenizer.save(path.with_name("tokenizer.json"))


def load_export(path: Path, tokenizer_path: Path | None = None) -> Bundle:
    """Read a `.pth` file that `export_bundle` wrote.

    Args:
        path: the weights.
        tokenizer_path: the alphabet; None looks beside the weights.

    Raises:
        UserError: a file is missing or damaged, or they do not belong together.
    """
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise UserError(
            f"There is no file {path}.", "`python -m midigen export` writes one from a model."
        ) from None
    except (RuntimeError, pickle.UnpicklingError, OSError, EOFError, ValueError, KeyError) as error:
        raise UserError(
            f"{path} is damaged, or no model.", "Export it again with `python -m midigen export`."
        ) from error
    if not isinstance(content, dict) or content.get("format") != EXPORT_FORMAT:
        raise UserError(
            f"{path} was not written by midigen.", "Export a model with `python -m midigen export`."
        )
    tokenizer = ScoreTokenizer.load(tokenizer_path or path.with_name("tokenizer.json"))
    if content["tokenizer"] != tokenizer.fingerprint:
        raise _wrong_tokenizer(path.name)
    model = section_from_dict(ModelConfig, content["model"], str(path))
    card = json.loads(content["card"])
    preprocessing = section_from_dict(PreprocessingConfig, content["preprocessing"], str(path))
    cache = _cache(path.name, content.get("cache"))
    return Bundle(path.stem, model, preprocessing, tokenizer, content["weights"], card, cache)


def _read_weights(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            return _as_read(weights), file.metadata() or {}
    except (SafetensorError, OSError) as error:
        raise UserError(f"{path} is damaged: {error}", "Copy the model again.") from error


def _cache(name: str, numbers: Sequence[float] | None) -> CacheSettings | None:
    """The settings that a model was written with, if any; a file may say anything.

    Raises:
        UserError: they are none.
    """
    if numbers is None:
        return None
    if len(numbers) != len(fields(CacheSettings)) or not np.isfinite(numbers).all():
        raise UserError(f"The cache of '{name}' is damaged.", "Copy the model again.")
    return CacheSettings(*numbers)


def _as_read(weights: Weights) -> dict[str, Tensor]:
    return {name: each.float() for name, each in weights.items()}


def _digest(weights: Weights) -> str:
    """SHA-256 over names and bytes; neither torch nor safetensors notices a flipped bit."""
    total = hashlib.sha256()
    for name in sorted(weights):
        total.update(name.encode())
        total.update(weights[name].numpy().tobytes())
    return total.hexdigest()


def _wrong_tokenizer(name: str) -> UserError:
    return UserError(
        f"The tokenizer is not the one that '{name}' was trained with.",
        "Use the tokenizer.json that was written beside the model.",
    )
