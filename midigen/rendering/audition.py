"""Takes a soundfont of unknown origin: it is played in a child process before it is kept.

Only its header can be checked cheaply, and FluidSynth is a C library: what would crash it, or ask
it for gigabytes, is found out where it costs a child process and not the studio.
"""

from __future__ import annotations

import logging
import shutil
import time
from pathlib import Path

import numpy as np

from midigen.atomic import replacing
from midigen.errors import UserError
from midigen.isolated import call_isolated
from midigen.rendering import builtin_synth, fluid_synth
from midigen.rendering.performance import Part, Performance
from midigen.rendering.soundfont_file import DRUM_BANK, SoundfontError, SoundfontFile
from midigen.rendering.soundfonts import SUFFIXES
from midigen.untrusted import check_file
from midigen.workspace import name_from

_log = logging.getLogger(__name__)

_SECONDS = 60.0  # for all of it; a font of 140 MB takes two
_ENOUGH_S = 20.0  # what has played so long without a fault is taken
_RATE_HZ = 22_050
_KEYS, _VELOCITIES = (36, 60, 84), (30, 110)
_NOTE_S, _RING_S = 0.1, 0.1


def keep_soundfont(source: Path, folder: Path, most_bytes: float) -> Path:
    """Copy a soundfont into a folder, under its own name, if it plays; return its place.

    Raises:
        UserError: it is no soundfont, it is too large, no synthesizer can play it, or there is one
            of this name.
        OSError: the disk is full, or nothing can be written there.
    """
    suffix = source.suffix.lower()
    if suffix not in SUFFIXES:
        raise UserError(
            f"{source.name} is not a soundfont.", "Choose a SoundFont 2 file: .sf2 or .sf3."
        )
    target = folder / f"{name_from(source.name)}{suffix}"
    if target.exists():
        raise UserError(
            f"There is a soundfont {target.name} already.",
            "Choose it from the list, or give the file another name.",
        )
    try:
        check_file(source, most_bytes)
        call_isolated(audition, source, _SECONDS)
    except UserError as error:
        raise SoundfontError(source, str(error).rstrip(".")) from error
    except RuntimeError as error:
        _log.warning("%s failed in a way that is not foreseen: %s", source.name, error)
        raise SoundfontError(source, "it is damaged") from error
    with replacing(target) as draft:
        shutil.copyfile(source, draft)
    return target


def audition(path: Path) -> int:
    """Play a few notes of every instrument with every synthesizer that is there.

    Returns:
        How many instruments were played; not all, if they take long.

    Raises:
        UserError: why no synthesizer can play it, as the end of a sentence.
    """
    try:
        return _play_all(SoundfontFile(path))
    except SoundfontError as error:
        raise UserError(error.why) from error


def _play_all(soundfont: SoundfontFile) -> int:
    players = [builtin_synth.play]
    if fluid_synth.is_available():
        players.append(fluid_synth.play)
    deadline = time.monotonic() + _ENOUGH_S
    refusals: dict[int, UserError] = {}
    n_played = 0
    for preset in soundfont.presets:
        if time.monotonic() > deadline:
            break
        performance = _scale(*preset)
        n_frames = round((performance.end_s + _RING_S) * _RATE_HZ)
        for i, play in enumerate(players):
            if i in refusals:
                continue
            try:
                sound = play(performance, soundfont, _RATE_HZ, n_frames)
            except UserError as error:
                refusals[i] = error
            else:
                if not np.isfinite(sound).all():
                    refusals[i] = UserError("its sound is no number")
        if len(refusals) == len(players):
            raise refusals[0]
        n_played += 1
    return n_played


def _scale(bank: int, program: int) -> Performance:
    """Low to high, soft and loud, one after the other."""
    notes = [(key, velocity) for key in _KEYS for velocity in _VELOCITIES]
    start_s = np.arange(len(notes), dtype=np.float64) * _NOTE_S
    pitch, velocity = np.array(notes, np.int64).T
    nothing, no_times = np.zeros(0, np.int64), np.zeros(0)
    part = Part(
        program=program,
        is_drum=bank == DRUM_BANK,
        start_s=start_s,
        end_s=start_s + _NOTE_S,
        pitch=pitch,
        velocity=velocity,
        control_s=no_times,
        control=nothing,
        control_value=nothing,
        bend_s=no_times,
        bend=nothing,
    )
    return Performance((part,), float(start_s[-1] + _NOTE_S))
