from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from midigen.rendering.soundfont_file import SoundfontFile
from midigen.rendering.tone import Tone, make_tone
from tests.rendering.conftest import write_soundfont

RATE = 44_100
LOOPED = [(58, 69), (54, 1)]


def tone(path: Path, generators: list[tuple[int, int]], key: int = 69, seconds: float = 1) -> Tone:
    soundfont = SoundfontFile(write_soundfont(path / "a.sf2", generators=generators))
    (region,) = soundfont.regions((0, 0))
    return make_tone(soundfont.recording(region), key, RATE, round(seconds * RATE))


def crossings_hz(wave: npt.NDArray[np.float32]) -> float:
    """Frequency of a sine, by counting where it rises through zero."""
    inner = wave[2_000:40_000]
    rises = np.flatnonzero((inner[:-1] < 0) & (inner[1:] >= 0))
    return float((len(rises) - 1) / (rises[-1] - rises[0]) * RATE)


@pytest.mark.parametrize(
    ("generators", "key", "hz"),
    [
        pytest.param([(58, 69), (54, 1)], 69, 441.0, id="its own pitch"),
        pytest.param([(58, 69), (54, 1)], 81, 882.0, id="an octave up"),
        pytest.param([(54, 1)], 60, 441.0, id="the header's key without a generator"),
        pytest.param([(51, 12), (58, 69), (54, 1)], 69, 882.0, id="coarse tuning"),
        pytest.param([(52, 50), (58, 69), (54, 1)], 69, 453.9, id="fine tuning"),
        pytest.param([(56, 0), (58, 69), (54, 1)], 30, 441.0, id="one pitch for all keys"),
        pytest.param([(56, 50), (58, 69), (54, 1)], 93, 882.0, id="quarter tones"),
        pytest.param([(46, 81), (58, 69), (54, 1)], 40, 882.0, id="a fixed key"),
    ],
)
def test_pitch(tmp_path: Path, generators: list[tuple[int, int]], key: int, hz: float) -> None:
    assert crossings_hz(tone(tmp_path, generators, key).wave) == pytest.approx(hz, abs=0.3)


def test_without_a_loop_the_recording_ends(tmp_path: Path) -> None:
    assert len(tone(tmp_path, [(58, 69)]).wave) == pytest.approx(2_000 * 2, abs=10)


def timecents(seconds: float) -> int:
    return round(1200 * np.log2(seconds))


def test_the_envelope_rises_holds_falls_and_rests(tmp_path: Path) -> None:
    generators = [
        (34, timecents(0.1)),
        (35, timecents(0.2)),
        (36, timecents(1.0)),  # for the whole 100 dB
        (37, 200),  # rest 20 dB below
        *LOOPED,
    ]
    envelope = tone(tmp_path, generators).envelope
    for second, gain in [(0.05, 0.5), (0.2, 1.0), (0.4, 10**-0.5), (0.7, 0.1), (0.95, 0.1)]:
        assert envelope[round(second * RATE)] == pytest.approx(gain, rel=0.03), second


def test_higher_keys_fall_faster_where_the_soundfont_says_so(tmp_path: Path) -> None:
    generators = [(36, timecents(2.0)), (37, 1000), (40, 100), *LOOPED]
    low, high = (tone(tmp_path, generators, key).envelope[RATE // 2] for key in (48, 72))
    assert 20 * np.log10(low / high) == pytest.approx(50 - 12.5, abs=1)


def test_a_released_note_fades_from_where_it_was(tmp_path: Path) -> None:
    sound = tone(tmp_path, [(38, timecents(0.5)), *LOOPED]).note(RATE // 2)
    peaks = [np.abs(sound[at : at + 200]).max() for at in (20_000, RATE // 2, RATE * 6 // 10)]
    assert peaks[1] == pytest.approx(peaks[0], rel=0.1)
    assert 20 * np.log10(peaks[1] / peaks[2]) == pytest.approx(20, abs=1)
    assert len(sound) == pytest.approx(RATE * 0.95, rel=0.01)  # the last 10 dB are not heard


def test_the_filter_takes_highs_and_leaves_lows(tmp_path: Path) -> None:
    def loudness(cutoff_hz: float, key: int) -> float:
        generators = [(8, round(1200 * np.log2(cutoff_hz / 8.176))), *LOOPED]
        wave = tone(tmp_path, generators, key).wave[4_000:30_000]
        return float(20 * np.log10(np.sqrt((wave**2).mean()) / (0.5 / np.sqrt(2))))

    assert loudness(441 / 4, 69) - loudness(441 / 4, 81) == pytest.approx(12, abs=1)
    assert loudness(441 * 16, 69) == pytest.approx(1.5, abs=0.3)  # FluidSynth's gain at no Q


def test_absurd_tuning_neither_hangs_nor_fails(tmp_path: Path) -> None:
    for cents in (-32_768, 32_767):
        assert np.isfinite(tone(tmp_path, [(51, cents), *LOOPED]).wave).all()
