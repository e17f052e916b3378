"""The second model that comes with midigen: songs for voice and piano."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from midigen.bundle import load_bundle
from midigen.config import DataConfig, GenerationRequest
from midigen.evaluation.review import check_shipped
from midigen.generation.composer import Composer
from midigen.music.part_measures import measure_parts
from midigen.music.score import read_score
from midigen.runs import Run
from midigen.studio import SHIPPED

FOLDER = Path(__file__).parent.parent / "models" / SHIPPED[1]
LARGEST_BYTES = 10_000_000  # of the whole folder
VOICE, PIANO = 53, 0


@pytest.fixture(scope="module")
def composer() -> Composer:
    return load_bundle(FOLDER).composer()


def test_it_is_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.rglob("*")) <= LARGEST_BYTES


def test_its_examples_are_what_it_composes(composer: Composer) -> None:
    examples = Run(FOLDER).examples()
    assert [path.stem for path in examples] == ["example-1", "example-2", "example-3"]
    for path in examples:
        told = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        assert (told["model"], told["tokenizer"]) == (SHIPPED[1], composer.tokenizer.fingerprint)
        parts = measure_parts(read_score(path, DataConfig())).parts
        assert list(parts) == [VOICE, PIANO]
        assert min(each.n_notes for each in parts.values()) > 20
        again = composer.compose(GenerationRequest(**told["request"]))
        assert again.score.note_num() == told["notes"]
    assert check_shipped(read_score(examples[0], DataConfig()), FOLDER) is not None


def test_the_voice_sings_one_note_at_a_time_within_its_range(composer: Composer) -> None:
    pieces = [composer.compose(GenerationRequest(seed=seed, bars=16)) for seed in range(8)]
    parts = [measure_parts(composer.tokenizer.decode(piece.ids)).parts for piece in pieces]
    sung = [each[VOICE] for each in parts if VOICE in each]
    assert len(sung) >= 5, "of 60 pieces 53 had a voice"
    pitches = np.concatenate([each.pitches for each in sung])
    assert ((pitches >= 55) & (pitches <= 84)).mean() > 0.95, "in C major or A minor"
    assert np.mean([each.monophony for each in sung]) > 0.8
    assert all(PIANO in each for each in parts)


def test_its_card_names_data_licence_split_and_figures() -> None:
    card = load_bundle(FOLDER).card
    for fact in ("data_source", "attribution", "split", "command", "weaknesses"):
        assert len(card[fact]) > 20, fact
    assert "CC0" in card["data_licence"]
    assert card["test_nats_per_token"] < 0.75 * card["test_fivegram_nats_per_token"]
    assert Run(FOLDER).evaluations()["test"]["nats_per_token"] == card["test_nats_per_token"]
