from __future__ import annotations

from pathlib import Path

import pytest

from midigen.config import Split
from midigen.corpus.store import CorpusReport, FileReport
from midigen.corpus.survey import N_PITCHES, Survey, SurveyedPiece
from midigen.errors import UserError
from midigen.studio import Studio
from midigen.ui import texts
from midigen.ui.data_warnings import before_training, of_set
from midigen.ui.language import speaking
from tests.conftest import make_band, make_score


def report(n_train: int, n_validation: int, n_tokens: int = 10_000) -> CorpusReport:
    splits: list[Split] = ["train"] * n_train + ["validation"] * n_validation
    return CorpusReport(
        tuple(
            FileReport(f"{i}.mid", kept=True, split=split, n_notes=100, n_tokens=n_tokens)
            for i, split in enumerate(splits)
        )
    )


def survey(*on_grid: float) -> Survey:
    pieces = (
        SurveyedPiece(f"{i}.mid", each, 4, "4/4", 120, (0,)) for i, each in enumerate(on_grid)
    )
    return Survey(tuple(pieces), (0,) * N_PITCHES)


def test_of_enough_music_on_the_beat_there_is_nothing_to_say() -> None:
    assert of_set(report(100, 10), survey(1.0, 0.9, 0.75)) == []
    assert of_set(report(100, 10), None) == []


@pytest.mark.parametrize(
    ("n_train", "n_validation", "said"),
    [
        (0, 0, texts.NO_PIECE),
        (0, 1, texts.ONE_PIECE),
        (1, 0, texts.ONE_PIECE),
        (5, 0, texts.NOTHING_TO_JUDGE_BY),
        (0, 5, texts.NOTHING_TO_LEARN),
    ],
)
@pytest.mark.parametrize("base", ["", "classical-piano"])
def test_what_cannot_be_trained_on_is_said_alone(
    n_train: int, n_validation: int, said: str, base: str
) -> None:
    assert of_set(report(n_train, n_validation), survey(0.5), base) == [said]


@pytest.mark.parametrize(("n_train", "n_tokens"), [(29, 10_000), (100, 500)])
def test_little_to_learn_from_is_said_unless_a_model_goes_on(n_train: int, n_tokens: int) -> None:
    (said,) = of_set(report(n_train, 3, n_tokens), None)
    assert said.startswith(f"Little to learn from: {n_train} pieces with ")
    assert "Teach them to a trained model" in said
    assert of_set(report(n_train, 3, n_tokens), None, "classical-piano") == []


def test_free_playing_is_counted_beside_what_chance_gives() -> None:
    (said,) = of_set(report(100, 10), survey(0.52, 1.0, 0.6, 0.75))
    assert "in 2 of 4 pieces: no more than 60%" in said
    assert "chance alone would bring 50%" in said


def test_it_is_said_in_russian_too() -> None:
    with speaking("ru"):
        (said,) = of_set(report(2, 1), None)
    assert said.startswith("Мало данных для обучения (2 пьесы, токенов — 20 тыс.). Новая модель")


def test_before_training_nothing_is_said_of_what_nobody_knows(
    studio: Studio, midi_folder: Path
) -> None:
    assert before_training(studio, None) == before_training(studio, "../models") == ""
    studio.import_dataset(str(midi_folder))
    assert before_training(studio, "my-midi") == ""
    studio.prepare("my-midi")
    assert "Little to learn from: 10 pieces" in before_training(studio, "my-midi")
    assert before_training(studio, "my-midi", "a-model") == ""


def test_before_training_a_set_of_one_piece_is_known_to_be_too_small(
    studio: Studio, tmp_path: Path
) -> None:
    (tmp_path / "one").mkdir()
    make_score().dump_midi(tmp_path / "one" / "piece.mid")
    studio.import_dataset(str(tmp_path / "one"))
    with pytest.raises(UserError):
        studio.prepare("one")
    assert before_training(studio, "one") == texts.ONE_PIECE


def test_before_training_several_instruments_are_pointed_out(
    studio: Studio, tmp_path: Path
) -> None:
    """Who does not know the choice would have all of it learned as one piano."""
    for i in range(6):
        (tmp_path / "songs").mkdir(exist_ok=True)
        make_band(i, n_bars=4).dump_midi(tmp_path / "songs" / f"{i}.mid")
    studio.import_dataset(str(tmp_path / "songs"))
    studio.prepare("songs")
    studio.survey("songs")
    said = before_training(studio, "songs")
    assert "In 6 of 6 pieces several instruments play (Voice oohs (53), Piano (0)" in said
    assert "several instruments" not in before_training(studio, "songs", base="tiny")
