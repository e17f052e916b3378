"""Writes what training tells into the run's folder: events, status, card, TensorBoard."""

from __future__ import annotations

import importlib.metadata
import platform
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from midigen import __version__
from midigen.model_folder import read_card, save_card
from midigen.runs import Run, RunState, RunStatus
from midigen.training.events import Evaluated, Event, Finished, Planned, Started, Stepped

_VERSIONS_OF = ("torch", "miditok", "symusic", "numpy")
_ENDINGS: Mapping[str, RunState] = {
    "finished": "finished",
    "early stop": "finished",
    "stopped": "stopped",
}


class Recorder:
    """The one writer of a run.

    Args:
        run: whose folder this process holds.
        status: what is known of it so far.
        card: what is known of the model before it has learned anything.
        tensorboard: whether to write scalars for TensorBoard too.
    """

    def __init__(
        self, run: Run, status: RunStatus, card: Mapping[str, Any], tensorboard: bool
    ) -> None:
        self._run = run
        self._status = status
        self._card = {**read_card(run.folder), **card}
        self._tensorboard = _Tensorboard(run) if tensorboard else None

    def resume_at(self, step: int) -> None:
        """Drop what was told after the checkpoint: it is lived through again; -1 drops all."""
        past = [
            event
            for event in self._run.events()
            if event.get("step", step + 1) <= step and event["type"] != "finished"
        ]
        self._run.rewrite_events(past)

    def record(self, event: Event) -> None:
        """Write one event everywhere it belongs."""
        self._run.append_event({**event.as_dict(), "time": round(time.time(), 3)})
        if self._tensorboard is not None:
            self._tensorboard.record(event)
        match event:
            case Started():
                self._say("running", "training", event.step, event.total_steps)
                self._note(
                    parameters=event.parameters,
                    train_tokens=event.train_tokens,
                    validation_tokens=event.validation_tokens,
                    unigram_nats=event.unigram_nats,
                    fivegram_nats=event.fivegram_nats,
                    styles=list(event.styles),
                    device=event.device,
                    precision=event.precision,
                    versions=_versions(),
                )
            case Planned():
                self._say("running", "training", event.step, event.total_steps)
            case Stepped():
                self._say("running", "training", event.step, self._status.total_steps)
                self._card["tokens_seen"] = event.tokens_seen
            case Evaluated(is_best=True):
                self._note(
                    best_step=event.step,
                    validation_loss=event.validation_loss,
                    bits_per_note=event.bits_per_note,
                )
            case Finished():
                self._note(
                    steps=event.step,
                    best_step=event.best_step,
                    validation_loss=event.validation_loss,
                    bits_per_note=event.bits_per_note,
                    cached_loss=event.cached_loss,
                    cached_bits_per_note=event.cached_bits_per_note,
                    tokens_seen=event.tokens_seen,
                    training_s=event.seconds,
                    ended=event.reason,
                )
                self._say(
                    _ENDINGS[event.reason], event.reason, event.step, self._status.total_steps
                )

    def fail(self, message: str) -> None:
        """Say why there will be no more."""
        self._run.append_event({"type": "failed", "message": message, "time": time.time()})
        self._say("failed", message, self._status.step, self._status.total_steps)

    def close(self) -> None:
        if self._tensorboard is not None:
            self._tensorboard.close()

    def _say(self, state: RunState, message: str, step: int, total_steps: int) -> None:
        self._status = replace(
            self._status, state=state, message=message, step=step, total_steps=total_steps
        )
        self._run.write_status(self._status)

    def _note(self, **facts: Any) -> None:
        self._card.update(facts)
        save_card(self._run.folder, self._card)


class _Tensorboard:
    """Scalars below `tensorboard/`; shown by `tensorboard --logdir models`."""

    def __init__(self, run: Run) -> None:
        from torch.utils.tensorboard import SummaryWriter  # slow to import, not always wanted

        self._writer: Any = SummaryWriter(str(run.folder / "tensorboard"))

    def record(self, event: Event) -> None:
        match event:
            case Started():
                self._writer.add_scalar("floor/unigram", event.unigram_nats, event.step)
                self._writer.add_scalar("floor/5-gram", event.fivegram_nats, event.step)
            case Stepped():
                self._writer.add_scalar("loss/train", event.loss, event.step)
                self._writer.add_scalar("learning_rate", event.learning_rate, event.step)
                self._writer.add_scalar("gradient_norm", event.gradient_norm, event.step)
                self._writer.add_scalar("tokens_per_s", event.tokens_per_s, event.step)
            case Evaluated():
                self._writer.add_scalar("loss/validation", event.validation_loss, event.step)
                self._writer.add_scalar("bits_per_note", event.bits_per_note, event.step)
                self._writer.flush()

    def close(self) -> None:
        self._writer.close()


def _versions() -> dict[str, str]:
    installed = {name: importlib.metadata.version(name) for name in _VERSIONS_OF}
    return {"midigen": __version__, "python": platform.python_version(), **installed}
