"""Several instruments from files to a model to files; a band that is small enough to learn."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from midigen.config import GenerationRequest
from midigen.config_file import apply_overrides
from midigen.generation.composer import Piece
from midigen.studio import Studio
from tests.conftest import make_band

KIT = (36, 38, 42)  # what the drummer of `make_band` plays


@pytest.fixture
def pieces(studio: Studio, tmp_path: Path) -> list[Piece]:
    """Composed by a model that learned from a band for some seconds."""
    folder = tmp_path / "band"
    folder.mkdir()
    for seed in range(8):
        make_band(seed, n_bars=4).dump_midi(folder / f"{seed}.mid")
    overrides = [
        *("tokenizer.use_programs=true", "tokenizer.programs=families"),
        *("tokenizer.use_velocities=false", "training.max_steps=120", "training.eval_every=120"),
        *("training.learning_rate=0.01", "training.average_decay=0.9", "model.dropout=0"),
        *("model.hidden_size=48", "training.sequence_length=64", "training.sample_tokens=0"),
    ]
    band = Studio(apply_overrides(studio.config, overrides), studio.workspace)
    band.import_dataset(str(folder))
    for _ in band.train("band", "band"):
        pass
    request = GenerationRequest(bars=4)
    return [band.compose("band", replace(request, seed=seed)) for seed in range(3)]


def test_a_model_of_a_band_writes_for_the_band(pieces: list[Piece]) -> None:
    """Every part sounds, drums on channel 10, and the drummer plays the kit that was heard."""
    parts = {track.name for piece in pieces for track in piece.score.tracks}
    assert {"String ensemble 1", "Piano", "Acoustic bass", "Drums"} <= parts, "one of each family"
    drums = np.concatenate(
        [
            track.notes.numpy()["pitch"]
            for piece in pieces
            for track in piece.score.tracks
            if track.is_drum
        ]
    )
    assert len(drums) > 20
    assert np.isin(drums, KIT).mean() > 0.9
    content = b"".join(piece.score.dumps_midi() for piece in pieces)
    assert any(bytes((0x99, pitch)) in content for pitch in KIT)
