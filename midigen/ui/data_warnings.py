"""What is to be known of a data set before it is learned from, and what to do about it."""

from __future__ import annotations

from midigen.corpus.store import CorpusReport
from midigen.corpus.survey import Survey
from midigen.music.beat_grid import BY_CHANCE
from midigen.music.instruments import numbered
from midigen.studio import Studio
from midigen.ui import texts
from midigen.ui.language import say
from midigen.ui.sentences import count, enumerated, short

# Of what is learned from. 360 chorales with 291,575 tokens make a fair small model
# (benchmarks/README.md); less than a third of that has not been seen to.
FEW_PIECES = 30
FEW_TOKENS = 100_000
SEVERAL = 0.2  # share of pieces with several instruments from which on it is worth a word


def before_training(studio: Studio, dataset: str | None, base: str = "") -> str:
    """What to know before a training starts, as one text; nothing where all is well.

    Args:
        studio: has looked through the data set, or not yet: then nothing is known.
        dataset: a name.
        base: the model to start from, or nothing.
    """
    if dataset not in {each.name for each in studio.datasets()}:
        return ""
    report, survey = studio.report(dataset), studio.known_survey(dataset)
    if report is None:
        return ""
    several = _several_parts(survey) if survey is not None and not base else []
    return " ".join(of_set(report, survey, base) + several)


def of_set(report: CorpusReport, survey: Survey | None, base: str = "") -> list[str]:
    """The same of a data set that was looked through, a sentence or two each.

    Args:
        report: what became of its files.
        survey: what the kept ones are like, if that is known.
        base: the model to start from; few pieces are enough for one.
    """
    if not report.is_enough:
        return [_too_little(report)]
    few = [] if base else _too_few(report)
    return few + (_off_grid(survey) if survey is not None else [])


def _too_little(report: CorpusReport) -> str:
    if not report.kept:
        return say(texts.NO_PIECE)
    if len(report.kept) == 1:
        return say(texts.ONE_PIECE)
    return say(texts.NOTHING_TO_LEARN if report.count("validation") else texts.NOTHING_TO_JUDGE_BY)


def _too_few(report: CorpusReport) -> list[str]:
    learned = [each for each in report.kept if each.split == "train"]
    n_tokens = sum(each.n_tokens for each in learned)
    if len(learned) >= FEW_PIECES and n_tokens >= FEW_TOKENS:
        return []
    pieces = count(len(learned), "piece", "pieces")
    said = say(texts.FEW, pieces=pieces, tokens=short(n_tokens))
    return [f"{said} {say(texts.FEW_HINT)}"]


def _several_parts(survey: Survey) -> list[str]:
    found = [(parts, n) for parts, n in survey.ensembles if len(parts) > 1]
    n, total = sum(n for _, n in found), len(survey.pieces)
    if n < SEVERAL * total or not found:
        return []
    together = enumerated([numbered(part) for part in found[0][0]])
    return [say(texts.SEVERAL_PARTS, n=n, all=total, together=together)]


def _off_grid(survey: Survey) -> list[str]:
    free = survey.free
    if not free:
        return []
    n, most = len(free), free[-1].on_grid
    said = say(texts.OFF_GRID, n=n, all=len(survey.pieces), most=most, chance=BY_CHANCE)
    return [f"{said} {say(texts.OFF_GRID_HINT)}"]
