"""How a piece is played without composing it again: tempo, key, instruments, loudness of parts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from symusic import ControlChange, Score, Tempo

from midigen.errors import UserError
from midigen.music.instruments import NAMES, instrument_name
from midigen.music.score import transpose

LOWEST_BPM, HIGHEST_BPM = 20.0, 300.0
FARTHEST = 24  # semitones
FULL_VOLUME = 100  # percent
VOLUME = 7  # the controller's number, and
USUAL_VOLUME = 100  # its value where none is sent (General MIDI Level 1)


@dataclass(frozen=True)
class Arrangement:
    """Changes to a piece; what is not named stays as it was composed.

    Attributes:
        transpose: semitones, up to two octaves.
        tempo_bpm: of the beginning, in quarter notes a minute; later changes keep their ratio to
            it.
        instruments: General MIDI programs by number of part, from 0.
        muted: numbers of parts that are not heard.
        volumes: percent of the amplitude that a part was composed with, by number of part; at 0
            it is not heard.

    Raises:
        UserError: a value is impossible.
    """

    transpose: int = 0
    tempo_bpm: float | None = None
    instruments: Mapping[int, int] = field(default_factory=dict)
    muted: frozenset[int] = frozenset()
    volumes: Mapping[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not (type(self.transpose) is int and abs(self.transpose) <= FARTHEST):
            raise UserError(
                f"{self.transpose!r} semitones cannot be transposed by.",
                f"Choose a whole number from -{FARTHEST} to {FARTHEST}.",
            )
        if self.tempo_bpm is not None and not LOWEST_BPM <= self.tempo_bpm <= HIGHEST_BPM:
            raise UserError(
                f"{self.tempo_bpm:g} is no tempo to play in.",
                f"Choose {LOWEST_BPM:g} to {HIGHEST_BPM:g} quarter notes a minute.",
            )
        for program in self.instruments.values():
            if not (type(program) is int and 0 <= program < len(NAMES)):
                raise UserError(f"There is no instrument {program!r}.", "Choose one of the list.")
        for volume in self.volumes.values():
            if not (type(volume) is int and 0 <= volume <= FULL_VOLUME):
                raise UserError(f"{volume!r} is no volume.", f"Choose 0 to {FULL_VOLUME} percent.")

    def is_heard(self, part: int) -> bool:
        """Whether a part sounds."""
        return part not in self.muted and self.volumes.get(part, FULL_VOLUME) > 0


def arrange(score: Score, arrangement: Arrangement) -> Score:
    """The piece as it shall be played; the score itself is not changed.

    Raises:
        UserError: all parts are muted.
    """
    arranged = transpose(score, arrangement.transpose)
    if arrangement.tempo_bpm is not None:
        arranged.tempos = _in_tempo(score, arrangement.tempo_bpm)
    for part, track in enumerate(arranged.tracks):
        program = arrangement.instruments.get(part)
        if program is not None and not track.is_drum:
            track.program = program
            track.name = instrument_name(program)
        _set_volume(track, arrangement.volumes.get(part, FULL_VOLUME))
    heard = [i for i in range(len(arranged.tracks)) if arrangement.is_heard(i)]
    if not heard:
        raise UserError("All parts are muted.", "Let one of them sound.")
    arranged.tracks = [arranged.tracks[i] for i in heard]
    return arranged


def _set_volume(track: Any, percent: int) -> None:
    """By the controller and not by velocity, which would change the timbre too.

    Amplitude is the square of the controller's value (MIDI Recommended Practice RP-022: 40 log).
    """
    if percent == FULL_VOLUME:
        return
    factor = math.sqrt(percent / FULL_VOLUME)
    volumes = [each for each in track.controls if each.number == VOLUME]
    others = [each for each in track.controls if each.number != VOLUME]
    if not any(each.time <= 0 for each in volumes):
        volumes.insert(0, ControlChange(0, VOLUME, USUAL_VOLUME))
    softer = [ControlChange(each.time, VOLUME, round(each.value * factor)) for each in volumes]
    track.controls = sorted([*softer, *others], key=lambda each: int(each.time))


def _in_tempo(score: Score, bpm: float) -> list[Tempo]:
    """All tempos scaled so that the first one is as asked; within the limits of MIDI files."""
    tempos = sorted(score.tempos, key=lambda each: each.time)
    if not tempos or tempos[0].time > 0:
        tempos.insert(0, Tempo(0, 120.0))  # what a MIDI file without a tempo means
    ratio = bpm / tempos[0].qpm
    return [Tempo(each.time, _within_midi(each.qpm * ratio)) for each in tempos]


def _within_midi(bpm: float) -> float:
    """A tempo that a MIDI file can hold and that takes no eternity."""
    return min(max(bpm, 4.0), 1200.0)
