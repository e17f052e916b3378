"""Data sets and their files as rows of tables."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from midigen.corpus.datasets import Dataset, LeftOut
from midigen.corpus.store import CorpusReport, FileReport
from midigen.corpus.survey import Survey
from midigen.music.beat_grid import BY_CHANCE
from midigen.run_summary import RunSummary
from midigen.ui import sentences, texts
from midigen.ui.language import figure, say, say_message

Row = list[str]


def set_row(dataset: Dataset, report: CorpusReport | None) -> Row:
    """One data set; see `texts.SET_COLUMNS`."""
    found = dataset.n_files + dataset.n_left_out
    if report is None:
        return [dataset.name, dataset.source, figure(found, ","), "", "", "", ""]
    left_out = len(report.left_out) + dataset.n_left_out
    return [
        dataset.name,
        dataset.source,
        figure(found, ","),
        figure(len(report.kept), ","),
        figure(left_out, ","),
        figure(report.total("duration_s") / 3600, ".1f"),
        sentences.short(report.total("n_tokens")),
    ]


def run_row(run: RunSummary) -> Row:
    """One run; see `texts.RUN_COLUMNS`."""
    changes = ", ".join(
        f"{name.partition('.')[2]}={_written(value)}" for name, value in run.settings.items()
    )
    return [
        run.name,
        run.dataset,
        say(texts.STATE_NAMES[run.status.state]),
        figure(run.steps, ",") if run.steps else "",
        _figure_if_known(run.validation_loss, ".3f"),
        _figure_if_known(run.bits_per_note, ".2f"),
        _figure_if_known(run.cached_bits_per_note, ".2f"),
        sentences.duration(run.seconds) if run.seconds is not None else "",
        time.strftime("%Y-%m-%d %H:%M", time.localtime(run.changed_at)),
        changes,
    ]


def file_rows(
    dataset: Dataset, report: CorpusReport | None, survey: Survey | None, shown: str
) -> list[Row]:
    """The files of a data set; see `texts.FILE_COLUMNS`.

    Args:
        dataset: knows what was left out when it was imported.
        report: knows what became of the rest.
        survey: knows which of the kept ones are played freely, if anybody looked.
        shown: a key of `texts.FILTERS`.
    """
    free = {each.file: each.on_grid for each in survey.free} if survey is not None else {}
    kept = report.kept if report is not None else ()
    match shown:
        case texts.KEPT:
            return [_kept(each, free) for each in kept]
        case texts.OFF_THE_GRID:
            return [_kept(each, free) for each in kept if each.file in free]
        case texts.DOUBLES:
            return [_refused(each) for each in report.doubles] if report is not None else []
        case texts.LEFT_OUT:
            return _left_out(dataset, report)
        case _:
            return _left_out(dataset, report) + [_kept(each, free) for each in kept]


def summary(dataset: Dataset, report: CorpusReport) -> Sequence[tuple[str, str]]:
    """The figures of a prepared data set."""
    left_out = len(report.left_out) + dataset.n_left_out
    return [
        (texts.PIECES_KEPT, figure(len(report.kept), ",")),
        (texts.FILES_LEFT_OUT, figure(left_out, ",")),
        (texts.DUPLICATES, figure(len(report.doubles), ",")),
        (texts.NOTES, sentences.short(report.total("n_notes"))),
        (texts.LENGTH, sentences.duration(report.total("duration_s"))),
        (texts.TOKENS_IN_ALL, sentences.short(report.total("n_tokens"))),
        (
            texts.TRAIN_AND_VALIDATION,
            f"{figure(report.count('train'), ',')} / {figure(report.count('validation'), ',')}",
        ),
    ]


def _left_out(dataset: Dataset, report: CorpusReport | None) -> list[Row]:
    refused = [_refused(each) for each in dataset.left_out]
    return refused + [_refused(each) for each in (report.left_out if report is not None else ())]


def _refused(each: LeftOut | FileReport) -> Row:
    return [each.file, say(texts.LEFT_OUT), say_message(each.reason), "", "", ""]


def _kept(each: FileReport, free: Mapping[str, float]) -> Row:
    part = say(texts.PARTS[each.split])
    if each.file in free:
        share = free[each.file]
        part = say(texts.FREE_PIECE, part=part, share=share, chance=BY_CHANCE)
    return [
        each.file,
        say(texts.KEPT),
        part,
        figure(each.n_notes, ","),
        figure(each.n_tokens, ","),
        sentences.clock(each.duration_s),
    ]


def _figure_if_known(number: float | None, form: str) -> str:
    return "" if number is None else figure(number, form)


def _written(value: object) -> str:
    """A value of a setting as `config.yaml` has it."""
    words = {None: "null", True: "true", False: "false"}
    return words[value] if value is None or isinstance(value, bool) else f"{value}"
