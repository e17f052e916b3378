"""Divides the notes of a keyboard between two hands, as a pianist would take them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from midigen.rendering.metre import UNITS

MIDDLE_C = 60

# What is hard for a hand or for the eye, per semitone; set by looking at engraved pages.
_REACH = 12  # an octave lies under the hand, a tenth is a stretch, more cannot be held
_TENTH = 16
_STRETCH, _OUT_OF_REACH = 1.0, 4.0
_WRONG_SIDE = 0.2  # of middle C, which costs ledger lines
_LEAP = 0.15  # between what a hand plays and what it played before
_CROSSING = 1.0
_UNEVEN = 0.8  # three notes in one hand and one in the other; four parts lie two and two
_HAND_OVER = 0.6  # a line goes on in the other hand within a beat
_FINGERS, _TOO_MANY = 5, 3.0
_OVERLAP = UNITS // 4  # what sounds on for less is released before the next note
_MOST_NOTES = 16  # no hands take more at once, and it is not worth the time to try
_BEAM_WIDTH = 8  # ways of dividing the piece so far that are kept in mind

Sounding = tuple[int, int, int]  # start and end in units, MIDI pitch


@dataclass(frozen=True, slots=True)
class _Hand:
    """Where a hand is: the middle of what it played last, when, and what it still holds."""

    centre: float
    time: int
    held: tuple[tuple[int, int], ...]  # end and pitch


@dataclass(frozen=True, slots=True)
class _Way:
    """One way to divide all notes so far; the choices form a chain back to the first."""

    cost: float
    left: _Hand
    right: _Hand
    n_left: int = 0  # how many of the lowest notes of the last chord the left hand takes
    before: _Way | None = field(default=None, repr=False)


def split_hands(notes: Sequence[Sounding]) -> list[bool]:
    """For each note whether the right hand plays it.

    The hands are followed through the piece and the least laborious of the ways that come to mind
    is taken: chords within reach, no leaps for a single note, high notes right and low ones left.

    Args:
        notes: sorted by start and pitch.
    """
    chords = [list(chord) for _, chord in groupby(notes, key=lambda note: note[0])]
    ways = [_Way(0.0, _Hand(MIDDLE_C - 12, 0, ()), _Hand(MIDDLE_C + 12, 0, ()))]
    for chord in chords:
        ways = _best(after for way in ways for after in _continue(way, chord))
    return _read_back(ways[0], chords)


def _continue(way: _Way, chord: list[Sounding]) -> Iterator[_Way]:
    now = chord[0][0]
    left = _Hand(way.left.centre, way.left.time, _still_held(way.left, now))
    right = _Hand(way.right.centre, way.right.time, _still_held(way.right, now))
    for n_left in _choices(chord):
        low, high = chord[:n_left], chord[n_left:]
        cost = way.cost + _effort(left, low, is_right=False) + _effort(right, high, is_right=True)
        cost += _crossing(left, low, right, high)
        cost += _hand_over(way, now, bool(low), bool(high))
        cost += _UNEVEN * (abs(len(left.held) + len(low) - len(right.held) - len(high)) > 1)
        yield _Way(cost, _play(left, low), _play(right, high), n_left, way)


def _choices(chord: list[Sounding]) -> Iterable[int]:
    if len(chord) <= _MOST_NOTES:
        return range(len(chord) + 1)
    return [sum(pitch < MIDDLE_C for _, _, pitch in chord)]


def _still_held(hand: _Hand, now: int) -> tuple[tuple[int, int], ...]:
    return tuple(each for each in hand.held if each[0] >= now + _OVERLAP)


def _play(hand: _Hand, chord: list[Sounding]) -> _Hand:
    if not chord:
        return hand
    centre = (chord[0][2] + chord[-1][2]) / 2
    held = hand.held + tuple((end, pitch) for _, end, pitch in chord)
    return _Hand(centre, chord[0][0], held)


def _effort(hand: _Hand, chord: list[Sounding], is_right: bool) -> float:
    if not chord:
        return 0.0
    sign = 1 if is_right else -1
    cost = _WRONG_SIDE * sum(max(0, sign * (MIDDLE_C - pitch)) for _, _, pitch in chord)
    pitches = [pitch for _, _, pitch in chord] + [pitch for _, pitch in hand.held]
    span = max(pitches) - min(pitches)
    cost += _STRETCH * max(0, min(span, _TENTH) - _REACH) + _OUT_OF_REACH * max(0, span - _TENTH)
    cost += _TOO_MANY * max(0, len(pitches) - _FINGERS)
    way = abs((chord[0][2] + chord[-1][2]) / 2 - hand.centre)
    rested = max(1.0, (chord[0][0] - hand.time) / UNITS)
    return cost + _LEAP * way / rested


def _crossing(left: _Hand, low: list[Sounding], right: _Hand, high: list[Sounding]) -> float:
    lows = [pitch for _, _, pitch in low] + [pitch for _, pitch in left.held]
    highs = [pitch for _, _, pitch in high] + [pitch for _, pitch in right.held]
    return _CROSSING * max(0, max(lows) - min(highs)) if lows and highs else 0.0


def _hand_over(way: _Way, now: int, plays_left: bool, plays_right: bool) -> float:
    """Whether one hand alone takes over from the other, which played alone."""
    recent, other = (way.left, way.right) if plays_right else (way.right, way.left)
    is_alone = plays_left != plays_right and recent.time > other.time
    return _HAND_OVER if is_alone and way.before and now - recent.time <= UNITS else 0.0


def _best(ways: Iterator[_Way]) -> list[_Way]:
    """The cheapest ways, of those that leave the hands in the same place only one."""
    best: dict[tuple[float, float], _Way] = {}
    for way in ways:
        place = (way.left.centre, way.right.centre)
        if place not in best or way.cost < best[place].cost:
            best[place] = way
    return sorted(best.values(), key=lambda way: way.cost)[:_BEAM_WIDTH]


def _read_back(way: _Way, chords: list[list[Sounding]]) -> list[bool]:
    is_right: list[bool] = []
    for chord in reversed(chords):
        choice = [i >= way.n_left for i in range(len(chord))]
        is_right += reversed(choice)
        assert way.before is not None, "a way has one step for each chord"
        way = way.before
    return is_right[::-1]
