"""Sentences of the page about a model, a run, a piece or a data set. Plain text, not HTML."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from midigen.config import GenerationRequest
from midigen.corpus.datasets import Dataset
from midigen.jobs import JobStatus
from midigen.knobs import knobs_of
from midigen.runs import RunStatus
from midigen.takes import Take
from midigen.ui import texts

if TYPE_CHECKING:
    from symusic import Score

PROGRAM = "python -m midigen"


# Numbers


def duration(seconds: float) -> str:
    """`45 s`, `3 min`, `1 h 20 min`."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def clock(seconds: float) -> str:
    """`1:05`."""
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02d}"


def short(number: float) -> str:
    """`950`, `12 k`, `2.3 M`."""
    for limit, letter in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if number >= limit:
            scaled = number / limit
            return f"{scaled:.1f}{letter}" if scaled < 10 else f"{scaled:.0f}{letter}"
    return f"{number:.0f}"


def count(number: int, one: str, many: str) -> str:
    """`1 file`, `1,200 files`."""
    return f"{number:,} {one if number == 1 else many}"


# Models and pieces


def of_model(card: Mapping[str, Any]) -> str:
    """What a card tells a musician."""
    told = []
    if "dataset" in card:
        told.append(f"Learned from {card['dataset']}.")
    if "parameters" in card:
        told.append(f"{short(card['parameters'])} parameters.")
    if "validation_loss" in card:
        told.append(f"Loss on music it never heard: {card['validation_loss']:.2f} nats per token")
        if "fivegram_nats" in card:
            told[-1] += f"; a simple 5-gram reaches {card['fivegram_nats']:.2f}, lower is better"
        told[-1] += "."
    return " ".join(told) or "It came without a card, so nothing is known of how it was made."


def model_choice(name: str, is_learning: bool) -> tuple[str, str]:
    """A line of the list of models, and the name behind it."""
    return (f"{name} (still learning)" if is_learning else name, name)


def example_name(file: Path) -> str:
    """`Example 1`, or `Step 1,500` for what was composed while training."""
    word, _, number = file.stem.partition("-")
    return f"{word.capitalize()} {int(number):,}" if number.isdigit() else file.stem


def take_name(take: Take) -> str:
    """What its visitor calls it, else its number."""
    return take.name or texts.TAKE.format(n=take.number)


def take_facts(take: Take) -> str:
    """Where it comes from and how long it is, for a small card."""
    facts = [take.model, texts.SEED.format(seed=take.seed), clock(take.duration_s)]
    if take.parent:
        facts.append(texts.GROWN)
    return " · ".join(facts)


def title_of(take: Take) -> str:
    return f"{take_name(take)}: {take.model}, {texts.SEED.format(seed=take.seed)}"


def title_of_draft(model: str, request: GenerationRequest) -> str:
    return f"{model}, {texts.SEED.format(seed=request.seed)}"


def of_take(take: Take, was_stopped: bool) -> str:
    """How much music it is."""
    notes = f"{count(take.n_notes, 'note', 'notes')}, {clock(take.duration_s)}."
    return f"{notes} {texts.STOPPED_EARLY}" if was_stopped else notes


def of_draft(score: Score) -> str:
    """How far a piece is that still grows."""
    return texts.GROWING.format(notes=count(int(score.note_num()), "note", "notes"))


def as_json(content: Mapping[str, Any]) -> str:
    """JSON for people."""
    return json.dumps(content, indent=2, ensure_ascii=False)


def of_sound(synth: str, soundfont: str) -> str:
    """What one hears it with."""
    return f"Played by {synth}" + (f" with {soundfont}." if soundfont else ".")


def generate_command(take: Take, request: GenerationRequest, usual: GenerationRequest) -> str:
    """What a person would type for the same piece.

    Args:
        take: the piece; what it goes on from is `prompt.mid` in the zip of takes.
        request: what was asked for it.
        usual: what the command line takes where nothing is said.
    """
    words = ["generate", "--model", take.model]
    for each in knobs_of(GenerationRequest):
        value = getattr(request, each.name)
        if value is not None and value != getattr(usual, each.name):
            words += [f"--{each.name.replace('_', '-')}", str(value)]
    prompt = ["--prompt", "prompt.mid"] if take.prompt_bars else []
    return f"{PROGRAM} {shlex.join([*words, *prompt])}"


# Runs


def of_run(status: RunStatus, eta_s: float | None) -> str:
    """Where a run stands, in words."""
    where = f"step {status.step:,} of {status.total_steps:,}"
    left = f", about {duration(eta_s)} left" if eta_s else ""
    match status.state:
        case "preparing":
            return status.message or "Reading the music …"
        case "running":
            return f"Learning: {where}{left}."
        case "finished":
            early = " The validation loss no longer fell." if "early" in status.message else ""
            return f"Finished at {where}.{early}" if status.total_steps else "A finished model."
        case "stopped":
            return f"Stopped at {where}. What it has learned is kept."
        case _:
            return f"{status.state.capitalize()}: {status.message}"


def figures_of_run(events: Sequence[Mapping[str, Any]], is_alive: bool) -> list[tuple[str, str]]:
    """The figures beside the plot."""
    last = {each["type"]: each for each in events}
    best = min(
        (each for each in events if each["type"] == "evaluated"),
        key=lambda each: each["validation_loss"],
        default=None,
    )
    figures = []
    if "step" in last:
        figures.append(("Training loss", f"{last['step']['loss']:.3f}"))
    if best is not None:
        figures.append(("Best validation loss", f"{best['validation_loss']:.3f}"))
        figures.append(("Bits per note", f"{best['bits_per_note']:.2f}"))
    if "step" in last:
        figures.append(("Tokens a second", short(last["step"]["tokens_per_s"])))
    if is_alive and "step" in last:
        figures.append(("Time left", duration(last["step"]["eta_s"])))
    elif "finished" in last:
        figures.append(("Took", duration(last["finished"]["seconds"])))
    return figures


# Data


def of_job(status: JobStatus) -> str:
    """How far an import is, or how it ended."""
    if status.state == "finished":
        return texts.IMPORTED.format(name=status.dataset)
    if status.state != "running":
        return status.message
    if status.total is None:
        return f"{status.what} … {short(status.done)}" if status.done else f"{status.what} …"
    return f"{status.what}: {short(status.done)} of {short(status.total)}"


def of_dataset(dataset: Dataset) -> str:
    """Where a data set comes from, and its terms."""
    licence = f" Licence: {dataset.licence}" if dataset.licence else ""
    return f"From: {dataset.source}.{licence}"


def of_rows(n_rows: int, most: int) -> str:
    """Said below a table that does not hold everything, or nothing."""
    if n_rows == 0:
        return texts.NO_FILES
    return f"The first {most:,} of {n_rows:,} files." if n_rows > most else ""
