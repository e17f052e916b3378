"""Finds the chords of a piece: which root and quality each beat has, passing notes let be.

Each beat is compared with all chords by what sounds in it, and the likeliest way through the piece
is taken, where a change costs something, least at a bar line: the method of Pardo & Birmingham,
"Algorithms for Chordal Analysis", Computer Music Journal 26 (2002), with a dynamic program instead
of their search. No names here; those are given in harmony.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

import numpy as np
from symusic import Score

from midigen.music.key import Key
from midigen.music.score import bar_ticks, merge_tracks

MOST_BARS = 1000  # later ones are passed over; 387 bars of Beethoven take 1.1 s with all names
_LONGEST_NOTE = 16  # beats; what is held longer counts to here

Quality = Literal["major", "minor", "diminished", "augmented", "7", "maj7", "m7", "ø7", "o7"]

# Semitones above the root, and by how much the chord has to be better than a plain triad. Sevenths
# are short in broken chords, so the frequent ones need not be. Chosen by reading the chords of real
# pieces.
QUALITIES: dict[Quality, tuple[tuple[int, ...], float]] = {
    "major": ((0, 4, 7), 0.0),
    "minor": ((0, 3, 7), 0.0),
    "diminished": ((0, 3, 6), 0.06),
    "augmented": ((0, 4, 8), 0.12),
    "7": ((0, 4, 7, 10), -0.05),
    "maj7": ((0, 4, 7, 11), 0.07),
    "m7": ((0, 3, 7, 10), 0.0),
    "ø7": ((0, 3, 6, 10), 0.02),
    "o7": ((0, 3, 6, 9), 0.0),
}
_FOREIGN = 0.05  # for each tone outside the key
_BASS_IS_ROOT, _BASS_IS_FOREIGN = 0.12, -0.05
_CHANGE_AT_BAR, _CHANGE_IN_MIDDLE, _CHANGE_ELSEWHERE = 0.15, 0.2, 0.3
_LEAST_FIT = 0.6  # cosine; below this what sounds is no chord of ours


@dataclass(frozen=True)
class Chord:
    """A chord without its place.

    Attributes:
        root: its pitch class, from 0 (C) to 11 (B).
        quality: which tones stand above the root.
        inversion: which of the tones is in the bass; 0 is the root.
    """

    root: int
    quality: Quality
    inversion: int = 0

    @property
    def tones(self) -> tuple[int, ...]:
        """Its pitch classes from the root upwards."""
        return tuple((self.root + each) % 12 for each in QUALITIES[self.quality][0])


@dataclass(frozen=True)
class Placed:
    """A chord where it sounds.

    Attributes:
        chord: what sounds.
        start_tick, end_tick: from when, until when.
        bar: from 1.
        beat: within the bar, from 1, in beats of the metre: 6/8 has two.
    """

    chord: Chord
    start_tick: int
    end_tick: int
    bar: int
    beat: float


@dataclass(frozen=True)
class _Window:
    """A stretch of time that has one chord: a quarter, or a dotted one in 6/8 and its like."""

    start: int
    end: int
    bar: int
    beat: float
    change: float  # what a new chord costs here


def find_chords(score: Score, key: Key) -> list[Placed]:
    """The chords of a piece, one after the other; stretches without one are left out.

    Args:
        score: the piece; drums are passed over, and so is what comes after `MOST_BARS` bars.
        key: its key, whose chords are preferred.
    """
    windows = list(_windows(score))
    weights, lowest = _sounding(score, windows)
    if not weights.any():
        return []
    states = _likeliest(_likeness(weights, lowest, key), [each.change for each in windows])
    placed = []
    for _, group in groupby(range(len(windows)), key=lambda i: (states[i], windows[i].bar)):
        beats = list(group)
        chord = _CHORDS[states[beats[0]]]
        if weights[beats].any() and _fit(weights[beats].sum(axis=0), chord) >= _LEAST_FIT:
            first, last = windows[beats[0]], windows[beats[-1]]
            chord = _with_bass(_with_function(chord, key), lowest[beats].min(axis=0))
            placed.append(Placed(chord, first.start, last.end, first.bar, first.beat))
    return _merged(placed)


def _windows(score: Score) -> Iterator[_Window]:
    """The beats of all bars; the last bar is as long as its metre says."""
    quarter = score.ticks_per_quarter
    starts = bar_ticks(score)[:MOST_BARS]
    metres = sorted((each.time, each.numerator, each.denominator) for each in score.time_signatures)
    for bar, start in enumerate(starts, start=1):
        _, numerator, denominator = next((m for m in reversed(metres) if m[0] <= start), (0, 4, 4))
        unit = max(1, quarter * 4 // denominator)
        stop = starts[bar] if bar < len(starts) else start + unit * numerator
        is_compound = denominator >= 8 and numerator % 3 == 0
        beat = 3 * unit if is_compound else unit
        for at in range(start, stop, beat if is_compound else quarter):
            is_middle = 2 * (at - start) == numerator * unit
            change = _CHANGE_IN_MIDDLE if is_middle else _CHANGE_ELSEWHERE
            yield _Window(
                start=at,
                end=min(at + (beat if is_compound else quarter), stop),
                bar=bar,
                beat=1 + (at - start) / beat,
                change=_CHANGE_AT_BAR if at == start else change,
            )


def _sounding(score: Score, windows: list[_Window]) -> tuple[np.ndarray, np.ndarray]:
    """What sounds in each window.

    Returns:
        Ticks of each pitch class, (T, 12) float64, and its lowest pitch, (T, 12) int64, 128 where
        it neither begins in the window nor sounds for a quarter of it.
    """
    starts = np.array([each.start for each in windows], dtype=np.int64)
    ends = np.array([each.end for each in windows], dtype=np.int64)
    weights = np.zeros((len(windows), 12))
    lowest = np.full((len(windows), 12), 128)
    notes = merge_tracks(score).tracks[0].notes.numpy()
    if len(windows) == 0 or len(notes["time"]) == 0:
        return weights, lowest
    onset = notes["time"].astype(np.int64)
    release = onset + np.maximum(1, notes["duration"].astype(np.int64))
    pitch = notes["pitch"].astype(np.int64)
    first = np.searchsorted(starts, onset, side="right") - 1
    for later in range(_LONGEST_NOTE):
        at = first + later
        is_here = (at < len(windows)) & (starts[np.minimum(at, len(windows) - 1)] < release)
        if not is_here.any():
            break
        at, tone = at[is_here], pitch[is_here]
        ticks = np.minimum(ends[at], release[is_here]) - np.maximum(starts[at], onset[is_here])
        np.add.at(weights, (at, tone % 12), np.maximum(0, ticks))
        counts = (later == 0) | (4 * ticks >= ends[at] - starts[at])
        np.minimum.at(lowest, (at[counts], tone[counts] % 12), tone[counts])
    return weights, lowest


def _likeness(weights: np.ndarray, lowest: np.ndarray, key: Key) -> np.ndarray:
    """How well each chord fits each window, (T, number of chords); silence fits all alike."""
    heard = np.sqrt(weights)  # so that a short third is not drowned by long octaves
    norm = np.linalg.norm(heard, axis=1, keepdims=True)
    likeness: np.ndarray = heard / np.maximum(norm, 1e-9) @ _TEMPLATES.T
    likeness -= _PENALTIES + _FOREIGN * (_MEMBERS & ~_scale(key)).sum(axis=1)
    bass = lowest.argmin(axis=1)
    likeness += np.where(bass[:, None] == _ROOTS, _BASS_IS_ROOT, 0.0)
    likeness += np.where(_MEMBERS.T[bass], 0.0, _BASS_IS_FOREIGN)
    likeness[norm[:, 0] == 0] = 0.0
    return likeness


def _likeliest(likeness: np.ndarray, changes: list[float]) -> np.ndarray:
    """The way through the windows with the highest sum, (T,), as indices of chords."""
    total = likeness[0]
    came_from = np.zeros(likeness.shape, dtype=np.int64)
    stay = np.arange(likeness.shape[1])
    for i in range(1, len(likeness)):
        best = int(total.argmax())
        changed = total[best] - changes[i]
        came_from[i] = np.where(total >= changed, stay, best)
        total = np.maximum(total, changed) + likeness[i]
    states = np.zeros(len(likeness), dtype=np.int64)
    states[-1] = total.argmax()
    for i in range(len(likeness) - 1, 0, -1):
        states[i - 1] = came_from[i, states[i]]
    return states


def _scale(key: Key) -> np.ndarray:
    """The tones of a key, (12,) bool; minor has its raised leading tone beside the natural one."""
    degrees = (0, 2, 4, 5, 7, 9, 11) if key.mode == "major" else (0, 2, 3, 5, 7, 8, 10, 11)
    return np.isin(np.arange(12), [(key.tonic + each) % 12 for each in degrees])


def _fit(weights: np.ndarray, chord: Chord) -> float:
    """Cosine of what sounds and the chord, from 0 to 1."""
    heard = np.sqrt(weights)
    return float(heard[list(chord.tones)].sum() / np.linalg.norm(heard) / np.sqrt(len(chord.tones)))


def _with_function(chord: Chord, key: Key) -> Chord:
    """Of the four roots that a diminished seventh may have the one that leads on as usual.

    That is to the tonic, else to the dominant, else to the second degree or, in minor, the fourth.
    """
    if chord.quality != "o7":
        return chord
    leading = (11, 6, 1) if key.mode == "major" else (11, 6, 4)
    roots = [(key.tonic + each) % 12 for each in leading]
    return Chord(next(root for root in roots if root in chord.tones), "o7")


def _with_bass(chord: Chord, lowest: np.ndarray) -> Chord:
    """The chord in the inversion that its lowest tone gives: lowest (12,), pitches."""
    tones = chord.tones
    return Chord(chord.root, chord.quality, int(lowest[list(tones)].argmin()))


def _merged(placed: list[Placed]) -> list[Placed]:
    """Neighbours that are the same chord become one."""
    merged: list[Placed] = []
    for each in placed:
        last = merged[-1] if merged else None
        if last and last.chord == each.chord and last.end_tick == each.start_tick:
            merged[-1] = Placed(last.chord, last.start_tick, each.end_tick, last.bar, last.beat)
        else:
            merged.append(each)
    return merged


_CHORDS = tuple(Chord(root, quality) for root in range(12) for quality in QUALITIES)
_ROOTS = np.array([each.root for each in _CHORDS])
_MEMBERS = np.array([np.isin(np.arange(12), each.tones) for each in _CHORDS])  # (chords, 12) bool
_TEMPLATES = _MEMBERS / np.sqrt(_MEMBERS.sum(axis=1, keepdims=True))
_PENALTIES = np.array([QUALITIES[each.quality][1] for each in _CHORDS])
