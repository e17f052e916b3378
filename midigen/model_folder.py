"""What can be told of a model's folder without reading its weights: is it one, and its card.

Whoever only lists models needs no torch, which takes longer to load than the whole page.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from midigen import atomic
from midigen.errors import UserError
from midigen.untrusted import read_json

WEIGHTS = "model.safetensors"
CARD = "card.json"

_LARGEST_NUMBER = 1e18  # of a card; NaN is not below it
_NUMBERS_OF_CARDS = (
    "parameters", "train_tokens", "validation_tokens", "tokens_seen", "steps", "best_step",
    "validation_loss", "bits_per_note", "cached_loss", "cached_bits_per_note", "unigram_nats",
    "fivegram_nats", "training_s",
)  # fmt: skip
_WORDS_OF_CARDS = ("dataset", "data_source", "data_licence", "preset", "command", "ended")


def is_bundle(folder: Path) -> bool:
    return (folder / WEIGHTS).is_file() and (folder / "config.yaml").is_file()


def save_card(folder: Path, card: Mapping[str, Any]) -> None:
    """Write what people want to know of the model."""
    atomic.write_json(folder / CARD, card)


def read_card(folder: Path) -> dict[str, Any]:
    """What can be read of a model's card; it may have none: a card is not needed."""
    try:
        card = read_json(folder / CARD)
    except UserError:
        return {}
    return sound_card(card) if isinstance(card, dict) else {}


def sound_card(card: Mapping[str, Any]) -> dict[str, Any]:
    """What of a card is as it should be: whoever shows it relies on that."""
    return {
        key: value
        for key, value in card.items()
        if not (key in _NUMBERS_OF_CARDS and not is_number(value))
        and not (key in _WORDS_OF_CARDS and not isinstance(value, str))
    }


def is_number(value: Any) -> bool:
    """Whether it is a number of a size that a card or a cache may hold."""
    return type(value) in (int, float) and abs(value) < _LARGEST_NUMBER
