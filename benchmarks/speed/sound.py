"""From notes to sound: seconds of piano for a second of CPU time."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks.speed.measuring import Row, by_turns, row
from midigen.config import DataConfig, RenderingConfig
from midigen.music.score import read_score
from midigen.rendering import fluid_synth
from midigen.rendering.audio import render_audio

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "models" / "classical-piano" / "examples" / "example-1.mid"
FLOORS = ((RenderingConfig(synth="builtin"), 100), (RenderingConfig(synth="fluidsynth"), 50))


def rows(rounds: int) -> Iterator[Row]:
    """The synthesizers that are here, on an example of the shipped model."""
    score = read_score(EXAMPLE, DataConfig())
    for config, floor in FLOORS:
        if config.synth == "fluidsynth" and not fluid_synth.is_available():
            continue
        play = partial(render_audio, score, config, ROOT / "soundfonts")
        audio = play()
        (taken,) = by_turns(play, rounds=rounds)
        yield row(
            f"{audio.duration_s:.0f} s of piano played by {audio.synth}, against real time",
            [audio.duration_s / each for each in taken],
            floor,
            note=audio.soundfont,
        )
