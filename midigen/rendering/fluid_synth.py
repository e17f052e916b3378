"""Plays soundfonts with FluidSynth, where its library is installed.

FluidSynth is driven note by note and as fast as it can compute, into an array of fixed length: its
own file player never ends on a file with an unclosed note.
"""

from __future__ import annotations

from collections.abc import Iterator
from ctypes import c_int, c_void_p
from typing import Any

import numpy as np
import numpy.typing as npt

from midigen.errors import UserError
from midigen.rendering.performance import Part, Performance
from midigen.rendering.soundfont_file import SoundfontFile

INSTALL_HINT = (
    "Install it with `sudo apt install libfluidsynth3` (Debian, Ubuntu), "
    "`brew install fluid-synth` (macOS) or `choco install fluidsynth` (Windows), "
    "and `pip install pyfluidsynth`; or set rendering.synth to auto."
)
# Modulation, volume, panning, expression, reverb and chorus. Others, such as the sostenuto pedal,
# could hold notes for ever.
_CONTROLLERS = frozenset((1, 7, 10, 11, 91, 93))
_GAIN = 0.2  # FluidSynth's own default; samples are floats, so that nothing is clipped
_POLYPHONY = 512  # the default of 256 cuts notes of pedalled piano music with layered samples
_MAX_CHANNELS = 256
_LOG_LEVELS = 5  # panic, error, warning, information, debugging

Event = tuple[int, int, int, int, int, int]  # frame, rank at that frame, kind, channel, two values
_NOTE_OFF, _CONTROL, _BEND, _NOTE_ON = range(4)


def is_available() -> bool:
    """Whether FluidSynth can be loaded and started."""
    try:
        synth = _start(44_100, 1)
    except UserError:
        return False
    synth.delete()
    return True


def name() -> str:
    """`FluidSynth 2.3.1`."""
    library = _library()
    numbers = [c_int() for _ in range(3)]
    library.fluid_version(*numbers)
    return "FluidSynth " + ".".join(str(each.value) for each in numbers)


def play(
    performance: Performance, soundfont: SoundfontFile, sample_rate_hz: int, n_frames: int
) -> npt.NDArray[np.float32]:
    """Return float32 (n_frames, 2), neither limited nor normalised.

    Raises:
        UserError: FluidSynth is not installed, or refuses the soundfont.
    """
    n_channels = len(performance.parts)
    if n_channels > _MAX_CHANNELS:
        raise UserError(
            f"This piece has {n_channels} tracks; FluidSynth plays {_MAX_CHANNELS}.",
            "Merge tracks, or set rendering.synth to builtin.",
        )
    # A synth of its own for every call: starting one takes milliseconds, and visitors never meet.
    synth = _start(sample_rate_hz, n_channels)
    try:
        _choose_instruments(synth, performance, soundfont)
        return _render(synth, sorted(_events(performance, sample_rate_hz)), n_frames)
    finally:
        synth.delete()


def _library() -> Any:
    try:
        import fluidsynth
    except (ImportError, OSError, AttributeError) as error:
        # AttributeError: a library so old or so broken that functions are missing.
        raise UserError("FluidSynth is not installed.", INSTALL_HINT) from error
    return fluidsynth


def _start(sample_rate_hz: int, n_channels: int) -> Any:
    library = _library()
    _silence_log(library)
    synth = library.Synth(
        gain=_GAIN,
        samplerate=float(sample_rate_hz),
        channels=16 * -(-n_channels // 16),  # it wants a multiple of 16
        **{
            # Without it every sample of an .sf3 is unpacked at once: seconds instead of a blink.
            "synth.dynamic-sample-loading": 1,
            "synth.polyphony": _POLYPHONY,
        },
    )
    if not synth.synth:
        raise UserError("FluidSynth is installed but does not start.", INSTALL_HINT)
    return synth


def _silence_log(library: Any) -> None:
    set_log_function = library.cfunc(
        "fluid_set_log_function",
        c_void_p,
        ("level", c_int, 1),
        ("function", c_void_p, 1),
        ("data", c_void_p, 1),
    )
    for level in range(_LOG_LEVELS):
        set_log_function(level, None, None)


def _choose_instruments(synth: Any, performance: Performance, soundfont: SoundfontFile) -> None:
    font = synth.sfload(str(soundfont.path))
    if font < 0:
        raise UserError(
            f"FluidSynth cannot load the soundfont {soundfont.path.name}.", "Choose another."
        )
    for channel, part in enumerate(performance.parts):
        bank, program = soundfont.preset_for(part.program, part.is_drum)
        synth.program_select(channel, font, bank, program)


def _events(performance: Performance, sample_rate_hz: int) -> Iterator[Event]:
    """Everything to send; at one frame notes end before others start, after controllers."""

    def frames(seconds: npt.NDArray[np.float64]) -> list[int]:
        result: list[int] = np.round(seconds * sample_rate_hz).astype(np.int64).tolist()
        return result

    for channel, part in enumerate(performance.parts):
        for frame, number, value in zip(
            frames(part.control_s), part.control.tolist(), part.control_value.tolist(), strict=True
        ):
            if number in _CONTROLLERS:
                yield frame, 1, _CONTROL, channel, number, value
        for frame, value in zip(frames(part.bend_s), part.bend.tolist(), strict=True):
            yield frame, 1, _BEND, channel, value, 0
        yield from _note_events(part, channel, frames(part.start_s), frames(part.end_s))


def _note_events(part: Part, channel: int, starts: list[int], ends: list[int]) -> Iterator[Event]:
    for start, end, pitch, velocity in zip(
        starts, ends, part.pitch.tolist(), part.velocity.tolist(), strict=True
    ):
        yield start, 2, _NOTE_ON, channel, pitch, velocity
        yield end, 0 if end > start else 3, _NOTE_OFF, channel, pitch, 0


def _render(synth: Any, events: list[Event], n_frames: int) -> npt.NDArray[np.float32]:
    write_float = _library().cfunc(
        "fluid_synth_write_float",
        c_int,
        ("synth", c_void_p, 1),
        ("len", c_int, 1),
        ("left", c_void_p, 1),
        ("left_offset", c_int, 1),
        ("left_step", c_int, 1),
        ("right", c_void_p, 1),
        ("right_offset", c_int, 1),
        ("right_step", c_int, 1),
    )
    sound = np.zeros((n_frames, 2), np.float32)

    def advance(begin: int, end: int) -> None:
        if end > begin:
            at = sound[begin:end].ctypes.data_as(c_void_p)
            write_float(synth.synth, end - begin, at, 0, 2, at, 1, 2)

    now = 0
    for frame, _, kind, channel, first, second in events:
        frame = min(frame, n_frames)
        advance(now, frame)
        now = frame
        if kind == _NOTE_ON:
            synth.noteon(channel, first, second)
        elif kind == _NOTE_OFF:
            synth.noteoff(channel, first)
        elif kind == _CONTROL:
            synth.cc(channel, first, second)
        else:
            synth.pitch_bend(channel, first)
    advance(now, n_frames)
    return sound
