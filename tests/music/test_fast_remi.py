"""The ids are MidiTok's own, for every kind of alphabet and for music that nobody would write."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from miditok.constants import CHORD_MAPS
from numpy.random import Generator
from symusic import Note, Score, Tempo, TimeSignature, Track

from benchmarks.same_tokens import by_arrays, by_miditok, for_miditok
from midigen.config import TokenizerConfig
from midigen.music.tokenizer import ScoreTokenizer
from tests.conftest import TOKENIZER_OPTIONS, make_band, make_score

# Grids that are not divisible by the others; all that is told in time at once, and none of it.
MORE_OPTIONS: list[dict[str, Any]] = [
    {"positions_per_beat": 3, "max_duration_beats": 1, "use_tempos": True, "use_rests": True},
    {"positions_per_beat": 16, "max_duration_beats": 5, "velocities": 3, "use_rests": True},
    {"use_programs": True, "use_tempos": True, "tempos": 3, "use_chords": True, "use_rests": True},
    {"use_time_signatures": False, "use_velocities": False, "use_tempos": True, "use_rests": True},
    {"pitch_low": 60, "pitch_high": 61, "use_chords": True, "use_rests": True},
]
N_SCORES = 25  # of each alphabet
TICKS = (1, 7, 12, 24, 96, 220, 480)


def random_score(chance: Generator) -> Score:
    """Notes off and on the grid, chords, silences, metres and tempi in mid-bar, crossing parts."""
    score = Score(int(chance.choice(TICKS)))
    beat = score.ticks_per_quarter
    span = int(chance.choice([1, 4, 40, 120])) * beat
    score.tracks = [random_track(chance, beat, span) for _ in range(chance.integers(1, 5))]
    score.time_signatures = [
        TimeSignature(tick, int(chance.integers(1, 14)), int(chance.choice([2, 4, 4, 8, 8, 16])))
        for tick in random_ticks(chance, span + 5 * beat)
    ]
    score.tempos = [
        Tempo(tick, float(chance.choice([30, 60, 119.7, 120, chance.uniform(20, 400)])))
        for tick in random_ticks(chance, span)
    ]
    return score


def random_track(chance: Generator, beat: int, span: int) -> Track:
    step = max(1, beat // int(chance.choice([1, 4, 12, 24, beat])))
    kinds = list(CHORD_MAPS.values())
    times, durations, pitches = [], [], []
    for tick in np.sort(chance.integers(0, span + 1, chance.choice([0, 1, 3, 60]))) // step * step:
        chord = kinds[chance.integers(len(kinds))] if chance.random() < 0.4 else (0,)
        pitch = int(chance.choice([chance.integers(128), chance.integers(60, 72)]))
        duration = chance.integers(0, chance.choice([2, beat + 1, 30 * beat]))
        for interval in chord:
            late, longer = (int(chance.random() < 0.1), int(chance.random() < 0.1))
            times.append(tick + late)
            durations.append(duration + longer * beat)
            pitches.append(min(127, pitch + interval))
    track = Track(program=int(chance.choice([0, 0, 40, 53])), is_drum=bool(chance.random() < 0.2))
    track.notes = Note.from_numpy(
        time=np.array(times, dtype=np.int32),
        duration=np.array(durations, dtype=np.int32),
        pitch=np.array(pitches, dtype=np.int8),
        velocity=chance.integers(1, 128, len(times)).astype(np.int8),
    )
    return track


def random_ticks(chance: Generator, end: int) -> list[int]:
    ticks = sorted(chance.integers(0, end + 1, chance.choice([0, 1, 2, 12])).tolist())
    return [0, *ticks[1:]] if ticks and chance.random() < 0.5 else ticks


@pytest.mark.parametrize("options", [*TOKENIZER_OPTIONS, *MORE_OPTIONS], ids=str)
def test_random_music_is_spelled_as_miditok_does(options: dict[str, Any]) -> None:
    tokenizer = ScoreTokenizer(TokenizerConfig(**options))
    chance, n_compared = np.random.default_rng(7), 0
    written = [make_score(seed=3, n_bars=20), make_band(seed=4)]
    for score in [*written, *(random_score(chance) for _ in range(N_SCORES))]:
        wanted = by_miditok(tokenizer, for_miditok(tokenizer, score))
        if tokenizer.is_pitch[wanted].any():
            assert np.array_equal(by_arrays(tokenizer, score), wanted)
            n_compared += 1
    assert n_compared > N_SCORES // 4


def test_the_tokenizer_says_each_program_once_and_nothing_else_is_different() -> None:
    tokenizer = ScoreTokenizer(TokenizerConfig(use_programs=True, use_endings=False))
    chance = np.random.default_rng(8)
    for score in [make_band(), *(random_score(chance) for _ in range(N_SCORES))]:
        wanted, playing = [], ""
        for token in by_miditok(tokenizer, for_miditok(tokenizer, score)):
            word = tokenizer.vocabulary[token]
            if word != playing:
                wanted.append(token)
            if word.startswith("Program"):
                playing = word
            elif word.startswith(("Bar", "Position")):
                playing = ""
        if tokenizer.is_pitch[wanted].any():
            ids = tokenizer.encode(score)
            assert ids[1:-1].tolist() == wanted


def test_rests_are_no_finer_than_the_grid() -> None:
    """MidiTok refuses a grid that is coarser than its eighths of a beat."""
    tokenizer = ScoreTokenizer(TokenizerConfig(positions_per_beat=2, use_rests=True))
    score = Score(480)
    score.tracks.append(Track(notes=[Note(0, 480, 60, 64), Note(1920, 480, 62, 64)]))
    words = [tokenizer.vocabulary[i] for i in tokenizer.encode(score)]
    assert [word for word in words if word.startswith(("Rest", "Pitch"))] == [
        *("Pitch_60", "Rest_3.0.2", "Pitch_62")
    ]


@pytest.mark.parametrize(("low", "high"), [(0, 127), (89, 127), (0, 26)])
def test_any_range_of_pitches_makes_an_alphabet(low: int, high: int) -> None:
    """MidiTok takes 127 as the last one that can be asked for, and drums lie from 27 to 88."""
    tokenizer = ScoreTokenizer(TokenizerConfig(pitch_low=low, pitch_high=high, use_programs=True))
    score = Score(480)
    score.tracks.append(Track(notes=[Note(0, 480, pitch, 64) for pitch in (low, high)]))
    decoded = tokenizer.decode(tokenizer.encode(score))
    assert [note.pitch for note in decoded.tracks[0].notes] == [low, high]
