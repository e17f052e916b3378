from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from symusic import ControlChange, Note, Score, Tempo, Track

from midigen.config import RenderingConfig
from midigen.errors import UserError
from midigen.music.score import duration_s
from midigen.rendering import fluid_synth
from midigen.rendering.arrangement import Arrangement, arrange
from midigen.rendering.audio import render_audio
from tests.conftest import make_score


def pitches(score: Any) -> list[list[int]]:
    return [[note.pitch for note in track.notes] for track in score.tracks]


def test_nothing_asked_changes_nothing() -> None:
    score = make_score()
    assert arrange(score, Arrangement()).dumps_midi() == score.dumps_midi()


def test_tones_are_transposed_and_drums_are_not() -> None:
    score = make_score()
    score.tracks.append(Track(name="Drums", is_drum=True, notes=[Note(0, 100, 36, 90)]))
    before, after = pitches(score), pitches(arrange(score, Arrangement(transpose=-3)))
    assert after[0] == [pitch - 3 for pitch in before[0]]
    assert after[2] == [36]
    assert pitches(score) == before, "the piece itself stays"


def test_a_tempo_scales_all_tempos() -> None:
    score = make_score()
    score.tempos = [Tempo(0, 96.0), Tempo(960, 48.0)]
    fast = arrange(score, Arrangement(tempo_bpm=192.0))
    assert [round(each.qpm) for each in fast.tempos] == [192, 96]
    assert duration_s(fast) == pytest.approx(duration_s(score) / 2, rel=1e-3)


def test_a_piece_without_tempo_is_at_120() -> None:
    score = make_score()
    score.tempos = []
    half = arrange(score, Arrangement(tempo_bpm=60.0))
    assert duration_s(half) == pytest.approx(2 * duration_s(score), rel=1e-3)


def test_each_part_gets_its_instrument_and_name() -> None:
    arranged = arrange(make_score(), Arrangement(instruments={0: 40}))
    assert [(each.program, each.name) for each in arranged.tracks] == [
        (40, "Violin"),
        (0, "Chords"),
    ]


def test_muted_parts_are_left_out() -> None:
    assert [t.name for t in arrange(make_score(), Arrangement(muted=frozenset({0}))).tracks] == [
        "Chords"
    ]
    with pytest.raises(UserError, match="All parts are muted"):
        arrange(make_score(), Arrangement(muted=frozenset({0, 1})))


def test_a_part_is_softer_by_its_controller_and_keeps_its_notes() -> None:
    score = make_score()
    score.tracks[0].controls = [ControlChange(480, 7, 80), ControlChange(0, 64, 127)]
    soft = arrange(score, Arrangement(volumes={0: 25})).tracks
    assert [(each.time, each.number, each.value) for each in soft[0].controls] == [
        (0, 7, 50),
        (0, 64, 127),
        (480, 7, 40),
    ]
    assert soft[0].notes == score.tracks[0].notes
    assert len(soft[1].controls) == len(score.tracks[1].controls)


def test_a_part_at_no_volume_is_left_out() -> None:
    assert len(arrange(make_score(), Arrangement(volumes={0: 0})).tracks) == 1
    with pytest.raises(UserError, match="All parts are muted"):
        arrange(make_score(), Arrangement(volumes={0: 0}, muted=frozenset({1})))


@pytest.mark.parametrize("synth", ["builtin", "fluidsynth"])
def test_half_the_volume_is_half_the_amplitude(
    synth: Literal["builtin", "fluidsynth"], tmp_path: Path
) -> None:
    """The second part comes later and louder, so that the whole is brought to one peak."""
    if synth == "fluidsynth" and not fluid_synth.is_available():
        pytest.skip("FluidSynth is not there")
    score = Score(480)
    score.tempos = [Tempo(0, 120.0)]
    score.tracks = [
        Track("Soft", 0, False, [Note(0, 960, 60, 70)]),
        Track("Loud", 0, False, [Note(5760, 960, 48, 120), Note(5760, 960, 60, 120)]),
    ]
    rms = {}
    for percent in (100, 50):
        arranged = arrange(score, Arrangement(volumes={0: percent}))
        audio = render_audio(arranged, RenderingConfig(synth=synth), tmp_path)
        first = audio.samples[: 2 * audio.sample_rate_hz]
        rms[percent] = float(np.sqrt(np.mean(first**2)))
    assert rms[50] / rms[100] == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize(
    "values",
    [
        {"transpose": 25},
        {"transpose": 0.5},
        {"transpose": True},
        {"tempo_bpm": float("nan")},
        {"tempo_bpm": 5.0},
        {"volumes": {0: 101}},
        {"volumes": {0: 0.5}},
        {"instruments": {0: 128}},
        {"instruments": {0: "violin"}},
    ],
)
def test_impossible_wishes_are_refused(values: dict[str, Any]) -> None:
    with pytest.raises(UserError):
        Arrangement(**values)
