from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from symusic import Note, Score, Tempo, TimeSignature, Track

from midigen.config import DRUMS, Config
from midigen.corpus.prepare import prepare, store_folder
from midigen.corpus.survey import (
    FILE,
    N_PITCHES,
    Survey,
    open_survey,
    pitch_counts,
    read_survey,
    survey_files,
    survey_piece,
)
from midigen.errors import UserError
from tests.conftest import TICKS, make_band, make_score


def one_note(is_drum: bool = False) -> Score:
    score = Score(TICKS)
    score.tracks = [Track(is_drum=is_drum)]
    score.tracks[0].notes.append(Note(0, TICKS, 60, 80))
    return score


def free_score() -> Score:
    """Notes at no beat of the file."""
    chance = np.random.default_rng(0)
    score = Score(TICKS)
    score.tracks = [Track()]
    for onset in np.cumsum(chance.exponential(0.3, 300)):
        score.tracks[0].notes.append(
            Note(round(onset * TICKS), 90, int(chance.integers(60, 80)), 80)
        )
    return score


def test_a_piece_is_described_as_it_was_written() -> None:
    score = make_score(n_bars=8)
    piece = survey_piece("a.mid", score)
    assert (piece.file, piece.metre, piece.on_grid, piece.is_free) == ("a.mid", "4/4", 1.0, False)
    assert piece.tempo_bpm == pytest.approx(96, abs=0.1)
    assert piece.notes_per_s == pytest.approx(score.note_num() / (32 * 60 / 96), abs=0.01)


def test_the_instruments_are_told_down_the_page() -> None:
    assert survey_piece("a.mid", make_band()).programs == (53, 0, 33, DRUMS)
    pieces = [survey_piece(name, make_band()) for name in ("a.mid", "b.mid")]
    found = Survey((*pieces, survey_piece("c.mid", make_score())), (0,) * N_PITCHES)
    assert found.ensembles == [((53, 0, 33, DRUMS), 2), ((0,), 1)]
    assert Survey.from_dict(json.loads(json.dumps(found.to_dict()))) == found


def test_the_tempo_is_the_average_over_all_changes() -> None:
    """One minute at 60 and half a minute at 120 are 120 quarters in a minute and a half."""
    score = Score(TICKS)
    score.tempos = [Tempo(0, 60.0), Tempo(60 * TICKS, 120.0)]
    score.tracks = [Track()]
    score.tracks[0].notes.append(Note(0, 120 * TICKS, 60, 80))
    assert survey_piece("a.mid", score).tempo_bpm == pytest.approx(80, abs=0.1)


@pytest.mark.parametrize(
    ("changes", "metre"),
    [
        ([], "4/4"),
        ([(0, 3, 4)], "3/4"),
        ([(0, 4, 4), (1, 6, 8)], "6/8"),
        ([(0, 4, 4), (31, 6, 8)], "4/4"),
        ([(30, 3, 4)], "4/4"),
        ([(0, 3, 4), (0, 2, 4)], "2/4"),
        ([(0, 3, 4), (999, 5, 4)], "3/4"),
    ],
)
def test_the_metre_is_the_one_that_lasts_longest(
    changes: list[tuple[int, int, int]], metre: str
) -> None:
    """Times in quarters, in a piece of 32; none stated is 4/4."""
    score = make_score(n_bars=8)
    score.time_signatures = [TimeSignature(at * TICKS, n, unit) for at, n, unit in changes]
    assert survey_piece("a.mid", score).metre == metre


def test_one_note_can_be_described() -> None:
    piece = survey_piece("a.mid", one_note())
    assert (piece.on_grid, piece.metre, piece.tempo_bpm) == (1.0, "4/4", 120.0)
    assert piece.notes_per_s == pytest.approx(2)


def test_a_note_without_length_can_be_described() -> None:
    score = one_note()
    score.tracks[0].notes[0].duration = 0
    assert survey_piece("a.mid", score).notes_per_s == 0


def test_drums_have_a_metre_but_no_pitches() -> None:
    drums = one_note(is_drum=True)
    assert survey_piece("a.mid", drums).on_grid == 1
    assert pitch_counts(drums).sum() == 0
    assert pitch_counts(one_note())[60] == 1


def test_a_piece_without_notes_is_refused() -> None:
    with pytest.raises(UserError, match="no notes"):
        survey_piece("a.mid", Score(TICKS))


def test_of_no_files_the_survey_is_empty(tmp_path: Path, config: Config) -> None:
    survey = survey_files(tmp_path, [], config)
    assert (survey.pieces, sum(survey.pitches), survey.free) == ((), 0, ())
    assert Survey.from_dict(survey.to_dict()) == survey


def test_a_set_is_surveyed_once_and_only_what_was_kept(
    tmp_path: Path, midi_folder: Path, config: Config
) -> None:
    free_score().dump_midi(midi_folder / "played.mid")
    make_score(seed=0).dump_midi(midi_folder / "z-copy.mid")
    (midi_folder / "broken.mid").write_bytes(b"MThd nonsense")
    folder = store_folder(tmp_path / "tokens", "set", midi_folder, config)
    report = prepare(midi_folder, folder, config).report()
    assert read_survey(folder) is None
    survey = open_survey(folder, midi_folder, report, config)
    assert [each.file for each in survey.pieces] == [each.file for each in report.kept]
    assert [each.file for each in survey.free] == ["played.mid"]
    assert sum(survey.pitches) >= report.total("n_notes")
    written = (folder / FILE).stat().st_mtime_ns
    assert open_survey(folder, midi_folder, report, config) == survey == read_survey(folder)
    assert (folder / FILE).stat().st_mtime_ns == written


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"format": "midigen-survey-0"}', "null"])
def test_a_survey_that_cannot_be_read_is_made_anew(
    tmp_path: Path, midi_folder: Path, config: Config, content: str
) -> None:
    folder = store_folder(tmp_path / "tokens", "set", midi_folder, config)
    report = prepare(midi_folder, folder, config).report()
    (folder / FILE).write_text(content, encoding="utf-8")
    assert read_survey(folder) is None
    assert len(open_survey(folder, midi_folder, report, config).pieces) == 12
    assert json.loads((folder / FILE).read_text(encoding="utf-8"))["pieces"]


def test_a_file_that_went_away_is_passed_over(
    tmp_path: Path, midi_folder: Path, config: Config
) -> None:
    survey = survey_files(midi_folder, ["gone.mid", "johann/piece-00.mid"], config)
    assert [each.file for each in survey.pieces] == ["johann/piece-00.mid"]
