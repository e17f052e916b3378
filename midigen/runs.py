"""A training run as its folder tells it: status, events, stop request. From files only.

    models/<run>/
      config.yaml tokenizer.json model.safetensors card.json   the bundle, see bundle.py
      evaluation.json examples/                                what it was judged by, pieces of it
      state.json metrics.jsonl train.log samples/ tensorboard/ checkpoint.pt   the history

Whoever trains writes; the page and the command line read, also after a restart.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from midigen import atomic
from midigen.errors import UserError
from midigen.model_folder import is_bundle, read_card, save_card
from midigen.state_file import StateFile
from midigen.workspace import check_name

RunState = Literal["preparing", "running", "finished", "stopped", "failed", "died"]
ALIVE: tuple[RunState, ...] = ("preparing", "running")


@dataclass(frozen=True)
class RunStatus:
    """Where a run stands.

    Attributes:
        state: `died` is a run whose process went away without a word.
        message: one line for people.
        dataset: what it learns from.
        step, total_steps: how far it is; 0 until that is known.
        command: what a person would type to start the same.
        pid: of the process that trains or trained.
        updated_at: when the state was last written, in seconds since 1970.
    """

    state: RunState
    message: str = ""
    dataset: str = ""
    step: int = 0
    total_steps: int = 0
    command: str = ""
    pid: int = 0
    updated_at: float = 0.0

    @property
    def is_alive(self) -> bool:
        return self.state in ALIVE


@dataclass(frozen=True)
class Run:
    """One folder below `models/`."""

    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    def status(self) -> RunStatus:
        """Where the run stands now."""
        status = self._written_status()
        if status.is_alive and not self._state_file.has_worker():
            status = self._written_status()  # it may have ended just now
            if status.is_alive:
                said = f"the process {status.pid} ended without a word at step {status.step}"
                status = replace(status, state="died", message=said)
        return status

    def events(self, since: int = 0) -> list[dict[str, Any]]:
        """The events from number `since` on; a line still being written is left for later."""
        try:
            content = (self.folder / "metrics.jsonl").read_text(encoding="utf-8")
        except FileNotFoundError:
            return []
        whole = content[: content.rfind("\n") + 1].splitlines()
        return [json.loads(line) for line in whole[since:]]

    def samples(self) -> list[Path]:
        """Pieces composed while training, in order."""
        return sorted((self.folder / "samples").glob("*.mid"))

    def examples(self) -> list[Path]:
        """Pieces to listen to: those chosen for a shipped model, else those of the training."""
        return sorted((self.folder / "examples").glob("*.mid")) or self.samples()

    def evaluations(self) -> dict[str, dict[str, Any]]:
        """The last evaluation on each part of its data, as `evaluation/report.py` describes it."""
        try:
            content = json.loads((self.folder / "evaluation.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return content if isinstance(content, dict) else {}

    def keep_evaluation(self, split: str, figures: Mapping[str, Any]) -> None:
        """Keep an evaluation beside the model."""
        atomic.write_json(
            self.folder / "evaluation.json", {**self.evaluations(), split: dict(figures)}
        )

    def log_tail(self, n_lines: int = 40) -> str:
        """The end of what the training process printed."""
        try:
            lines = (self.folder / "train.log").read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return ""
        return "\n".join(lines.splitlines()[-n_lines:])

    def has_model(self) -> bool:
        """Whether weights are there to compose with."""
        return is_bundle(self.folder)

    def has_checkpoint(self) -> bool:
        """Whether it can be resumed."""
        return (self.folder / "checkpoint.pt").is_file()

    def request_stop(self) -> None:
        """Ask the process that trains to stop and keep what it has."""
        if self.status().is_alive:
            (self.folder / "STOP").touch()

    def stop_requested(self) -> bool:
        return (self.folder / "STOP").exists()

    def delete(self) -> None:
        """Remove the run and its model.

        Raises:
            UserError: it is still training.
        """
        if self.status().is_alive:
            raise UserError(f"'{self.name}' is training.", "Stop it first.")
        shutil.rmtree(self.folder)

    def rename(self, name: str) -> Run:
        """Give the run and its model another name; return it under the new one.

        Raises:
            UserError: it is still training, or the name cannot be used or is taken.
        """
        target = self.folder.with_name(check_name(name, "run"))
        if self.status().is_alive:
            raise UserError(f"'{self.name}' is training.", "Stop it first.")
        if target.exists():
            raise UserError(f"There is a run named '{name}' already.", "Choose another name.")
        self.folder.rename(target)
        if card := read_card(target):
            save_card(target, {**card, "name": name})
        return Run(target)

    def held(self) -> AbstractContextManager[None]:
        """Own the run for as long as the block lasts; for the process that trains.

        Raises:
            UserError: another process owns it.
        """
        return self._state_file.held(f"The run '{self.name}'")

    def write_status(self, status: RunStatus) -> None:
        """Replace the status; for the process that trains."""
        self._state_file.write(vars(status))

    def announce(self, status: RunStatus) -> None:
        """Say that the process `status.pid` was started and will take the run over."""
        self._state_file.write({**vars(status), "starting": True}, pid=status.pid)

    def append_event(self, event: Mapping[str, Any]) -> None:
        """Add a line to `metrics.jsonl`; for the process that trains."""
        with (self.folder / "metrics.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(event) + "\n")

    def rewrite_events(self, events: Iterable[Mapping[str, Any]]) -> None:
        """Replace all events; for a run that goes back to its checkpoint."""
        lines = "".join(json.dumps(event) + "\n" for event in events)
        atomic.write_text(self.folder / "metrics.jsonl", lines)

    def clear_stop(self) -> None:
        """Forget an earlier stop request; for the process that trains."""
        (self.folder / "STOP").unlink(missing_ok=True)

    def _written_status(self) -> RunStatus:
        content = self._state_file.read()
        known = {name: content[name] for name in RunStatus.__dataclass_fields__ if name in content}
        if "state" not in known:  # a model that was copied here without its history
            return RunStatus("finished", updated_at=self.folder.stat().st_mtime)
        return RunStatus(**known)

    @property
    def _state_file(self) -> StateFile:
        return StateFile(self.folder)


def list_runs(models: Path) -> list[Run]:
    """All runs and models, the newest first."""
    if not models.is_dir():
        return []
    folders = [
        each
        for each in models.iterdir()
        if each.is_dir() and not each.name.startswith(".") and _is_run(each)
    ]
    return [Run(each) for each in sorted(folders, key=_age, reverse=True)]


def _is_run(folder: Path) -> bool:
    return (folder / "state.json").exists() or is_bundle(folder)


def _age(folder: Path) -> float:
    state = folder / "state.json"
    return (state if state.exists() else folder).stat().st_mtime
