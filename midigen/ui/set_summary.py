"""A data set at a glance: where it comes from, warnings, figures, pictures of the kept pieces."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise

from midigen.corpus import histograms
from midigen.corpus.datasets import Dataset
from midigen.corpus.histograms import Histogram
from midigen.corpus.store import CorpusReport
from midigen.corpus.survey import Survey
from midigen.music.instruments import numbered
from midigen.music.key import TONICS
from midigen.ui import data_warnings, markup, sentences, texts
from midigen.ui.language import figure, say
from midigen.ui.sentences import enumerated
from midigen.ui.tables import summary

PITCHES_A_BAR = 3  # a quarter of an octave, so that each C begins a bar
OCTAVE = 12
MOST_INSTRUMENTS = 8  # that are named beside the usual ones


def as_html(dataset: Dataset, report: CorpusReport | None, survey: Survey | None) -> str:
    """All that is known of a data set, for people; without a report that is next to nothing."""
    if report is None:
        return markup.paragraph(texts.NOT_PREPARED, "quiet")
    warnings = data_warnings.of_set(report, survey)
    return (
        markup.paragraph(sentences.of_dataset(dataset), "quiet")
        + "".join(markup.paragraph(each, "warned") for each in warnings)
        + markup.tiles(summary(dataset, report))
        + (markup.paragraph(of_instruments(survey), "quiet") if survey and survey.pieces else "")
        + (markup.figures(_figures(survey, report)) if survey is not None else "")
    )


def of_instruments(survey: Survey) -> str:
    """`Instruments: Oboe (68) and Piano (0) in 1,294 of 1,327 pieces; besides, Flute (73) in 13.`

    The numbers are those that `tokenizer.programs` asks for.
    """
    (usual, n), *_ = survey.ensembles
    besides = Counter(
        part for each in survey.pieces for part in each.programs if part not in usual
    ).most_common(MOST_INSTRUMENTS)
    named = (say(texts.PART_IN_PIECES, name=numbered(part), n=count) for part, count in besides)
    others = say(texts.OTHER_PARTS, names=", ".join(named)) if besides else ""
    together = enumerated([numbered(part) for part in usual])
    return say(texts.PARTS_OF_SET, together=together, n=n, all=len(survey.pieces), others=others)


def _figures(survey: Survey, report: CorpusReport) -> Iterator[str]:
    yield _pitches(survey)
    yield _bars(texts.DENSITY, histograms.of_values([each.notes_per_s for each in survey.pieces]))
    yield _metres(survey)
    yield _bars(texts.TEMPI, histograms.of_values([each.tempo_bpm for each in survey.pieces]))
    sizes = histograms.of_sizes([each.n_tokens for each in report.kept])
    yield _bars(texts.TOKEN_LENGTHS, sizes, sentences.short)


def pitch_name(pitch: float) -> str:
    """`C4` is middle C, MIDI 60."""
    octave, step = divmod(int(pitch), OCTAVE)
    return f"{TONICS[step]}{octave - 1}"


def _pitches(survey: Survey) -> str:
    found = histograms.of_counts(survey.pitches, PITCHES_A_BAR)
    present = [pitch for pitch, count in enumerate(survey.pitches) if count]
    if not present:
        return ""
    lowest, highest = pitch_name(present[0]), pitch_name(present[-1])
    title = say(texts.PITCHES, lowest=lowest, highest=highest)
    names = [f"{pitch_name(low)}–{pitch_name(low + PITCHES_A_BAR - 1)}" for low in found.edges[:-1]]
    marks = [pitch_name(low) if low % OCTAVE == 0 else "" for low in found.edges[:-1]]
    return markup.columns(title, names, found.shares, marks=marks)


def _metres(survey: Survey) -> str:
    found = histograms.of_words([each.metre for each in survey.pieces])
    names = [metre or say(texts.OTHER_METRES) for metre, _ in found]
    return markup.columns(texts.METRES, names, [share for _, share in found]) if found else ""


def _bars(title: str, found: Histogram, number: Callable[[float], str] | None = None) -> str:
    if not found.shares:
        return ""
    write = number or (lambda value: figure(value, ",.4g"))
    edges = [write(edge) if math.isfinite(edge) else "" for edge in found.edges]
    names = [
        f"{low}–{high}" if high else say(texts.AND_MORE, low=low) for low, high in pairwise(edges)
    ]
    every = -(-len(names) // 6)  # as many marks as can be read
    marks = [low if i % every == 0 else "" for i, low in enumerate(edges[:-1])]
    return markup.columns(title, names, found.shares, marks=marks)
