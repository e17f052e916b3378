"""What training tells while it runs; each event is one line of `metrics.jsonl`."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar


@dataclass(frozen=True)
class Event:
    """Base of all events."""

    type: ClassVar[str]

    def as_dict(self) -> dict[str, Any]:
        """The event, ready for JSON."""
        return {"type": self.type, **asdict(self)}


@dataclass(frozen=True)
class Started(Event):
    """Training begins, or goes on from `step`.

    Losses are in nats per token; the two n-gram floors say what a simple model reaches on the same
    validation pieces.
    """

    type: ClassVar[str] = "started"
    step: int
    total_steps: int
    parameters: int
    train_tokens: int
    validation_tokens: int
    device: str
    precision: str
    n_processes: int
    unigram_nats: float
    fivegram_nats: float
    styles: tuple[str, ...] = ()


@dataclass(frozen=True)
class Planned(Event):
    """The number of steps that fit the time limit has been measured."""

    type: ClassVar[str] = "planned"
    step: int
    total_steps: int


@dataclass(frozen=True)
class Halved(Event):
    """Memory ran out; from here on so many rows of a batch are read at once, to the same effect."""

    type: ClassVar[str] = "halved"
    step: int
    rows: int


@dataclass(frozen=True)
class Stepped(Event):
    """The mean training loss since the last such event, in nats per token."""

    type: ClassVar[str] = "step"
    step: int
    loss: float
    learning_rate: float
    gradient_norm: float
    tokens_per_s: float
    eta_s: float
    tokens_seen: int


@dataclass(frozen=True)
class Evaluated(Event):
    """A look at the validation pieces."""

    type: ClassVar[str] = "evaluated"
    step: int
    validation_loss: float
    bits_per_note: float
    is_best: bool


@dataclass(frozen=True)
class Sampled(Event):
    """A piece composed at this point, as a path below the run's folder."""

    type: ClassVar[str] = "sampled"
    step: int
    file: str


@dataclass(frozen=True)
class Finished(Event):
    """Training is over; the best weights are those of the bundle.

    `validation_loss` and `bits_per_note` are theirs, over all validation pieces; the cached ones
    are with the continuous cache that was fitted to them, None where it would not help.
    """

    type: ClassVar[str] = "finished"
    step: int
    reason: str
    best_step: int
    validation_loss: float
    bits_per_note: float
    cached_loss: float | None
    cached_bits_per_note: float | None
    tokens_seen: int
    seconds: float
