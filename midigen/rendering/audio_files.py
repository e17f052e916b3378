"""Writes sound as WAV or MP3."""

from __future__ import annotations

import wave
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from midigen.atomic import replacing
from midigen.errors import UserError
from midigen.rendering.audio import Audio

# What MPEG layer III knows; other wishes take the next one up. LAME halves the bit rate itself
# where a low sample rate allows no more.
_MP3_KBPS = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_MP3_QUALITY = 5  # of LAME: 0 is best, 9 fastest; 5, its default, takes half the time of 2
# lameenc fails on large blocks at rates such as 12,345 Hz, where the MP3 outgrows its buffer.
_BLOCK_FRAMES = 4096


def write_audio(audio: Audio, path: Path, mp3_kbps: int) -> None:
    """Write a file whose suffix says the format; it appears whole or not at all.

    Args:
        audio: the sound.
        path: ends in .wav (16 bit) or .mp3.
        mp3_kbps: bit rate of an MP3, 32 to 320.

    Raises:
        UserError: another suffix, or MP3 without lameenc.
    """
    check_audio_path(path)
    with replacing(path) as draft:
        if path.suffix.lower() == ".wav":
            _write_wav(audio, draft)
        else:
            _encode_mp3(_blocks(audio), audio.sample_rate_hz, draft, mp3_kbps)


def write_mp3_of(wav: Path, mp3_kbps: int) -> Path:
    """Write the MP3 of a WAV file beside it; the same as `write_audio` writes of its sound.

    Args:
        wav: a file that `write_audio` wrote.
        mp3_kbps: bit rate, 32 to 320.

    Returns:
        its path.

    Raises:
        UserError: without lameenc.
    """
    path = wav.with_suffix(".mp3")
    with wave.open(str(wav), "rb") as file, replacing(path) as draft:
        blocks = iter(lambda: file.readframes(_BLOCK_FRAMES), b"")
        _encode_mp3(blocks, file.getframerate(), draft, mp3_kbps)
    return path


def check_audio_path(path: Path) -> None:
    """Refuse a file name that sound cannot be written to, before there is any.

    Raises:
        UserError: it ends neither in .wav nor in .mp3.
    """
    if path.suffix.lower() not in (".wav", ".mp3"):
        raise UserError(f"Cannot write sound as '{path.name}'.", "Name it .wav or .mp3.")


def _write_wav(audio: Audio, path: Path) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(audio.sample_rate_hz)
        for block in _blocks(audio):
            file.writeframes(block)


def _encode_mp3(blocks: Iterable[bytes], sample_rate_hz: int, path: Path, kbps: int) -> None:
    try:
        import lameenc
    except ImportError as error:
        raise UserError("MP3 needs a library.", "`pip install lameenc`, or write .wav.") from error
    encoder = lameenc.Encoder()
    encoder.silence()
    encoder.set_bit_rate(next(rate for rate in _MP3_KBPS if rate >= min(kbps, _MP3_KBPS[-1])))
    encoder.set_in_sample_rate(sample_rate_hz)
    encoder.set_channels(2)
    encoder.set_quality(_MP3_QUALITY)
    with path.open("wb") as file:
        for block in blocks:
            file.write(encoder.encode(block))
        file.write(encoder.flush())


def _blocks(audio: Audio) -> Iterator[bytes]:
    """The sound as 16-bit stereo, some frames at a time."""
    for start in range(0, len(audio.samples), _BLOCK_FRAMES):
        block = audio.samples[start : start + _BLOCK_FRAMES]
        yield np.round(np.clip(block, -1, 1) * 32_767).astype("<i2").tobytes()
