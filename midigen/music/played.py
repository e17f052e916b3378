"""Writes down what somebody played to a click: seconds become a score in sixteenths and triplets.

It reads hands, not files: it trusts its numbers, and whoever takes them from a page checks them
first against the limits named here.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from symusic import Note, Score, Tempo, TimeSignature, Track

MAX_BARS = 64  # of a recording
MAX_NOTES = 2000  # of a recording: a sixteenth run in two voices fills 62 bars
SLOWEST_BPM, USUAL_BPM, FASTEST_BPM = 40, 90, 200

TICKS = 480  # of a quarter; divisible by the four and the three below
SIXTEENTH, TRIPLET = TICKS // 4, TICKS // 3

# Distances below are in quarters: 0.06 of a quarter are 40 ms at 90 quarters a minute.
CHORD_S = 0.035  # keys of a chord go down within this, and a sixteenth at 200 lasts 75 ms
# A straight sixteenth 0.06 off its place has a squared error that is 0.0031 larger on triplets'
# grid than a played triplet would allow; an exact triplet is at 0.0069. In between is "clearly".
CLEARLY_TRIPLET = 0.0032
LEGATO = 0.2  # hands leave a key that much before, or after, the next one or the beat


@dataclass(frozen=True)
class Metre:
    """What a beat of the click is: a quarter, and in 6/8 an eighth."""

    numerator: int
    denominator: int
    pulse: float  # quarters from one strong point to the next

    @property
    def beat(self) -> float:
        """In quarters."""
        return 4 / self.denominator

    @property
    def bar(self) -> int:
        """In ticks."""
        return round(self.numerator * self.beat * TICKS)


METRES = {2: Metre(2, 4, 1.0), 3: Metre(3, 4, 1.0), 4: Metre(4, 4, 1.0), 6: Metre(6, 8, 1.5)}


@dataclass(frozen=True)
class PlayedNote:
    """A key from its going down to its coming up, in seconds from the first downbeat."""

    start_s: float
    end_s: float
    pitch: int
    velocity: int


@dataclass(frozen=True)
class _Moment:
    """Keys that were meant together: where they went down, in quarters, and where that is meant."""

    position: float
    notes: tuple[PlayedNote, ...]
    tick: int = 0
    step: int = SIXTEENTH


def score_from_played(notes: Iterable[PlayedNote], bpm: float, beats_per_bar: int) -> Score:
    """One piano track with the rhythm that was meant.

    Each quarter is read on a grid of sixteenths, or of eighth triplets where those fit clearly
    better; 6/8 knows no triplets. A note begins at the nearest point, at the earliest on the first
    downbeat, and lasts at least a sixteenth; it ends on the next note or beat if it was released
    near it. Of keys struck twice at one point the louder velocity and the later end count. Bars of
    silence before the first note are left out.

    Args:
        notes: in any order.
        bpm: beats of the click a minute; in 6/8 a beat is an eighth.
        beats_per_bar: a key of `METRES`.
    """
    metre = METRES[beats_per_bar]
    quarters_a_second = bpm / 60 * metre.beat
    moments = list(_placed(_moments(notes, quarters_a_second), metre))
    score = Score(TICKS)
    score.tempos = [Tempo(0, bpm * metre.beat)]
    score.time_signatures = [TimeSignature(0, metre.numerator, metre.denominator)]
    piano = Track(name="Piano", program=0)
    piano.notes = _written(moments, quarters_a_second, metre)
    score.tracks = [piano]
    return score


def _moments(notes: Iterable[PlayedNote], quarters_a_second: float) -> Iterator[_Moment]:
    """Keys that went down within a chord's spread, at the middle of their times."""
    chord: list[PlayedNote] = []
    for note in sorted(notes, key=lambda each: each.start_s):
        if chord and note.start_s - chord[0].start_s > CHORD_S:
            yield _moment(chord, quarters_a_second)
            chord = []
        chord.append(note)
    if chord:
        yield _moment(chord, quarters_a_second)


def _moment(chord: Sequence[PlayedNote], quarters_a_second: float) -> _Moment:
    middle_s = sum(each.start_s for each in chord) / len(chord)
    return _Moment(max(0.0, middle_s * quarters_a_second), tuple(chord))


def _placed(moments: Iterable[_Moment], metre: Metre) -> Iterator[_Moment]:
    """Each moment on the grid of its quarter."""
    for quarter, group in groupby(moments, lambda each: math.floor(each.position)):
        inside = list(group)
        parts = [each.position - quarter for each in inside]
        step = TRIPLET if metre.denominator == 4 and _are_triplets(parts) else SIXTEENTH
        for each, part in zip(inside, parts, strict=True):
            tick = quarter * TICKS + _nearest(part * TICKS, step)
            yield _Moment(each.position, each.notes, tick, step)


def _are_triplets(parts: Sequence[float]) -> bool:
    """Whether the places within a quarter, from 0 to 1, fit thirds clearly better than fourths.

    Places on the beat, by thirds, fit both and have no say.
    """
    off_beat = [each for each in parts if 1 / 6 <= each < 5 / 6]
    if not off_beat:
        return False
    gains = [_error(each, 1 / 4) ** 2 - _error(each, 1 / 3) ** 2 for each in off_beat]
    return sum(gains) / len(gains) > CLEARLY_TRIPLET


def _written(moments: Sequence[_Moment], quarters_a_second: float, metre: Metre) -> list[Note]:
    """The notes in order, each pitch once at a time."""
    ends = _End(moments, metre)
    written: dict[tuple[int, int], tuple[int, int]] = {}  # (tick, pitch): (end, velocity)
    for moment in moments:
        for note in moment.notes:
            end = ends.of(note.end_s * quarters_a_second, moment)
            other_end, other_velocity = written.get((moment.tick, note.pitch), (0, 0))
            written[moment.tick, note.pitch] = (
                max(end, other_end),
                max(note.velocity, other_velocity),
            )
    silence = min((tick for tick, _ in written), default=0) // metre.bar * metre.bar
    next_of_pitch: dict[int, int] = {}
    notes = []
    for (tick, pitch), (end, velocity) in sorted(written.items(), reverse=True):
        end = min(end, next_of_pitch.get(pitch, end))
        next_of_pitch[pitch] = tick
        notes.append(Note(tick - silence, end - tick, pitch, velocity))
    return notes[::-1]


class _End:
    """Knows where a released key was meant to be released."""

    def __init__(self, moments: Sequence[_Moment], metre: Metre) -> None:
        self.pulse = metre.pulse
        self.moments = moments
        self.positions = [each.position for each in moments]

    def of(self, released: float, moment: _Moment) -> int:
        """The tick of the note or beat within reach that is nearest, else the length rounded.

        Args:
            released: when the key came up, in quarters.
            moment: when it went down.
        """
        reachable = [
            (distance, tick)
            for distance, tick in self._near(released)
            if distance <= LEGATO and tick > moment.tick
        ]
        if reachable:
            return min(reachable)[1]
        length = _nearest((released - moment.position) * TICKS, moment.step)
        return moment.tick + max(length, moment.step)

    def _near(self, released: float) -> Iterator[tuple[float, int]]:
        """The strong point and the two moments around a release, with their distances."""
        pulse = round(released / self.pulse) * self.pulse
        yield abs(pulse - released), round(pulse * TICKS)
        after = bisect_right(self.positions, released)
        for each in self.moments[max(0, after - 1) : after + 1]:
            yield abs(each.position - released), each.tick


def _nearest(value: float, step: int) -> int:
    return round(value / step) * step


def _error(value: float, step: float) -> float:
    return abs(value - round(value / step) * step)
