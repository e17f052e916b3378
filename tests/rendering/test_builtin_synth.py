from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from midigen.rendering import builtin_synth, fluid_synth
from midigen.rendering.performance import perform
from midigen.rendering.soundfont_file import SoundfontFile
from tests.rendering.conftest import note_score


@pytest.mark.parametrize("program", [0, 19, 73])
@pytest.mark.parametrize("velocity", [50, 110])
def test_it_is_as_loud_as_fluidsynth(program: int, velocity: int, wheel_soundfont: Path) -> None:
    """FluidSynth's gain is 0.2, which is 14 dB less; its reverb adds one or two."""
    if not fluid_synth.is_available():
        pytest.skip("libfluidsynth or pyfluidsynth is not installed")
    soundfont = SoundfontFile(wheel_soundfont)
    for pitch in (45, 60, 76):
        score = perform(note_score((0, 1, pitch, velocity), program=program))
        ours, theirs = (
            synth.play(score, soundfont, 44_100, 44_100) for synth in (builtin_synth, fluid_synth)
        )
        ours_db, theirs_db = (
            20 * np.log10(np.sqrt((each[4_410:] ** 2).mean())) for each in (ours, theirs)
        )
        assert ours_db - theirs_db == pytest.approx(13, abs=2)


def test_a_note_behind_the_end_is_cut(sine: Path) -> None:
    score = perform(note_score((0, 1, 69, 100), (2, 1, 69, 100)))
    sound = builtin_synth.play(score, SoundfontFile(sine), 44_100, 1_000)
    assert sound.shape == (1_000, 2)
    assert np.abs(sound).max() > 0.01


def test_a_long_note_repeats_its_loop_without_a_seam(sine: Path) -> None:
    """The recording lasts 0.09 s; a wrong loop by one frame would show as a jump."""
    score = perform(note_score((0, 3, 69, 127)))
    sound = builtin_synth.play(score, SoundfontFile(sine), 44_100, 3 * 44_100)[1_000:130_000, 0]
    steepest = np.abs(sound).max() * 2 * np.pi * 441 / 44_100
    assert np.abs(np.diff(sound)).max() == pytest.approx(steepest, rel=0.01)
