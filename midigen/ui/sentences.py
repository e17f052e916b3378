"""Sentences of the page about a model, a run, a piece or a data set. Plain text, not HTML."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from midigen.config import GenerationRequest
from midigen.corpus.datasets import Dataset
from midigen.jobs import Expected, JobStatus
from midigen.knobs import knobs_of
from midigen.runs import RunStatus
from midigen.takes import Take
from midigen.ui import texts
from midigen.ui.errors import without_folders
from midigen.ui.language import figure, plural, say, say_message

if TYPE_CHECKING:
    from symusic import Score

PROGRAM = "python -m midigen"


# Numbers


def duration(seconds: float) -> str:
    """`45 s`, `3 min`, `1 h 20 min`."""
    if seconds < 60:
        return say("{seconds:.0f} s", seconds=seconds)
    hours, minutes = divmod(round(seconds / 60), 60)
    if not hours:
        return say("{minutes} min", minutes=minutes)
    return say("{hours} h {minutes} min", hours=hours, minutes=minutes)


def clock(seconds: float) -> str:
    """`1:05`."""
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02d}"


def short(number: float) -> str:
    """`950`, `12 k`, `2.3 M`."""
    for limit, unit in ((1e9, "{number} G"), (1e6, "{number} M"), (1e3, "{number} k")):
        if number >= limit:
            scaled = number / limit
            return say(unit, number=figure(scaled, ".1f" if scaled < 10 else ".0f"))
    return f"{number:.0f}"


def count(number: int, one: str, many: str) -> str:
    """`1 file`, `1,200 files`."""
    return f"{figure(number, ',')} {plural(number, one, many)}"


def enumerated(names: Sequence[str]) -> str:
    """`voice`, `voice and piano`, `violin, viola and cello`."""
    if len(names) < 2:
        return "".join(names)
    return say("{first} and {last}", first=", ".join(names[:-1]), last=names[-1])


# Models and pieces


def of_model(card: Mapping[str, Any]) -> str:
    """What a card tells a musician."""
    told = []
    if "dataset" in card:
        told.append(say("Learned from {dataset}.", dataset=card["dataset"]))
    base = card.get("base")
    if isinstance(base, dict) and isinstance(base.get("name"), str):
        told.append(say("Began as {model}.", model=base["name"]))
    if "parameters" in card:
        told.append(say("{number} parameters.", number=short(card["parameters"])))
    if "validation_loss" in card:
        told.append(_of_loss(card["validation_loss"], card.get("fivegram_nats")))
    return " ".join(told) or say(texts.NO_CARD)


def _of_loss(loss: float, fivegram: float | None) -> str:
    if fivegram is None:
        return say(texts.VALIDATION_LOSS, loss=loss)
    return say(texts.VALIDATION_LOSS_BESIDE, loss=loss, fivegram=fivegram)


def model_choice(name: str, is_learning: bool) -> tuple[str, str]:
    """A line of the list of models, and the name behind it."""
    return (say("{name} (still learning)", name=name) if is_learning else name, name)


def example_name(file: Path) -> str:
    """`Example 1`, or `Step 1,500` for what was composed while training."""
    word, _, number = file.stem.partition("-")
    if not number.isdigit():
        return file.stem
    return say("Step {n:,}" if word == "step" else "Example {n:,}", n=int(number))


def take_name(take: Take) -> str:
    """What its visitor calls it, else its number."""
    return take.name or say(texts.TAKE, n=take.number)


def take_facts(take: Take) -> str:
    """Where it comes from and how long it is, for a small card."""
    facts = [take.model, say(texts.SEED, seed=str(take.seed)), clock(take.duration_s)]
    if take.parent:
        facts.append(say(texts.GROWN))
    return " · ".join(facts)


def title_of(take: Take) -> str:
    return f"{take_name(take)}: {take.model}, {say(texts.SEED, seed=str(take.seed))}"


def title_of_draft(model: str, request: GenerationRequest) -> str:
    return f"{model}, {say(texts.SEED, seed=str(request.seed))}"


def of_take(take: Take, was_stopped: bool) -> str:
    """How much music it is."""
    notes = f"{count(take.n_notes, 'note', 'notes')}, {clock(take.duration_s)}."
    return f"{notes} {say(texts.STOPPED_EARLY)}" if was_stopped else notes


def of_draft(score: Score) -> str:
    """How far a piece is that still grows."""
    return say(texts.GROWING, notes=count(int(score.note_num()), "note", "notes"))


def as_json(content: Mapping[str, Any]) -> str:
    """JSON for people."""
    return json.dumps(content, indent=2, ensure_ascii=False)


def of_sound(synth: str, soundfont: str, is_public: bool = False) -> str:
    """What one hears it with; no stranger needs to know in which version."""
    synth = re.sub(r" [0-9.]+$", "", synth) if is_public else synth
    if not soundfont:
        return say("Played by {synth}.", synth=synth)
    return say("Played by {synth} with {soundfont}.", synth=synth, soundfont=soundfont)


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


def of_run(status: RunStatus, eta_s: float | None, can_go_on: bool) -> str:
    """Where a run stands, in words.

    Args:
        status: of the run.
        eta_s: how long it will still take, if that is known.
        can_go_on: whether something is saved from which it could be resumed.
    """
    where = say("step {step:,} of {total:,}", step=status.step, total=status.total_steps)
    match status.state:
        case "preparing":
            return status.message or say("Reading the music …")
        case "running":
            left = say(", about {time} left", time=duration(eta_s)) if eta_s else ""
            return say("Learning: {where}{left}.", where=where, left=left)
        case "finished" if not status.total_steps:
            return say("A finished model.")
        case "finished":
            early = say(texts.NO_LONGER_FELL) if "early" in status.message else ""
            return f"{say('Finished at {where}.', where=where)} {early}".strip()
        case "stopped":
            return say("Stopped at {where}. What it has learned is kept.", where=where)
        case _:
            state = say(texts.RUN_STATES.get(status.state, status.state))
            then = say(texts.GO_ON if can_go_on else texts.NOTHING_SAVED)
            return f"{state}: {_of_elsewhere(status.message).rstrip('.')}. {then}"


def of_estimate(found: Expected) -> str:
    """How long a training would take."""
    text = texts.ESTIMATE_LIMITED if found.is_limited else texts.ESTIMATE
    return say(text, time=duration(found.seconds), steps=found.steps)


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
        figures.append((say("Training loss"), figure(last["step"]["loss"], ".3f")))
    if best is not None:
        best = {**best, **last.get("finished", {})}  # that one is of all pieces, to their ends
        figures.append((say("Best validation loss"), figure(best["validation_loss"], ".3f")))
        figures.append((say("Bits per note"), figure(best["bits_per_note"], ".2f")))
    if "cached_bits_per_note" in last.get("finished", {}):
        cached = last["finished"]["cached_bits_per_note"]
        if cached is not None:
            figures.append((say("… with its cache"), figure(cached, ".2f")))
    if "step" in last:
        figures.append((say("Learning rate"), figure(last["step"]["learning_rate"], ".2g")))
        figures.append((say("Tokens a second"), short(last["step"]["tokens_per_s"])))
    if is_alive and "step" in last:
        figures.append((say("Time left"), duration(last["step"]["eta_s"])))
    elif "finished" in last:
        figures.append((say("Took"), duration(last["finished"]["seconds"])))
    return figures


# Data


def _of_elsewhere(message: str) -> str:
    """What another process said, line by line, when it failed."""
    return " ".join(say_message(without_folders(line)) for line in message.splitlines())


def of_job(status: JobStatus) -> str:
    """How far an import is, or how it ended."""
    if status.state == "finished":
        return say(texts.IMPORTED, name=status.dataset)
    if status.state != "running":
        return _of_elsewhere(status.message)
    if status.total is None:
        return f"{status.what} … {short(status.done)}" if status.done else f"{status.what} …"
    done, total = short(status.done), short(status.total)
    return say("{what}: {done} of {total}", what=status.what, done=done, total=total)


def of_dataset(dataset: Dataset) -> str:
    """Where a data set comes from, and its terms."""
    source = say("From: {source}.", source=dataset.source)
    if not dataset.licence:
        return source
    return f"{source} {say('Licence: {licence}', licence=dataset.licence)}"


def of_rows(n_rows: int, most: int) -> str:
    """Said below a table that does not hold everything, or nothing."""
    if n_rows == 0:
        return say(texts.NO_FILES)
    return (
        say("The first {most:,} of {all:,} files.", most=most, all=n_rows) if n_rows > most else ""
    )
