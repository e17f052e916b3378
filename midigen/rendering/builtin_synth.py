"""Plays soundfonts with numpy alone, for machines without FluidSynth.

It follows the SoundFont model as far as piano music needs: samples, loops, tuning, volume envelope,
velocity, low-pass filter, volume and panning. It leaves out reverb, chorus, vibrato and pitch bend.
What it plays has the pitch and, to a decibel, the loudness of FluidSynth.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np
import numpy.typing as npt

from midigen.rendering.performance import Part, Performance
from midigen.rendering.soundfont_file import Gen, Region, SoundfontFile
from midigen.rendering.tone import make_tone

NAME = "the built-in synthesizer"

Signal = npt.NDArray[np.float32]

VOLUME, PAN, EXPRESSION = 7, 10, 11  # controllers, with their values before any is sent:
_CONTROL_DEFAULTS = {VOLUME: 100, PAN: 64, EXPRESSION: 127}
# A longer note is cut: it would need gigabytes, and a piano has faded by then.
_LONGEST_NOTE_S = 60.0
_SHAPE_STEP = 16  # velocities


@dataclass(frozen=True)
class _Strike:
    """One note of one sample, in frames and gains."""

    region: int
    key: int
    shape: int  # a velocity for which the region is shaped
    start: int
    n_held: int
    left: float
    right: float


def play(
    performance: Performance, soundfont: SoundfontFile, sample_rate_hz: int, n_frames: int
) -> Signal:
    """Return float32 (n_frames, 2), neither limited nor normalised.

    Raises:
        UserError: samples of the soundfont cannot be read.
    """
    sound = np.zeros((2, n_frames), np.float32)
    for part in performance.parts:
        regions = soundfont.regions(soundfont.preset_for(part.program, part.is_drum))
        strikes = sorted(
            _strikes(part, regions, sample_rate_hz),
            key=lambda each: (each.region, each.key, each.shape),
        )
        # One tone serves all notes that sound alike, so only one has to be in memory.
        for i, same_region in groupby(strikes, key=lambda each: each.region):
            recording = soundfont.recording(regions[i])
            for (key, shape), same in groupby(same_region, lambda each: (each.key, each.shape)):
                notes = list(same)
                longest = max(note.n_held for note in notes)
                shaped = replace(recording, region=regions[i].shaped(key, shape))
                tone = make_tone(shaped, key, sample_rate_hz, longest)
                for note in notes:
                    _mix(sound, note, tone.note(note.n_held))
    return sound.T  # a view, since a copy of an hour would take a gigabyte


def _strikes(part: Part, regions: list[Region], sample_rate_hz: int) -> Iterator[_Strike]:
    starts = np.round(part.start_s * sample_rate_hz).astype(int).tolist()
    lengths_s = np.minimum(part.end_s - part.start_s, _LONGEST_NOTE_S)
    lengths = np.maximum(1, np.round(lengths_s * sample_rate_hz)).astype(int).tolist()
    volume, pan, expression = (_control_at(part, number) for number in (VOLUME, PAN, EXPRESSION))
    for note, (key, velocity) in enumerate(
        zip(part.pitch.tolist(), part.velocity.tolist(), strict=True)
    ):
        loudness = (volume[note] / 127 * expression[note] / 127) ** 2
        for i, region in enumerate(regions):
            if region.plays(key, velocity):
                attenuation_cb = max(0.0, region.attenuation_cb(key, velocity))
                gain = loudness * 10 ** (-attenuation_cb / 200)
                place = region[Gen.PAN] / 1000 + (pan[note] - 64) / 127
                angle = (min(0.5, max(-0.5, place)) + 0.5) * math.pi / 2
                yield _Strike(
                    region=i,
                    key=key,
                    shape=_shape(region, velocity),
                    start=starts[note],
                    n_held=lengths[note],
                    left=gain * math.cos(angle),
                    right=gain * math.sin(angle),
                )


def _shape(region: Region, velocity: int) -> int:
    """A velocity that stands for its neighbours; working out a tone for each would take long."""
    if not region.has_shapes:
        return 0
    return velocity // _SHAPE_STEP * _SHAPE_STEP + _SHAPE_STEP // 2


def _control_at(part: Part, number: int) -> list[int]:
    """A controller's value at the start of every note."""
    is_it = part.control == number
    values = np.concatenate([[_CONTROL_DEFAULTS[number]], part.control_value[is_it]])
    when = np.searchsorted(part.control_s[is_it], part.start_s, side="right")
    result: list[int] = values[when].tolist()
    return result


def _mix(sound: Signal, strike: _Strike, signal: Signal) -> None:
    """Add a note to both channels; what would lie behind the end is cut."""
    signal = signal[: max(0, sound.shape[1] - strike.start)]
    stop = strike.start + len(signal)
    sound[0, strike.start : stop] += signal * np.float32(strike.left)
    sound[1, strike.start : stop] += signal * np.float32(strike.right)
