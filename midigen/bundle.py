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
import struct
import zipfile
from collections.abc import Mapping
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from midigen import atomic
from midigen.config import Config, DataConfig, ModelConfig, PreprocessingConfig, TokenizerConfig
from midigen.config_file import load_config, save_config, section_from_dict, section_to_dict
from midigen.engines import Engines, Weights, lstm_engines
from midigen.engines.recollection import CacheSettings
from midigen.engines.shapes import Shapes, weight_shapes
from midigen.errors import UserError
from midigen.generation.composer import Composer
from midigen.model_folder import WEIGHTS, is_bundle, is_number, read_card, sound_card
from midigen.music.tokenizer import ScoreTokenizer
from midigen.untrusted import MB, check_file

if TYPE_CHECKING:
    from midigen.networks import Foreteller, Network

CACHE = "cache"  # among the weights: the three numbers of `CacheSettings`
EXPORT_FORMAT = "midigen-export-1"

_FLOATS = ("F64", "F32", "F16")
# What reading a zip or a pickle of unknown origin raises.
_DAMAGE = (
    RuntimeError, pickle.UnpicklingError, OSError, EOFError, ValueError, KeyError, TypeError,
    AttributeError, IndexError, OverflowError, MemoryError, zipfile.BadZipFile, struct.error,
)  # fmt: skip


@dataclass(frozen=True)
class Bundle:
    """A model as it was read from disk.

    Attributes:
        name: of its folder or file.
        model: the sizes of its network.
        preprocessing: how its training pieces were read and split.
        tokenizer: its alphabet.
        weights: by parameter name, float32.
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
        from midigen.networks.blank import with_weights

        self._check_shapes()
        return with_weights(self.model, len(self.tokenizer), self.weights).eval()

    def engines(self) -> Engines:
        """What composes with the weights. An LSTM's do without torch, if they may.

        Raises:
            UserError: the weights do not fit the configuration.
        """
        self._check_shapes()
        if self.model.type != "lstm":
            return self._torch_engines()
        return lstm_engines(
            self.model, lambda: self.weights, lambda: self._torch_engines()["torch"]
        )

    def composer(self) -> Composer:
        """The model, ready to compose.

        Raises:
            UserError: the weights do not fit the configuration.
        """
        key_handling = self.preprocessing.key_handling
        return Composer(self.name, self.engines(), self.tokenizer, key_handling, self.cache)

    def _torch_engines(self) -> Engines:
        from midigen.networks.torch_engine import engines_of

        return engines_of(self.network())

    def _check_shapes(self) -> None:
        """Before anything is made: a configuration may ask for a network of any size."""
        found = {name: each.shape for name, each in self.weights.items()}
        if found != weight_shapes(self.model, len(self.tokenizer)):
            raise _unfit(self.name)

    def reader(self) -> Foreteller:
        """The network as it foretells: with its cache, if it has one.

        Raises:
            UserError: the weights do not fit the configuration.
        """
        from midigen.networks.cache import CachedNetwork

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
    content = {name: np.ascontiguousarray(each) for name, each in weights.items()}
    if cache is not None:
        content[CACHE] = np.array(astuple(cache), dtype=np.float32)
    metadata = {"tokenizer": tokenizer.fingerprint, "sha256": _digest(_as_read(content))}
    with atomic.replacing(folder / WEIGHTS) as draft:
        save_file(content, draft, metadata)


def load_bundle(folder: Path, most_mb: float = DataConfig().max_model_mb) -> Bundle:
    """Read a model.

    Args:
        folder: of the model.
        most_mb: larger weights are not read.

    Raises:
        UserError: a file is missing or damaged, or they do not belong together.
    """
    if not is_bundle(folder):
        raise UserError(
            f"There is no model in {folder}.", "A model is a folder that training has written."
        )
    config = load_config(folder / "config.yaml")
    config.model.check_heads()
    tokenizer = ScoreTokenizer.load(folder / "tokenizer.json")
    _check_size(folder / WEIGHTS, most_mb)
    wanted = weight_shapes(config.model, len(tokenizer))
    weights, checksum = _read_weights(folder / WEIGHTS, wanted, tokenizer.fingerprint)
    if checksum != _digest(weights):
        raise _damaged(folder / WEIGHTS, "their checksum is wrong")
    _check_numbers(folder.name, weights)
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
    import torch

    content = {
        "format": EXPORT_FORMAT,
        "name": bundle.name,
        "model": section_to_dict(bundle.model),
        "preprocessing": section_to_dict(bundle.preprocessing),
        "tokenizer": bundle.tokenizer.fingerprint,
        "card": json.dumps(dict(bundle.card)),
        "weights": {name: torch.from_numpy(each) for name, each in bundle.weights.items()},
        "sha256": _digest(bundle.weights),
        "cache": list(astuple(bundle.cache)) if bundle.cache else None,
    }
    with atomic.replacing(path) as draft:
        torch.save(content, draft)
    bundle.tokenizer.save(path.with_name("tokenizer.json"))


def load_export(
    path: Path, tokenizer_path: Path | None = None, most_mb: float = DataConfig().max_model_mb
) -> Bundle:
    """Read a `.pth` file that `export_bundle` wrote.

    Args:
        path: the weights.
        tokenizer_path: the alphabet; None looks beside the weights.
        most_mb: larger weights are not read.

    Raises:
        UserError: a file is missing or damaged, or they do not belong together.
    """
    content = _read_export(path, most_mb)
    tokenizer = ScoreTokenizer.load(tokenizer_path or path.with_name("tokenizer.json"))
    if content["tokenizer"] != tokenizer.fingerprint:
        raise _wrong_tokenizer(path.name)
    model = section_from_dict(ModelConfig, content["model"], str(path))
    model.check_heads()
    preprocessing = section_from_dict(PreprocessingConfig, content["preprocessing"], str(path))
    weights = _plain(path, content["weights"], weight_shapes(model, len(tokenizer)))
    if content.get("sha256") not in (None, _digest(weights)):  # older exports have none
        raise _damaged(path, "their checksum is wrong")
    _check_numbers(path.name, weights)
    cache = _cache(path.name, content.get("cache"))
    return Bundle(
        path.stem, model, preprocessing, tokenizer, weights, _card(content["card"]), cache
    )


def _read_export(path: Path, most_mb: float) -> dict[str, Any]:
    """What an export holds: plain values and tensors, and all that it must have.

    Raises:
        UserError: it is not there, too large, damaged, would run code, or is none of ours.
    """
    import torch

    if not path.exists():
        raise UserError(
            f"There is no file {path}.", "`python -m midigen export` writes one from a model."
        )
    _check_size(path, most_mb)
    try:
        with zipfile.ZipFile(path) as archive:  # torch unpacks whatever it claims to hold
            unpacked = sum(each.file_size for each in archive.infolist())
        if unpacked > most_mb * MB:
            raise ValueError("it unpacks to too much")
        content = torch.load(path, map_location="cpu", weights_only=True)
    except _DAMAGE as error:
        raise UserError(
            f"{path} is damaged, or no model.", "Export it again with `python -m midigen export`."
        ) from error
    if not isinstance(content, dict) or content.get("format") != EXPORT_FORMAT:
        raise UserError(
            f"{path} was not written by midigen.", "Export a model with `python -m midigen export`."
        )
    missing = {"tokenizer", "model", "preprocessing", "card", "weights"} - set(content)
    if missing:
        raise _damaged(path, f"the file lacks {', '.join(sorted(missing))}")
    return content


def _plain(path: Path, weights: Any, wanted: Shapes) -> dict[str, np.ndarray]:
    """The weights of an export, torch's tensors, as float32.

    A few bytes can be a tensor of any size (repeated, sparse), so that is looked at as well.

    Raises:
        UserError: they are not plain tensors of the wanted shapes.
    """
    import torch

    is_plain = isinstance(weights, dict) and all(
        isinstance(each, torch.Tensor)
        and each.layout == torch.strided
        and each.is_floating_point()
        and each.is_contiguous()
        for each in weights.values()
    )
    if not is_plain or {name: each.shape for name, each in weights.items()} != wanted:
        raise _unfit(path.stem)
    return {name: each.float().numpy() for name, each in weights.items()}


def _read_weights(
    path: Path, wanted: Shapes, fingerprint: str
) -> tuple[dict[str, np.ndarray], str | None]:
    """Weights and their checksum; alphabet and shapes are compared before anything is read.

    Raises:
        UserError: the file is damaged, or holds something else than is wanted.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            if metadata.get("tokenizer") != fingerprint:
                raise _wrong_tokenizer(path.parent.name)
            slices = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118
            found = {name: tuple(each.get_shape()) for name, each in slices.items()}
            found.pop(CACHE, None)
            if found != wanted or any(each.get_dtype() not in _FLOATS for each in slices.values()):
                raise _unfit(path.parent.name)
            weights = {name: file.get_tensor(name) for name in slices}
            return _as_read(weights), metadata.get("sha256")
    except (SafetensorError, OSError) as error:
        raise UserError(f"{path} is damaged: {error}", "Copy the model again.") from error


def _check_size(path: Path, most_mb: float) -> None:
    try:
        check_file(path, most_mb * MB)
    except UserError as error:
        raise UserError(
            f"{path} cannot be used: {error.what}.", "Raise data.max_model_mb if you trust it."
        ) from error


def _check_numbers(name: str, weights: Weights) -> None:
    """Refuse weights from which no music can come.

    Raises:
        UserError: one of them is infinite or no number.
    """
    for key, each in weights.items():
        # The extremes tell: each of them is no number if any weight is.
        if key != CACHE and not np.isfinite((each.min(), each.max())).all():
            raise UserError(
                f"The weights of '{name}' hold infinite numbers or none at all.",
                "Copy the model again, or train it again.",
            )


def _card(text: object) -> dict[str, Any]:
    try:
        card = json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        card = None
    return sound_card(card) if isinstance(card, dict) else {}


def _cache(name: str, numbers: Any) -> CacheSettings | None:
    """The settings that a model was written with, if any; a file may say anything.

    Raises:
        UserError: they are none.
    """
    if numbers is None:
        return None
    is_sound = isinstance(numbers, list | tuple) and all(map(is_number, numbers))
    if not is_sound or len(numbers) != len(fields(CacheSettings)):
        raise UserError(f"The cache of '{name}' is damaged.", "Copy the model again.")
    return CacheSettings(*numbers)


def _as_read(weights: Weights) -> dict[str, np.ndarray]:
    return {name: each.astype(np.float32, copy=False) for name, each in weights.items()}


def _digest(weights: Weights) -> str:
    """SHA-256 over names and bytes; safetensors does not notice a flipped bit."""
    total = hashlib.sha256()
    for name in sorted(weights):
        total.update(name.encode())
        total.update(np.ascontiguousarray(weights[name]).data)
    return total.hexdigest()


def _damaged(path: Path, why: str) -> UserError:
    return UserError(
        f"The weights in {path} are damaged: {why}.", "Copy the model again, or train it again."
    )


def _unfit(name: str) -> UserError:
    return UserError(
        f"The weights of '{name}' do not fit its configuration or its tokenizer.",
        "Use the config.yaml and tokenizer.json that were written with them.",
    )


def _wrong_tokenizer(name: str) -> UserError:
    return UserError(
        f"The tokenizer is not the one that '{name}' was trained with.",
        "Use the tokenizer.json that was written beside the model.",
    )
