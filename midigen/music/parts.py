"""The notes of a score by who plays them, as arrays: what is spelled, and no more of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from symusic import Note, Score, Track

from midigen.config import DRUMS
from midigen.music.instruments import instrument_name, place_in_score, stand_in

Notes = Mapping[str, np.ndarray]


class Part(NamedTuple):
    """What one instrument plays.

    Attributes:
        program: of General MIDI, or `DRUMS`.
        notes: time, duration, pitch, velocity, as symusic has them; in order, and of notes struck
            twice at once the longer.
    """

    program: int
    notes: Notes

    @property
    def is_drum(self) -> bool:
        return self.program == DRUMS

    def track(self) -> Track:
        """The same as a track of a score."""
        track = Track(
            instrument_name(self.program, self.is_drum),
            0 if self.is_drum else self.program,
            self.is_drum,
        )
        track.notes = Note.from_numpy(**self.notes)
        return track


def piano_parts(score: Score) -> list[Part]:
    """All pitched notes as one piano, if there are any.

    Drums are left out: their pitches are instruments, not tones.
    """
    notes = [track.notes.numpy() for track in score.tracks if track.notes and not track.is_drum]
    return [Part(0, _merged(notes))] if notes else []


def instrument_parts(score: Score, known: Sequence[int]) -> list[Part]:
    """One part for each instrument, from the top of a score down; the same merge into one.

    Args:
        score: any number of tracks.
        known: the instruments that are told apart; see `instruments.stand_in`.
    """
    found: dict[int, list[Notes]] = {}
    for track in score.tracks:
        program = stand_in(DRUMS if track.is_drum else track.program, known)
        if program is not None and track.notes:
            found.setdefault(program, []).append(track.notes.numpy())
    return [Part(each, _merged(found[each])) for each in sorted(found, key=place_in_score)]


def _merged(parts: Sequence[Notes]) -> Notes:
    notes = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    place = notes["time"].astype(np.int64) << 7 | notes["pitch"]  # time and pitch as one number
    order = np.lexsort((-notes["duration"].astype(np.int64), place))
    place = place[order]
    order = order[np.append(True, place[1:] != place[:-1])]
    return {name: values[order] for name, values in notes.items()}
