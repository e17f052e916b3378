"""What each instrument's part looks like: its name, its staves, and where drums are written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from symusic import Score

from midigen.music.instruments import instrument_name

MAX_PARTS = 32  # more do not fit on a page


_PIANOS = range(8)
# Celesta, vibraphone, marimba, organs and accordions, harp: two staves where the range asks for it.
_TWO_STAVES = {8, 11, 12, *range(16, 22), 23, 46}
_LOW, _HIGH = 53, 67  # a part that goes below F3 and above G4 needs both clefs
_HANDS_APART = 7  # semitones between the middles of two tracks that are hands
_REACH = 16  # a hand's: a tenth
_WITHIN_REACH = 0.95  # share of the chords of a track that is one hand

# General MIDI drums on the staff: step, octave and notehead, after Weinberg, "Guidelines for
# Drumset Notation" (1998). What is not named here stands above as a cross.
_DRUM_PLACES = {
    **dict.fromkeys((35, 36), ("F", 4, "normal")),
    **dict.fromkeys((38, 40), ("C", 5, "normal")),
    **dict.fromkeys((37, 39), ("C", 5, "x")),
    **dict.fromkeys((42, 46), ("G", 5, "x")),
    44: ("D", 4, "x"),
    **dict.fromkeys((41, 43), ("A", 4, "normal")),
    **dict.fromkeys((45, 47), ("D", 5, "normal")),
    **dict.fromkeys((48, 50), ("E", 5, "normal")),
    **dict.fromkeys((51, 53, 59), ("F", 5, "x")),
    **dict.fromkeys((49, 52, 55, 57), ("A", 5, "x")),
}
_OTHER_DRUM = ("B", 5, "x")


@dataclass(frozen=True, eq=False)
class Plan:
    """One part: its notes as columns (n,) int64, and the staff of each where the file tells it.

    Attributes:
        staves: 1 or 2.
        hand: 1 for the right hand, 0 for the left, of each note; None if it must be found.
    """

    name: str
    is_drum: bool
    staves: int
    start: np.ndarray
    end: np.ndarray
    pitch: np.ndarray
    hand: np.ndarray | None = None


def plan_parts(score: Score) -> list[Plan]:
    """A part for each track with notes, at most `MAX_PARTS`; tracks of one piano are one part."""
    tracks = [track for track in score.tracks if track.notes][:MAX_PARTS]
    plans: list[Plan] = []
    pianos_done: set[int] = set()
    for track in tracks:
        program = int(track.program)
        if track.is_drum:
            plans.append(_plan(instrument_name(0, is_drum=True), 1, [track], is_drum=True))
        elif program not in _PIANOS:
            plans.append(_plan(instrument_name(program), _staves(track, program), [track]))
        elif program not in pianos_done:
            pianos_done.add(program)
            alike = [each for each in tracks if each.program == program and not each.is_drum]
            plans.append(_plan(instrument_name(program), 2, alike))
    return _numbered(plans)


def drum_place(pitch: int) -> tuple[str, int, str]:
    """Where a General MIDI drum is written: step, octave, notehead."""
    return _DRUM_PLACES.get(pitch, _OTHER_DRUM)


def _plan(name: str, staves: int, tracks: Sequence[Any], is_drum: bool = False) -> Plan:
    columns = [track.notes.numpy() for track in tracks]
    start, duration, pitch = (
        np.concatenate([each[field].astype(np.int64) for each in columns])
        for field in ("time", "duration", "pitch")
    )
    hand = None
    if staves == 2 and len(tracks) == 2 and _are_hands(columns):
        is_right = int(np.median(columns[0]["pitch"]) > np.median(columns[1]["pitch"]))
        hand = np.repeat([is_right, 1 - is_right], [len(each["time"]) for each in columns])
    return Plan(name, is_drum, staves, start, start + duration, pitch, hand)


def _are_hands(columns: Sequence[dict[str, np.ndarray]]) -> bool:
    """Whether two tracks of a piano are its hands: one above the other, chords within reach."""
    middles = [float(np.median(each["pitch"])) for each in columns]
    return abs(middles[0] - middles[1]) >= _HANDS_APART and all(map(_is_within_reach, columns))


def _is_within_reach(notes: dict[str, np.ndarray]) -> bool:
    _, chord = np.unique(notes["time"], return_inverse=True)
    low, high = np.full(chord.max() + 1, 127), np.zeros(chord.max() + 1, np.int64)
    np.minimum.at(low, chord, notes["pitch"])
    np.maximum.at(high, chord, notes["pitch"])
    return bool(np.mean(high - low <= _REACH) >= _WITHIN_REACH)


def _staves(track: Any, program: int) -> int:
    pitch = track.notes.numpy()["pitch"]
    both = program in _TWO_STAVES and pitch.min() < _LOW and pitch.max() > _HIGH
    return 2 if both else 1


def _numbered(plans: list[Plan]) -> list[Plan]:
    """Violin 1 and Violin 2 where there are two."""
    totals = Counter(plan.name for plan in plans)
    counts: Counter[str] = Counter()
    result = []
    for plan in plans:
        counts[plan.name] += 1
        name = plan.name if totals[plan.name] == 1 else f"{plan.name} {counts[plan.name]}"
        result.append(
            Plan(name, plan.is_drum, plan.staves, plan.start, plan.end, plan.pitch, plan.hand)
        )
    return result
