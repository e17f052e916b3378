"""The model that comes with midigen plays at once, and says what it is."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from midigen.bundle import load_bundle
from midigen.config import DataConfig, GenerationRequest
from midigen.evaluation.copy_check import FINGERPRINTS, CopyIndex
from midigen.evaluation.review import check_shipped
from midigen.generation.composer import Piece
from midigen.music.key import pitch_class_weights
from midigen.music.measures import measure
from midigen.music.score import n_bars_begun, read_score
from midigen.runs import Run

FOLDER = Path(__file__).parent.parent / "models" / "classical-piano"
LARGEST_BYTES = 10_000_000  # what a Hugging Face Space takes without Git LFS
C_MAJOR_OR_A_MINOR = (0, 2, 4, 5, 7, 8, 9, 11)  # with the leading tone of A minor


def test_its_files_are_small() -> None:
    files = {path.name: path.stat().st_size for path in FOLDER.iterdir() if path.name[0] != "."}
    shipped = {"config.yaml", "tokenizer.json", "model.safetensors", "card.json", "evaluation.json"}
    assert shipped <= set(files)
    assert max(files[name] for name in shipped) <= LARGEST_BYTES


def test_its_three_examples_are_what_it_composes() -> None:
    """Each lies there with its request; asked again, the model writes as many bars and notes."""
    examples = Run(FOLDER).examples()
    assert [path.stem for path in examples] == ["example-1", "example-2", "example-3"]
    composer = load_bundle(FOLDER).composer()
    for path in examples:
        told = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        assert (told["model"], told["tokenizer"]) == (
            "classical-piano",
            composer.tokenizer.fingerprint,
        )
        measured = measure(read_score(path, DataConfig()))
        assert not measured.is_collapsed
        assert measured.scale_share > 0.8
        assert told["notes"] > 150
        again = composer.compose(GenerationRequest(**told["request"]))
        assert again.score.note_num() == told["notes"]


def test_its_pieces_can_be_checked_for_copies_where_its_data_are_not() -> None:
    example = read_score(Run(FOLDER).examples()[0], DataConfig())
    found = check_shipped(example, FOLDER)
    assert found is not None
    assert found.baseline is not None
    assert len(found.baseline.runs) == 95
    assert not found.is_unusual
    index = CopyIndex.load(FOLDER / FINGERPRINTS)
    assert len(index.files) == 857


def test_its_evaluation_is_that_of_its_card() -> None:
    """And it holds what was asked of it: nothing silent, nothing collapsed, no long copies."""
    figures = Run(FOLDER).evaluations()["test"]
    card = load_bundle(FOLDER).card
    assert figures["nats_per_token"] == card["test_nats_per_token"]
    composed = figures["composed"]
    assert (composed["pieces"], composed["silent"], composed["collapsed"]) == (100, 0, 0)
    assert composed["copied_run_95th_percentile"] <= composed["real_run_95th_percentile"]


def test_its_card_names_data_licence_split_and_figures() -> None:
    card = load_bundle(FOLDER).card
    for fact in ("data_source", "data_licence", "attribution", "split", "command", "weaknesses"):
        assert len(card[fact]) > 20, fact
    assert card["test_nats_per_token"] < 0.6 * card["test_fivegram_nats_per_token"]


@pytest.fixture(scope="module")
def pieces() -> list[Piece]:
    composer = load_bundle(FOLDER).composer()
    return [composer.compose(GenerationRequest(seed=seed, bars=16)) for seed in range(10)]


def test_it_writes_music_that_moves(pieces: list[Piece]) -> None:
    for piece in pieces:
        notes = piece.score.tracks[0].notes.numpy()
        assert 8 <= n_bars_begun(piece.score) <= 16
        assert len(notes["pitch"]) > 60
        assert len(np.unique(notes["pitch"])) > 12, "it does not keep to one note"


def test_it_writes_in_the_keys_that_it_learned(pieces: list[Piece]) -> None:
    """It modulates, as real pieces do, so one piece alone may stand elsewhere."""
    weights = np.sum([pitch_class_weights(piece.score) for piece in pieces], axis=0)
    assert weights[list(C_MAJOR_OR_A_MINOR)].sum() / weights.sum() > 0.8


def test_it_plays_with_expression(pieces: list[Piece]) -> None:
    """The first one wrote most pieces at one loudness."""
    spreads = [piece.score.tracks[0].notes.numpy()["velocity"].std() for piece in pieces]
    assert np.median(spreads) > 5
