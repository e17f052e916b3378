"""An evaluation as a page: figures, the table of measures, and what they mean in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from midigen.ui import markup, texts
from midigen.ui.language import figure, say
from midigen.ui.sentences import count

Figures = Mapping[str, Any]  # as `Evaluation.as_dict` gives them


def of(figures: Figures) -> str:
    """An evaluation as HTML."""
    split = str(figures["split"])
    part = say(texts.PARTS.get(split, split))
    title = say(texts.MEASURED_ON, n=figures["pieces"], data=figures["data"], part=part)
    html = markup.heading(texts.JUDGE, title) + markup.tiles(_tiles(figures))
    html += markup.paragraph(_foretelling(figures))
    if "bits_per_note_without_cache" in figures:
        html += markup.paragraph(
            say(texts.WITHOUT_CACHE, bits=figures["bits_per_note_without_cache"])
        )
    composed = figures.get("composed")
    if composed is None:
        return html
    html += markup.table(texts.MEASURE_COLUMNS, _rows(composed))
    return html + "".join(markup.paragraph(each) for each in _sentences(composed))


def _tiles(figures: Figures) -> Iterator[tuple[str, str]]:
    yield say("Bits per note"), figure(figures["bits_per_note"], ".2f")
    yield say("Nats per token"), figure(figures["nats_per_token"], ".3f")
    yield say("5-gram"), figure(figures["fivegram_nats_per_token"], ".3f")
    yield say("Unigram"), figure(figures["unigram_nats_per_token"], ".3f")
    composed = figures.get("composed")
    if composed is not None:
        yield say("Mean overlap"), figure(composed["mean_overlap"], ".2f")
        yield (
            say("Collapsed"),
            say("{n} of {total}", n=composed["collapsed"], total=composed["pieces"]),
        )
        yield say("Longest shared run"), count(composed["copied_run_longest"], "note", "notes")


def _foretelling(figures: Figures) -> str:
    below = figures["below_fivegram"]
    if below <= 0:
        return say(texts.FORETELLS_WORSE)
    return say(texts.FORETELLS_BETTER, share=below)


def _rows(composed: Figures) -> Iterator[list[str]]:
    for row in composed["measures"]:
        yield [
            say(texts.MEASURE_NAMES.get(row["name"], row["name"])),
            _with_spread(row["generated"], row["generated_spread"]),
            _with_spread(row["real"], row["real_spread"]),
            figure(row["overlap"], ".2f"),
        ]


def _with_spread(mean: float | None, spread: float | None) -> str:
    if mean is None or spread is None:
        return ""
    return f"{figure(mean, '.2f')} ± {figure(spread, '.2f')}"


def _sentences(composed: Figures) -> Iterator[str]:
    """What the figures mean."""
    mean, halves = composed["mean_overlap"], composed["mean_overlap_of_real_halves"]
    yield say(texts.OVERLAPS, mean=mean, halves=halves)
    if composed["collapsed"]:
        yield say(texts.COLLAPSED, n=composed["collapsed"], total=composed["pieces"])
    if composed["silent"]:
        yield say(texts.SILENT, n=composed["silent"])
    yield _copying(composed)


def _copying(composed: Figures) -> str:
    usual = say(texts.USUAL_COPIES, most=composed["real_run_95th_percentile"])
    longest = composed["longest_runs"][0]
    if longest["n_notes"] == 0:
        return say(texts.NO_COPIES, usual=usual)
    return say(
        texts.COPIES,
        notes=count(longest["n_notes"], "note", "notes"),
        start=longest["start_bar"],
        end=longest["end_bar"],
        file=PurePosixPath(longest["file"]).name,
        usual=usual,
        n=composed["above_real_95th_percentile"],
        total=composed["pieces"],
    )
