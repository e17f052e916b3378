"""A run in one row: what it learned from, how it was set, how far it came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from midigen.config import Config
from midigen.config_file import load_config
from midigen.errors import UserError
from midigen.knobs import knobs_of
from midigen.model_folder import read_card
from midigen.runs import Run, RunStatus

SECTIONS = ("tokenizer", "preprocessing", "model", "training")  # what makes a model what it is


@dataclass(frozen=True)
class RunSummary:
    """What is told of a run beside others.

    Attributes:
        name: of the run and its model.
        status: where it stands.
        dataset: what it learned from; may be empty.
        steps: how many it did.
        validation_loss: of its best weights, in nats per token; None where that is not known.
        bits_per_note: of the same.
        cached_bits_per_note: the same with its continuous cache; None where it has none.
        seconds: how long it took; None where that is not known.
        changed_at: when its state was last written, in seconds since 1970.
        settings: those that differ from the defaults, by dotted name.
    """

    name: str
    status: RunStatus
    dataset: str
    steps: int
    validation_loss: float | None
    bits_per_note: float | None
    cached_bits_per_note: float | None
    seconds: float | None
    changed_at: float
    settings: Mapping[str, Any]


def summary_of(run: Run) -> RunSummary:
    """What the folder of a run tells."""
    status, card = run.status(), read_card(run.folder)
    dataset = card.get("dataset") or status.dataset
    return RunSummary(
        name=run.name,
        status=status,
        dataset=dataset if isinstance(dataset, str) else "",
        steps=status.step or int(_number(card, "steps") or 0),
        validation_loss=_number(card, "validation_loss"),
        bits_per_note=_number(card, "bits_per_note"),
        cached_bits_per_note=_number(card, "cached_bits_per_note"),
        seconds=_number(card, "training_s"),
        changed_at=status.updated_at,
        settings=settings_of(run.folder),
    )


def settings_of(folder: Path) -> Mapping[str, Any]:
    """The settings of a run that differ from the defaults; none where they cannot be read."""
    file = folder / "config.yaml"
    return _differences(file, file.stat().st_mtime_ns) if file.is_file() else {}


@lru_cache(maxsize=256)
def _differences(file: Path, _changed_at: int) -> Mapping[str, Any]:
    try:
        config, usual = load_config(file), Config()
    except UserError:
        return {}
    return {
        f"{section}.{each.name}": value
        for section in SECTIONS
        for each in knobs_of(type(getattr(usual, section)))
        if (value := getattr(getattr(config, section), each.name))
        != getattr(getattr(usual, section), each.name)
    }


def _number(card: Mapping[str, Any], key: str) -> float | None:
    value = card.get(key)
    return float(value) if isinstance(value, int | float) else None
