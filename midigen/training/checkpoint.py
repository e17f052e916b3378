"""Everything that is needed to go on as if nothing had happened, saved in one place."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from midigen import atomic
from midigen.errors import UserError

FILE = "checkpoint.pt"


@dataclass
class Progress:
    """Where a training stands, besides its tensors.

    Attributes:
        step: steps done.
        total_steps: steps planned.
        tokens_seen: targets learned from.
        best_step, best_loss: of the best look at the validation pieces so far.
        n_without_best: looks since then.
        seconds: time spent, over all sittings.
        unreported_nats, unreported_targets, unreported_steps: learned since the last point of the
            loss curve.
    """

    step: int = 0
    total_steps: int = 0
    tokens_seen: int = 0
    best_step: int = 0
    best_loss: float = float("inf")
    n_without_best: int = 0
    seconds: float = 0.0
    unreported_nats: float = 0.0
    unreported_targets: int = 0
    unreported_steps: int = 0


def save_checkpoint(folder: Path, progress: Progress, tensors: Mapping[str, Any]) -> None:
    """Write a checkpoint, whole or not at all.

    Args:
        folder: of the run.
        progress: where it stands.
        tensors: network, optimizer, memory, random states, …; tensors and plain values only.
    """
    content = {"progress": vars(progress), **tensors}
    with atomic.replacing(folder / FILE) as draft:
        torch.save(content, draft)


def has_checkpoint(folder: Path) -> bool:
    return (folder / FILE).is_file()


def load_checkpoint(folder: Path) -> tuple[Progress, dict[str, Any]]:
    """Read what `save_checkpoint` wrote.

    Raises:
        UserError: it is missing or damaged.
    """
    try:
        content = torch.load(folder / FILE, map_location="cpu", weights_only=True)
        return Progress(**content.pop("progress")), content
    except FileNotFoundError:
        raise UserError(
            f"The run '{folder.name}' has no checkpoint to go on from.", "Start it again."
        ) from None
    except (RuntimeError, pickle.UnpicklingError, EOFError, KeyError, TypeError, OSError) as error:
        raise UserError(
            f"The checkpoint of '{folder.name}' is damaged.", "Delete the run and start it again."
        ) from error
