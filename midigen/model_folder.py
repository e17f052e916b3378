"""What can be told of a model's folder without reading its weights: is it one, and its card.

Whoever only lists models needs no torch, which takes longer to load than the whole page.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from midigen import atomic

WEIGHTS = "model.safetensors"
CARD = "card.json"


def is_bundle(folder: Path) -> bool:
    return (folder / WEIGHTS).is_file() and (folder / "config.yaml").is_file()


def save_card(folder: Path, card: Mapping[str, Any]) -> None:
    """Write what people want to know of the model."""
    atomic.write_json(folder / CARD, card)


def read_card(folder: Path) -> dict[str, Any]:
    """The card of a model; empty where it has none or it is damaged: a card is not needed."""
    try:
        card = json.loads((folder / CARD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return card if isinstance(card, dict) else {}
