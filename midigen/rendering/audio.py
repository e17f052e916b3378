"""Score to sound: chooses synthesizer and soundfont, adds the tail, sets the loudness."""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from symusic import Score

from midigen.config import RenderingConfig
from midigen.errors import UserError
from midigen.rendering import builtin_synth, fluid_synth
from midigen.rendering.performance import Performance, perform
from midigen.rendering.soundfont_file import SoundfontFile
from midigen.rendering.soundfonts import find_soundfont

_log = logging.getLogger(__name__)

Samples = npt.NDArray[np.float32]

_LONGEST_FADE_S = 0.5
_SHORTEST_FADE_S = 0.02  # enough not to click
# The softest note of velocity 1 peaks at 3e-6; FluidSynth's reverb hums at 3e-8 when nothing plays.
_SILENCE = 3e-7


@dataclass(frozen=True, eq=False)
class Audio:
    """Sound, and what made it.

    Attributes:
        samples: float32 (frames, 2), -1 to 1.
        sample_rate_hz: frames a second.
        synth: for people, such as `FluidSynth 2.3.1`.
        soundfont: the name of its file.
    """

    samples: Samples
    sample_rate_hz: int
    synth: str
    soundfont: str

    @property
    def duration_s(self) -> float:
        return len(self.samples) / self.sample_rate_hz


def render_audio(score: Score, config: RenderingConfig, soundfonts_folder: Path) -> Audio:
    """Play a score; it is not changed. Safe to call from several threads at once.

    Raises:
        UserError: the score has no notes or is too long, the chosen synthesizer or soundfont
            cannot be used, or nothing is heard.
    """
    performance = perform(score)
    soundfont = SoundfontFile(find_soundfont(config, soundfonts_folder))
    n_frames = math.ceil((performance.end_s + config.tail_s) * config.sample_rate_hz)
    samples, synth = _play(performance, soundfont, config, max(1, n_frames))
    return Audio(
        master(samples, config, f"{synth} with {soundfont.path.name}"),
        config.sample_rate_hz,
        synth,
        soundfont.path.name,
    )


def master(samples: Samples, config: RenderingConfig, source: str) -> Samples:
    """Fade the end out, then bring the loudest sample to `config.peak_db`.

    Args:
        samples: float32 (frames, 2); it is changed and returned.
        config: for the tail, which the fade lies in, and the peak.
        source: who made it, for the error.

    Raises:
        UserError: there is no sound in it.
    """
    fade_s = min(_LONGEST_FADE_S, max(_SHORTEST_FADE_S, config.tail_s / 2))
    n_fade = min(len(samples), round(fade_s * config.sample_rate_hz))
    samples[len(samples) - n_fade :] *= np.linspace(1, 0, n_fade, dtype=np.float32)[:, None]
    peak = max(float(samples.max(initial=0)), -float(samples.min(initial=0)))
    assert math.isfinite(peak), f"{source} gave {peak}"
    if peak < _SILENCE:
        raise UserError(
            f"No sound came from {source}.",
            "The soundfont may lack these instruments: choose another.",
        )
    samples *= np.float32(10 ** (config.peak_db / 20) / peak)
    return samples


def _play(
    performance: Performance, soundfont: SoundfontFile, config: RenderingConfig, n_frames: int
) -> tuple[Samples, str]:
    rate = config.sample_rate_hz
    if config.synth == "fluidsynth" or (config.synth == "auto" and fluid_synth.is_available()):
        try:
            return fluid_synth.play(performance, soundfont, rate, n_frames), fluid_synth.name()
        except UserError as error:
            if config.synth == "fluidsynth":
                raise
            _log.warning("%s The built-in synthesizer plays instead.", error)
    return builtin_synth.play(performance, soundfont, rate, n_frames), builtin_synth.NAME
