"""How one key of a soundfont's instrument sounds: recording, pitch, loop, filter, envelope.

Formulas are those of the SoundFont specification 2.04, section 8.1, read as FluidSynth reads them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from midigen.rendering.soundfont_file import Gen, Recording, Region

Signal = npt.NDArray[np.float32]

_FULL_FALL_DB = 100.0  # what an envelope's decay and release times refer to
_INAUDIBLE_DB = 90.0
_WIDEST_CENTS = 12_000  # ten octaves; a damaged file may ask for any
_FILTER_FRAME = 1024
_OPEN_FILTER_CENTS = 13_500  # 20 kHz, where the filter does nothing


@dataclass(frozen=True, eq=False)
class Tone:
    """A key at full velocity; all arrays are float32 and one channel.

    Attributes:
        wave: the recording at its pitch, filtered.
        envelope: its gain while the key is held, as long as `wave`.
        release: by how much that gain falls further after the key is released.
    """

    wave: Signal
    envelope: Signal
    release: Signal

    def note(self, n_held: int) -> Signal:
        """The sound of a key that is released after `n_held` frames."""
        n_held = min(n_held, len(self.wave))
        n = min(n_held + len(self.release), len(self.wave))
        if n_held == 0:
            return self.wave[:0]
        gain = np.empty(n, np.float32)
        gain[:n_held] = self.envelope[:n_held]
        gain[n_held:] = self.envelope[n_held - 1] * self.release[: n - n_held]
        return self.wave[:n] * gain


def make_tone(recording: Recording, key: int, sample_rate_hz: int, longest: int) -> Tone:
    """Work out a key that is held for at most `longest` frames."""
    region = recording.region
    release = _release(region, sample_rate_hz)
    envelope = _volume_envelope(region, key, sample_rate_hz, longest + len(release))
    audible = np.flatnonzero(envelope > 10 ** (-_INAUDIBLE_DB / 20))
    n_frames = int(audible[-1]) + 1 if len(audible) else 0
    wave = _pitched(recording, key, sample_rate_hz, n_frames)
    cutoff_cents = _cutoff_cents(region, sample_rate_hz, len(wave))
    if cutoff_cents is not None and len(wave):
        wave = _low_pass(wave, cutoff_cents, region[Gen.FILTER_Q], sample_rate_hz)
    return Tone(wave, envelope[: len(wave)], release)


def _pitched(recording: Recording, key: int, sample_rate_hz: int, n_frames: int) -> Signal:
    """The recording at the pitch of the key, looped to at most `n_frames`."""
    region, wave, loop = recording.region, recording.wave, recording.loop
    root = region[Gen.ROOT_KEY] if region[Gen.ROOT_KEY] >= 0 else region.sample.key
    played = region[Gen.KEY] if region[Gen.KEY] >= 0 else key
    cents = (played - root) * region[Gen.SCALE_TUNING] + region.sample.cents
    cents += region[Gen.COARSE_TUNE] * 100 + region[Gen.FINE_TUNE]
    cents = min(_WIDEST_CENTS, max(-_WIDEST_CENTS, cents))
    step = region.sample.rate_hz / sample_rate_hz * 2 ** (cents / 1200)
    at = np.arange(n_frames, dtype=np.float64) * step
    if loop is None:
        return _interpolate(wave, at[: max(0, int((len(wave) - 3) / step))])
    # Each pass ends a sample behind the loop: the curve needs the neighbour before as well.
    begin, end = loop[0] + 1, loop[1] + 1
    later = at[np.searchsorted(at, end) :]
    np.subtract(later, end, out=later)
    np.remainder(later, end - begin, out=later)
    np.add(later, begin, out=later)
    return _interpolate(np.concatenate([wave[: loop[1]], np.resize(wave[slice(*loop)], 3)]), at)


def _interpolate(wave: Signal, at: npt.NDArray[np.float64]) -> Signal:
    """Catmull-Rom through four neighbours: a straight line would dull the sound audibly."""
    i = at.astype(np.int64)
    t = (at - i).astype(np.float32)
    before, here, after, beyond = (wave[np.maximum(i + k, 0)] for k in (-1, 0, 1, 2))
    slope = after - before
    bend = 2 * before - 5 * here + 4 * after - beyond
    twist = 3 * (here - after) + beyond - before
    result: Signal = here + 0.5 * t * (slope + t * (bend + t * twist))
    return result


def _volume_envelope(region: Region, key: int, sample_rate_hz: int, n_frames: int) -> Signal:
    """Gain while the key is held: silence, a straight rise, full, a fall in decibels, a rest."""
    to_middle = 60 - key
    delay = _frames(region[Gen.VOLUME_DELAY], sample_rate_hz)
    attack = _frames(region[Gen.VOLUME_ATTACK], sample_rate_hz)
    hold = _frames(region[Gen.VOLUME_HOLD] + region[Gen.KEY_TO_HOLD] * to_middle, sample_rate_hz)
    decay = _frames(region[Gen.VOLUME_DECAY] + region[Gen.KEY_TO_DECAY] * to_middle, sample_rate_hz)
    rest_db = min(_FULL_FALL_DB, max(0.0, region[Gen.VOLUME_SUSTAIN] / 10))
    frame = np.arange(n_frames, dtype=np.float64)
    fallen_db = np.clip((frame - (delay + attack + hold)) * (_FULL_FALL_DB / decay), 0, rest_db)
    risen = np.clip((frame - delay) / attack, 0, 1)
    return np.asarray(risen * 10 ** (-fallen_db / 20), np.float32)


def _release(region: Region, sample_rate_hz: int) -> Signal:
    n_full = _frames(region[Gen.VOLUME_RELEASE], sample_rate_hz)
    n_audible = int(n_full * _INAUDIBLE_DB / _FULL_FALL_DB)
    falling_db = np.arange(n_audible, dtype=np.float64) * (_FULL_FALL_DB / n_full)
    return np.asarray(10 ** (-falling_db / 20), np.float32)


def _frames(timecents: int, sample_rate_hz: int) -> float:
    """Never less than one, so that it can divide; never more than a minute."""
    seconds = 2 ** (min(timecents, 12_000) / 1200)
    return max(1.0, min(seconds, 60.0) * sample_rate_hz)


def _cutoff_cents(
    region: Region, sample_rate_hz: int, n_frames: int
) -> npt.NDArray[np.float32] | None:
    """Cut-off of the filter in absolute cents at every half filter frame; None where it is open."""
    base, sweep = region[Gen.FILTER_CUTOFF], region[Gen.MOD_ENV_TO_CUTOFF]
    if base >= _OPEN_FILTER_CENTS and sweep >= 0:
        return None
    hop = _FILTER_FRAME // 2
    frame = np.arange(0, n_frames + hop, hop)
    delay, attack, hold, decay = (
        _frames(region[number], sample_rate_hz)
        for number in (Gen.MOD_DELAY, Gen.MOD_ATTACK, Gen.MOD_HOLD, Gen.MOD_DECAY)
    )
    rest = 1 - min(1.0, max(0.0, region[Gen.MOD_SUSTAIN] / 1000))
    risen = np.clip((frame - delay) / attack, 0, 1)
    fallen = np.clip(1 - (frame - (delay + attack + hold)) / decay, rest, 1)
    return np.asarray(base + sweep * risen * fallen, np.float32)


def _low_pass(
    wave: Signal, cutoff_cents: npt.NDArray[np.float32], q_centibel: int, sample_rate_hz: int
) -> Signal:
    """A resonant filter of 12 dB an octave whose cut-off moves, by overlapping short spectra."""
    hop = _FILTER_FRAME // 2
    n_windows = -(-len(wave) // hop) + 1
    padded = np.zeros((n_windows + 1) * hop, np.float32)
    padded[hop : hop + len(wave)] = wave
    window = np.sqrt(np.hanning(_FILTER_FRAME + 1)[:-1]).astype(np.float32)
    framed = np.lib.stride_tricks.sliding_window_view(padded, _FILTER_FRAME)[::hop]
    spectra = np.fft.rfft(framed * window, axis=1)  # (n_windows, _FILTER_FRAME // 2 + 1)
    frequency_hz = np.fft.rfftfreq(_FILTER_FRAME, 1 / sample_rate_hz).astype(np.float32)
    # 0 absolute cents are the 8.176 Hz of MIDI note 0; a Q of 0 means no resonance.
    cutoff_hz = np.clip(8.176 * 2 ** (cutoff_cents[:n_windows] / 1200), 5, None)
    resonance = 10 ** ((min(960, max(0, q_centibel)) / 10 - 3.01) / 20)
    ratio = frequency_hz / cutoff_hz[:, None]
    response = np.sqrt(1 / resonance) / np.hypot(1 - ratio**2, ratio / resonance)
    pieces = np.fft.irfft(spectra * response, axis=1).astype(np.float32) * window
    filtered = pieces[:-1, hop:] + pieces[1:, :hop]
    result: Signal = filtered.ravel()[: len(wave)]
    return result
