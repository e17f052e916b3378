"""A soundfont of one looped sine, small enough to know what every sample must be."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from symusic import Note, Score, Tempo, Track

from midigen.config import RenderingConfig
from midigen.rendering import fluid_synth, soundfonts

RATE_HZ = 22_050
ROOT_KEY = 69
PERIODS, PERIOD_FRAMES = 40, 50  # 441 Hz: within a cycle of 440 and whole in frames


def note_score(*notes: tuple[float, float, int, int], program: int = 0) -> Score:
    """Notes as (start, duration, pitch, velocity) in seconds, at 120 beats per minute."""
    score = Score(500)  # a tick is a millisecond
    score.tempos = [Tempo(0, 120.0)]
    track = Track(name="Piano", program=program)
    track.notes = [
        Note(round(start * 1000), round(duration * 1000), pitch, velocity)
        for start, duration, pitch, velocity in notes
    ]
    score.tracks = [track]
    return score


def write_soundfont(
    path: Path,
    *,
    generators: Sequence[tuple[int, int]] = ((58, ROOT_KEY), (54, 1)),
    modulators: Sequence[tuple[int, int, int, int, int]] = (),
    header_key: int = 60,
    loudness: float = 0.5,
    preset: tuple[int, int] = (0, 0),
) -> Path:
    """One instrument, one zone. By default the pitch is in a generator, not in the header."""
    time = np.arange(PERIODS * PERIOD_FRAMES) / PERIOD_FRAMES
    wave = np.round(np.sin(2 * np.pi * time) * loudness * 32_767).astype("<i2").tobytes()
    wave += bytes(2 * 46)  # the silence that the format asks for
    n_frames = PERIODS * PERIOD_FRAMES
    bank, program = preset

    def name(text: str) -> bytes:
        return text.encode().ljust(20, b"\0")

    zone = b"".join(struct.pack("<Hh", *each) for each in (*generators, (53, 0)))
    mods = b"".join(struct.pack("<HHhHH", *each) for each in modulators)
    end = struct.pack("<HH", 0, 0)
    sample = struct.pack(
        "<5IBbHH", 0, n_frames, PERIOD_FRAMES, n_frames, RATE_HZ, header_key, 0, 0, 1
    )
    pdta = (
        _chunk(
            b"phdr",
            name("Sine")
            + struct.pack("<3H3I", program, bank, 0, 0, 0, 0)
            + name("EOP")
            + struct.pack("<3H3I", 0, 0, 1, 0, 0, 0),
        )
        + _chunk(b"pbag", struct.pack("<4H", 0, 0, 1, 0))
        + _chunk(b"pmod", bytes(10))
        + _chunk(b"pgen", struct.pack("<Hh", 41, 0) + end)
        + _chunk(b"inst", name("Sine") + struct.pack("<H", 0) + name("EOI") + struct.pack("<H", 1))
        + _chunk(b"ibag", struct.pack("<4H", 0, 0, len(zone) // 4, len(modulators)))
        + _chunk(b"imod", mods + bytes(10))
        + _chunk(b"igen", zone + end)
        + _chunk(b"shdr", name("Sine") + sample + name("EOS") + bytes(26))
    )
    info = _chunk(b"ifil", struct.pack("<HH", 2, 4)) + _chunk(b"INAM", b"Sine\0\0")
    info += _chunk(b"isng", b"EMU8000\0")
    lists = (b"INFO" + info, b"sdta" + _chunk(b"smpl", wave), b"pdta" + pdta)
    path.write_bytes(_chunk(b"RIFF", b"sfbk" + b"".join(_chunk(b"LIST", each) for each in lists)))
    return path


def _chunk(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)


@pytest.fixture(autouse=True)
def _bare_system(monkeypatch: pytest.MonkeyPatch) -> None:
    """Soundfonts that a machine happens to have do not matter here."""
    monkeypatch.setattr(soundfonts, "SYSTEM_FOLDERS", ())


@pytest.fixture
def sine(tmp_path: Path) -> Path:
    return write_soundfont(tmp_path / "sine.sf2")


@pytest.fixture
def wheel_soundfont() -> Path:
    """The real one that everybody has."""
    spec = find_spec("pretty_midi")
    if spec is None or spec.origin is None:
        pytest.skip("pretty_midi is not installed")
    return Path(spec.origin).parent / "TimGM6mb.sf2"


@pytest.fixture(params=["builtin", "fluidsynth"])
def synth(request: pytest.FixtureRequest) -> str:
    """Both synthesizers, where FluidSynth is installed."""
    if request.param == "fluidsynth" and not fluid_synth.is_available():
        pytest.skip("libfluidsynth or pyfluidsynth is not installed")
    return str(request.param)


@pytest.fixture
def config(sine: Path) -> RenderingConfig:
    return RenderingConfig(synth="builtin", soundfont=str(sine), tail_s=0.5)
