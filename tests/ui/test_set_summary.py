from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from midigen.config import DRUMS
from midigen.corpus.datasets import Dataset
from midigen.corpus.store import CorpusReport, FileReport
from midigen.corpus.survey import N_PITCHES, Survey, SurveyedPiece
from midigen.ui import texts
from midigen.ui.language import speaking
from midigen.ui.set_summary import as_html, of_instruments, pitch_name
from tests.ui.test_data_warnings import report

DATASET = Dataset("mine", Path("mine"), "your <own> files", 3)


def survey(n: int) -> Survey:
    counts = [0] * N_PITCHES
    counts[60] = n
    pieces = (SurveyedPiece(f"{i}.mid", 1.0, 4.0 + i, "3/4", 90, (0,)) for i in range(n))
    return Survey(tuple(pieces), tuple(counts))


def test_before_anybody_looked_that_is_said() -> None:
    assert texts.NOT_PREPARED in as_html(DATASET, None, None)


def test_a_set_has_words_figures_and_five_pictures() -> None:
    shown = as_html(DATASET, report(9, 1), survey(10))
    assert "your &lt;own&gt; files" in shown
    assert "Little to learn from: 9 pieces" in shown
    assert shown.count("<figure") == 5
    assert "Pitches (C4 to C4), share of notes" in shown
    assert "C4–D4: 100%" in shown
    assert "3/4: 100%" in shown


def test_a_set_that_nobody_surveyed_has_no_pictures() -> None:
    shown = as_html(DATASET, report(9, 1), None)
    assert "<figure" not in shown
    assert "<dd>10</dd>" in shown


def test_of_one_piece_everything_can_be_drawn() -> None:
    assert as_html(DATASET, report(1, 0), survey(1)).count("<figure") == 5


def test_where_nothing_was_kept_there_is_nothing_to_draw() -> None:
    nothing = CorpusReport((FileReport("a.mid", kept=False, reason="it is empty"),))
    shown = as_html(DATASET, nothing, survey(0))
    assert texts.NO_PIECE in shown
    assert "<figure" not in shown


def test_where_all_notes_are_drums_the_other_pictures_are_there() -> None:
    drums = Survey(survey(3).pieces, (0,) * N_PITCHES)
    assert as_html(DATASET, report(2, 1), drums).count("<figure") == 4


@pytest.mark.parametrize(("pitch", "name"), [(60, "C4"), (21, "A0"), (108, "C8"), (0, "C-1")])
def test_pitches_have_names(pitch: int, name: str) -> None:
    assert pitch_name(pitch) == name


def test_the_instruments_are_told_with_the_numbers_that_can_be_asked_for() -> None:
    songs = [replace(each, programs=(53, 0)) for each in survey(3).pieces]
    band = [replace(each, programs=(53, 33, DRUMS)) for each in survey(1).pieces]
    found = Survey((*songs, *band), survey(1).pitches)
    assert of_instruments(found) == (
        "Instruments: Voice oohs (53) and Piano (0) in 3 of 4 pieces; besides, "
        "Fingered bass (33) in 1, Drums in 1."
    )
    assert of_instruments(survey(2)) == "Instruments: Piano (0) in 2 of 2 pieces."
    with speaking("ru"):
        assert of_instruments(survey(2)) == "Инструменты: Piano (0) — пьес 2 из 2."
