from __future__ import annotations

import builtins
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from symusic import ControlChange, Score, Tempo, Track

from midigen.config import RenderingConfig
from midigen.errors import UserError
from midigen.rendering import builtin_synth, fluid_synth
from midigen.rendering.audio import Audio, master, render_audio
from midigen.rendering.performance import perform
from midigen.rendering.soundfont_file import SoundfontFile
from tests.rendering.conftest import note_score, write_soundfont

NO_FOLDER = Path("no such folder")
A4, C4 = 69, 60


def rendered(score: Score, config: RenderingConfig, **knobs: Any) -> Audio:
    return render_audio(score, replace(config, **knobs), NO_FOLDER)


def frequency_hz(audio: Audio, around_hz: float) -> float:
    """The strongest within a third of `around_hz`, over the first second after the attack."""
    rate = audio.sample_rate_hz
    sound = audio.samples[rate // 10 : rate].sum(axis=1)
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)), n=1 << 18))
    hz = np.fft.rfftfreq(1 << 18, 1 / rate)
    spectrum[(hz < around_hz * 0.75) | (hz > around_hz * 1.33)] = 0
    return float(hz[spectrum.argmax()])


def rms(samples: npt.NDArray[np.float32]) -> float:
    return float(np.sqrt((samples.astype(np.float64) ** 2).mean()))


@pytest.mark.parametrize("rate", [22_050, 44_100, 48_000])
def test_a4_has_440_hz(synth: str, rate: int, wheel_soundfont: Path) -> None:
    """Also where the soundfont names the pitch in a generator and 60 in the sample's header.

    symusic's synthesizer reads the header alone, and plays this A at 1656 Hz.
    """
    config = RenderingConfig(
        synth=synth, soundfont=str(wheel_soundfont), sample_rate_hz=rate, tail_s=0
    )
    audio = rendered(note_score((0, 1, A4, 100)), config)
    assert frequency_hz(audio, 440) == pytest.approx(440, abs=3)


@pytest.mark.parametrize(("pitch", "hz"), [(57, 220.5), (69, 441.0), (81, 882.0), (70, 467.2)])
def test_keys_are_semitones_apart(
    synth: str, config: RenderingConfig, pitch: int, hz: float
) -> None:
    audio = rendered(note_score((0, 1, pitch, 100)), config, synth=synth)
    assert frequency_hz(audio, hz) == pytest.approx(hz, abs=0.5)


def test_sound_is_stereo_finite_and_as_loud_as_asked(
    synth: str, config: RenderingConfig, wheel_soundfont: Path
) -> None:
    score = note_score((0, 0.5, C4, 90), (0, 0.5, 64, 90), (0, 0.5, 67, 90), (0.5, 0.5, 72, 60))
    audio = rendered(score, config, synth=synth, soundfont=str(wheel_soundfont), peak_db=-6.0)
    assert audio.samples.dtype == np.float32
    assert audio.samples.shape == (round(1.5 * 44_100), 2)
    assert np.isfinite(audio.samples).all()
    assert np.abs(audio.samples).max() == pytest.approx(10 ** (-6 / 20), rel=1e-4)
    assert rms(audio.samples[:, 0]) > 0.01
    assert rms(audio.samples[:, 1]) > 0.01


def test_the_end_is_silent_and_does_not_click(synth: str, config: RenderingConfig) -> None:
    held = note_score((0, 1, A4, 100))
    audio = rendered(held, config, synth=synth, tail_s=0.0)
    assert np.abs(audio.samples[-1]).max() == 0
    assert rms(audio.samples[-44:]) < 0.06 * rms(audio.samples[:22_050])


@pytest.mark.parametrize("tail_s", [0.0, 1.25])
def test_both_synthesizers_give_the_same_length(config: RenderingConfig, tail_s: float) -> None:
    if not fluid_synth.is_available():
        pytest.skip("libfluidsynth or pyfluidsynth is not installed")
    score = note_score((0, 0.5, C4, 90), (0.25, 1.0, 64, 90))
    score.tracks[0].controls = [ControlChange(1200, 64, 127), ControlChange(1777, 64, 0)]
    lengths = {
        len(rendered(score, config, synth=synth, tail_s=tail_s).samples)
        for synth in ("builtin", "fluidsynth")
    }
    assert lengths == {round((1.777 + tail_s) * 44_100 + 0.5)}


def test_the_tempo_map_is_followed(synth: str, config: RenderingConfig) -> None:
    score = note_score((0, 0.5, A4, 100), (1.0, 0.5, A4, 100))
    score.tempos = [Tempo(0, 60.0), Tempo(1000, 240.0)]
    sound = np.abs(rendered(score, config, synth=synth, tail_s=0.0).samples[:, 0])
    assert len(sound) == 2.25 * 44_100
    assert sound[: 44_100 - 500].max() > 0.1  # at 60, half a second lasts a whole one
    assert sound[44_100 + 30_000 : 88_200 - 200].max() < 0.01
    assert sound[88_200 : 88_200 + 5_000].max() > 0.1


def test_louder_notes_are_louder(synth: str, config: RenderingConfig) -> None:
    """symusic's synthesizer plays all velocities alike."""
    audio = rendered(note_score((0, 0.4, A4, 127), (1, 0.4, A4, 40)), config, synth=synth)
    loud, soft = rms(audio.samples[4_410:13_230]), rms(audio.samples[48_510:57_330])
    assert 20 * np.log10(loud / soft) == pytest.approx(40 * np.log10(127 / 40), abs=1)


def test_the_pedal_is_heard_and_the_score_is_not_changed(
    synth: str, config: RenderingConfig
) -> None:
    score = note_score((0, 0.2, A4, 100), (1.9, 0.1, 40, 1))
    dry = rendered(score, config, synth=synth)
    score.tracks[0].controls = [ControlChange(100, 64, 127), ControlChange(1800, 64, 0)]
    before = score.copy()
    wet = rendered(score, config, synth=synth)
    assert score == before
    span = slice(44_100, 66_150)
    assert rms(wet.samples[span]) > 50 * rms(dry.samples[span])


def test_a_struck_note_is_not_ended_by_the_one_before(synth: str, config: RenderingConfig) -> None:
    """Notes of one pitch that touch or overlap send note-off and note-on at one time."""
    score = note_score((0, 1.0, A4, 100), (0.5, 1.0, A4, 100), (1.5, 1.0, A4, 100))
    sound = rendered(score, config, synth=synth, tail_s=0.0).samples
    for second in (0.3, 0.9, 1.3, 1.9, 2.3):
        at = round(second * 44_100)
        assert rms(sound[at : at + 2_000]) > 0.2


def test_volume_and_panning_are_followed(synth: str, config: RenderingConfig) -> None:
    score = note_score((0, 1, A4, 100))
    score.tracks[0].controls = [ControlChange(0, 10, 0)]
    left, right = rendered(score, config, synth=synth).samples[8_820:35_280].T
    assert rms(left) > 5 * rms(right)


def test_two_visitors_at_once_hear_what_one_hears(synth: str, wheel_soundfont: Path) -> None:
    config = RenderingConfig(synth=synth, soundfont=str(wheel_soundfont), tail_s=0.2)
    scores = [
        note_score(*((i * 0.1, 0.3, 50 + (7 * i + k) % 30, 80) for i in range(10)))
        for k in range(4)
    ]
    alone = [render_audio(score, config, NO_FOLDER).samples for score in scores]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda each: render_audio(each, config, NO_FOLDER), scores))
    for one, other in zip(alone, together, strict=True):
        assert np.array_equal(one, other.samples)


def test_it_says_what_it_was_played_with(config: RenderingConfig) -> None:
    audio = rendered(note_score((0, 0.2, A4, 100)), config)
    assert (audio.synth, audio.soundfont) == (builtin_synth.NAME, "sine.sf2")
    assert audio.duration_s == pytest.approx(0.7, abs=1e-4)


def test_silence_is_an_error(synth: str, config: RenderingConfig, tmp_path: Path) -> None:
    mute = write_soundfont(tmp_path / "mute.sf2", loudness=0.0)
    with pytest.raises(UserError, match=r"No sound came from .* with mute\.sf2"):
        rendered(note_score((0, 0.2, A4, 100)), config, synth=synth, soundfont=str(mute))


def test_the_softest_note_is_not_silence(synth: str, config: RenderingConfig) -> None:
    assert np.abs(rendered(note_score((0, 0.2, A4, 1)), config, synth=synth).samples).max() > 0.5


def test_a_piece_without_notes_is_an_error(config: RenderingConfig) -> None:
    with pytest.raises(UserError, match="no notes"):
        rendered(Score(480), config)


def test_a_missing_instrument_is_played_by_another(synth: str, config: RenderingConfig) -> None:
    score = note_score((0, 0.3, A4, 100), program=40)
    drums = Track(is_drum=True)
    drums.notes = score.tracks[0].notes
    score.tracks.append(drums)
    assert rms(rendered(score, config, synth=synth).samples) > 0.01


def test_fluidsynth_writes_nothing_on_the_terminal(
    sine: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    if not fluid_synth.is_available():
        pytest.skip("libfluidsynth or pyfluidsynth is not installed")
    soundfont = SoundfontFile(sine)
    soundfont.path = tmp_path / "gone.sf2"
    with pytest.raises(UserError, match=r"cannot load the soundfont gone\.sf2"):
        fluid_synth.play(perform(note_score((0, 0.1, A4, 100))), soundfont, 44_100, 4_410)
    rendered(note_score((0, 0.1, A4, 100), program=5), RenderingConfig(soundfont=str(sine)))
    assert capfd.readouterr() == ("", "")


class TestWithoutFluidSynth:
    @pytest.fixture(autouse=True)
    def _no_library(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delitem(sys.modules, "fluidsynth", raising=False)
        real = builtins.__import__

        def refuse(name: str, *rest: Any, **more: Mapping[str, Any]) -> Any:
            if name == "fluidsynth":
                raise ImportError("Couldn't find the FluidSynth library.")
            return real(name, *rest, **more)

        monkeypatch.setattr(builtins, "__import__", refuse)

    def test_auto_takes_the_builtin_one(self, config: RenderingConfig) -> None:
        audio = rendered(note_score((0, 0.2, A4, 100)), config, synth="auto")
        assert audio.synth == builtin_synth.NAME

    def test_asking_for_it_says_how_to_install_it(self, config: RenderingConfig) -> None:
        with pytest.raises(UserError, match=r"not installed.*apt install libfluidsynth3"):
            rendered(note_score((0, 0.2, A4, 100)), config, synth="fluidsynth")


def test_auto_takes_fluidsynth_where_it_works(config: RenderingConfig) -> None:
    if not fluid_synth.is_available():
        pytest.skip("libfluidsynth or pyfluidsynth is not installed")
    audio = rendered(note_score((0, 0.2, A4, 100)), config, synth="auto")
    assert audio.synth.startswith("FluidSynth ")


def test_mastering_fades_half_of_the_tail() -> None:
    config = RenderingConfig(sample_rate_hz=8_000, tail_s=0.4, peak_db=0.0)
    sound = master(np.full((8_000, 2), 0.25, np.float32), config, "a test")
    assert sound[: 8_000 - 1_600].min() == pytest.approx(1.0)
    assert sound[8_000 - 800, 0] == pytest.approx(0.5, abs=0.01)
    assert sound[-1].tolist() == [0, 0]
