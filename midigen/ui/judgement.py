"""An evaluation as a page: figures, the table of measures, and what they mean in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from midigen.ui import markup, texts

Figures = Mapping[str, Any]  # as `Evaluation.as_dict` gives them


def of(figures: Figures) -> str:
    """An evaluation as HTML."""
    part = texts.PARTS.get(figures["split"], figures["split"])
    title = texts.MEASURED_ON.format(n=figures["pieces"], data=figures["data"], part=part)
    html = markup.heading(texts.JUDGE, title) + markup.tiles(_tiles(figures))
    html += markup.paragraph(_foretelling(figures))
    composed = figures.get("composed")
    if composed is None:
        return html
    html += markup.table(texts.MEASURE_COLUMNS, _rows(composed))
    return html + "".join(markup.paragraph(each) for each in _sentences(composed))


def _tiles(figures: Figures) -> Iterator[tuple[str, str]]:
    yield "Bits per note", f"{figures['bits_per_note']:.2f}"
    yield "Nats per token", f"{figures['nats_per_token']:.3f}"
    yield "5-gram", f"{figures['fivegram_nats_per_token']:.3f}"
    yield "Unigram", f"{figures['unigram_nats_per_token']:.3f}"
    composed = figures.get("composed")
    if composed is not None:
        yield "Mean overlap", f"{composed['mean_overlap']:.2f}"
        yield "Collapsed", f"{composed['collapsed']} of {composed['pieces']}"
        yield "Longest shared run", f"{composed['copied_run_longest']} notes"


def _foretelling(figures: Figures) -> str:
    below = figures["below_fivegram"]
    if below <= 0:
        return "It foretells music worse than a table of five-token snippets: it has learned none."
    return f"It needs {below:.0%} fewer bits to foretell this music than a 5-gram does."


def _rows(composed: Figures) -> Iterator[list[str]]:
    for row in composed["measures"]:
        yield [
            texts.MEASURE_NAMES.get(row["name"], row["name"]),
            _with_spread(row["generated"], row["generated_spread"]),
            _with_spread(row["real"], row["real_spread"]),
            f"{row['overlap']:.2f}",
        ]


def _with_spread(mean: float | None, spread: float | None) -> str:
    return "" if mean is None or spread is None else f"{mean:.2f} ± {spread:.2f}"


def _sentences(composed: Figures) -> Iterator[str]:
    """What the figures mean."""
    mean, halves = composed["mean_overlap"], composed["mean_overlap_of_real_halves"]
    yield (
        f"An overlap of 1 is the same distribution. On average it is {mean:.2f}; random halves of "
        f"the real pieces reach {halves:.2f} with each other."
    )
    if composed["collapsed"]:
        yield (
            f"{composed['collapsed']} of {composed['pieces']} pieces ran into a few notes, as no "
            "real piece does: raise the temperature or top-p, or train longer."
        )
    if composed["silent"]:
        yield f"{composed['silent']} attempts were nothing but rests."
    yield _copying(composed)


def _copying(composed: Figures) -> str:
    most = composed["real_run_95th_percentile"]
    usual = f"of the real held-out pieces 95 % share at most {most:.0f} notes with one"
    longest = composed["longest_runs"][0]
    if longest["n_notes"] == 0:
        return f"No piece shares a passage worth a word with a training piece; {usual}."
    return (
        f"The longest passage shared with a training piece, in whatever key, has "
        f"{longest['n_notes']} notes (bars {longest['start_bar']} to {longest['end_bar']}, "
        f"{PurePosixPath(longest['file']).name}); {usual}. "
        f"{composed['above_real_95th_percentile']} of {composed['pieces']} pieces share more."
    )
