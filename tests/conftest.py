"""Tiny real objects that all tests share: melodies, a folder of MIDI, small settings, a model."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from symusic import Note, Score, Tempo, TimeSignature, Track

from midigen.config import Config, ModelConfig, TrainingConfig
from midigen.config_file import apply_overrides
from midigen.studio import Studio
from midigen.workspace import Workspace

TICKS = 480
# What changes the spelling: each alone, and none of them.
TOKENIZER_OPTIONS: list[dict[str, Any]] = [
    {},
    {"use_tempos": True},
    {"use_chords": True},
    {"use_rests": True},
    {"use_velocities": False},
    {"use_time_signatures": False},
    {"use_programs": True},
    {"use_endings": False},
    {"styles": "Bach,Satie"},
    {"use_programs": True, "programs": "53, 0, drums", "use_velocities": False},
    {"use_programs": True, "programs": "families", "use_rests": True, "use_chords": True},
]
C_MAJOR = (60, 62, 64, 65, 67, 69, 71, 72)


def make_score(seed: int = 0, n_bars: int = 8, tonic: int = 60) -> Score:
    """A melody in quarters and eighths over held chords; it begins and ends on the tonic."""
    chance = random.Random(seed)
    score = Score(TICKS)
    score.tempos = [Tempo(0, 96.0)]
    score.time_signatures = [TimeSignature(0, 4, 4)]
    melody, chords = Track(name="Melody"), Track(name="Chords")
    shift = tonic - 60
    for bar in range(n_bars):
        start, end = bar * 4 * TICKS, (bar + 1) * 4 * TICKS
        is_edge = bar in (0, n_bars - 1)
        root = 0 if is_edge else chance.choice((0, 3, 4, 5))
        for degree in (root, root + 2, root + 4):
            pitch = C_MAJOR[degree % 7] - 12 + 12 * (degree // 7) + shift
            chords.notes.append(Note(start, 4 * TICKS, pitch, 60))
        tick = start
        while tick < end:
            length = TICKS if tick % TICKS or chance.random() < 0.5 else TICKS // 2
            length = min(length, end - tick)
            pitch = 72 if is_edge else chance.choice(C_MAJOR) + 12
            melody.notes.append(Note(tick, length, pitch + shift, chance.choice((70, 90))))
            tick += length
    score.tracks = [melody, chords]
    return score


def make_band(seed: int = 0, n_bars: int = 8) -> Score:
    """The same song sung to a piano, with a bass guitar and drums; tracks in no order."""
    song = make_score(seed, n_bars)
    voice, piano = song.tracks
    voice.program, voice.name = 53, "Voice"
    bass, drums = Track(name="Bass", program=33), Track(name="Drums", is_drum=True)
    for beat in range(4 * n_bars):
        bass.notes.append(Note(beat * TICKS, TICKS, 36 + 7 * (beat % 2), 80))
        drums.notes.append(Note(beat * TICKS, TICKS // 4, 38 if beat % 2 else 36, 90))
        for eighth in (0, TICKS // 2):
            drums.notes.append(Note(beat * TICKS + eighth, TICKS // 4, 42, 60))
    song.tracks = [drums, piano, bass, voice]
    return song


@pytest.fixture
def score() -> Score:
    return make_score()


@pytest.fixture
def midi_folder(tmp_path: Path) -> Path:
    """Twelve small pieces in two composers' folders."""
    folder = tmp_path / "my-midi"
    for i in range(12):
        path = folder / ("anna" if i % 2 else "johann") / f"piece-{i:02d}.mid"
        path.parent.mkdir(parents=True, exist_ok=True)
        make_score(seed=i, tonic=60 + i % 5).dump_midi(path)
    return folder


@pytest.fixture
def config() -> Config:
    return small_config()


def small_config() -> Config:
    """Settings small enough to train within a second."""
    return replace(
        apply_overrides(
            Config(), ["preprocessing.workers=1", "preprocessing.validation_share=0.2"]
        ),
        model=ModelConfig(embedding_size=16, hidden_size=24, n_layers=2, dropout=0.1),
        training=TrainingConfig(
            batch_size=4,
            sequence_length=32,
            max_steps=12,
            eval_every=6,
            checkpoint_every=6,
            log_every=2,
            warmup_steps=2,
            sample_tokens=40,
            threads=1,
            tensorboard=False,
        ),
    )


@pytest.fixture
def studio(tmp_path: Path, config: Config) -> Studio:
    """A studio in an empty workspace."""
    return Studio(config, Workspace(tmp_path / "workspace"))


@pytest.fixture
def trained(studio: Studio, midi_folder: Path) -> Studio:
    """A studio with the data set `my-midi` and the model `tiny`."""
    studio.import_dataset(str(midi_folder))
    for _ in studio.train("tiny", "my-midi"):
        pass
    return studio
