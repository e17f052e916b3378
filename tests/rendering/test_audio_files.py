from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from midigen.errors import UserError
from midigen.rendering.audio import Audio
from midigen.rendering.audio_files import write_audio, write_mp3_of


def sweep(seconds: float = 2.0, rate: int = 44_100) -> Audio:
    time = np.arange(round(seconds * rate)) / rate
    sound = np.stack([np.sin(900 * time), np.cos(1500 * time * time)], axis=1) * 0.8
    return Audio(sound.astype(np.float32), rate, "a test", "none")


def test_wav_has_16_bit_two_channels_and_the_same_sound(tmp_path: Path) -> None:
    audio, path = sweep(), tmp_path / "a.wav"
    write_audio(audio, path, 160)
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 2, 44_100)
        content = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
    assert np.abs(content / 32_767 - audio.samples).max() < 1 / 32_000


def test_too_loud_samples_are_clipped_rather_than_wrapped(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    write_audio(Audio(np.array([[2, -2]], np.float32), 8_000, "", ""), path, 160)
    with wave.open(str(path)) as file:
        assert np.frombuffer(file.readframes(1), "<i2").tolist() == [32_767, -32_767]


@pytest.mark.parametrize(("asked", "kbps"), [(32, 32), (100, 112), (160, 160), (320, 320)])
def test_mp3_lasts_as_long_as_the_sound(tmp_path: Path, asked: int, kbps: int) -> None:
    path = tmp_path / "a.MP3"
    write_audio(sweep(4.0), path, asked)
    content = path.read_bytes()
    assert content[0] == 0xFF
    assert content[1] & 0xE0 == 0xE0
    seconds = len(content) * 8 / (kbps * 1000)
    assert 4.0 <= seconds < 4.15  # the encoder adds its delay, filled up to whole frames


@pytest.mark.parametrize("rate", [8_000, 12_345, 22_050, 48_000, 96_000])
def test_mp3_of_other_sample_rates(tmp_path: Path, rate: int) -> None:
    """At 12,345 Hz the encoder's buffer was too small for five seconds at once."""
    path = tmp_path / "a.mp3"
    write_audio(sweep(5.0, rate), path, 64)
    assert path.stat().st_size * 8 / 64_000 == pytest.approx(5, abs=0.5)
    write_audio(sweep(5.0, rate), path, 320)


def test_the_mp3_of_a_wav_is_that_of_its_sound(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    write_audio(sweep(), path, 160)
    write_audio(sweep(), tmp_path / "direct.mp3", 160)
    assert write_mp3_of(path, 160).read_bytes() == (tmp_path / "direct.mp3").read_bytes()


@pytest.mark.parametrize("name", ["a.ogg", "a", "a.mid"])
def test_another_suffix_names_the_two(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError, match=r"\.wav or \.mp3"):
        write_audio(sweep(0.1), tmp_path / name, 160)
    assert list(tmp_path.iterdir()) == []
