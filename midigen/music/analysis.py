"""Analyses one piece: key, tempo, form, texture, chords and how it ends, as data without words.

What is counted over many pieces to compare them is in measures.py; here is what a musician wants to
know about one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from symusic import Score

from midigen.errors import UserError
from midigen.music.chords import Placed, find_chords
from midigen.music.harmony import Cadence, find_cadence, names_of
from midigen.music.key import KeyFinding, find_key, pitch_class_weights
from midigen.music.measures import Measures, measure
from midigen.music.part_measures import PartMeasures, measure_parts
from midigen.music.score import bar_ticks, duration_s, merge_tracks

OCTAVE = 12
NOTE_LENGTHS = (1 / 8, 1 / 4, 1 / 3, 1 / 2, 3 / 4, 1.0, 1.5, 2.0, 3.0, 4.0)  # in quarters
_STEPS_OF_A_QUARTER = 12  # onsets that round to the same step are one chord
_USUAL_BPM = 120.0  # what a MIDI file without a tempo has
_LONGEST_TOP_LINE = 50_000  # onsets; later ones are passed over


@dataclass(frozen=True)
class TempoRange:
    """Quarter notes a minute: over the whole piece, and at the slowest and fastest mark."""

    mean_bpm: float
    slowest_bpm: float
    fastest_bpm: float


@dataclass(frozen=True)
class NamedChord:
    """A chord of a piece.

    Attributes:
        bar: in which it begins, from 1.
        beat: at which, from 1; beats of the metre, of which 6/8 has two.
        start_s, end_s: in seconds.
        symbol: `Am`, `G7/B`.
        numeral: in the key of the piece: `vi`, `V65`.
    """

    bar: int
    beat: float
    start_s: float
    end_s: float
    symbol: str
    numeral: str


@dataclass(frozen=True)
class Analysis:
    """What is known of a piece; drums are passed over, but for being a part.

    Attributes:
        key: the key and how sure it is.
        tempo: in quarter notes a minute.
        metres: `4/4`, in the order of their first use.
        n_bars: a started one counts.
        duration_s: to the last note's end.
        n_notes: of notes struck twice at once, one.
        lowest, highest: MIDI pitches; `harmony.pitch_name` spells them.
        notes_per_s, notes_per_bar: density.
        measures: those of measures.py.
        pitch_classes: (12,) share of the sounded time of each pitch class, from C.
        intervals: (25,) shares of the steps of the top line, from an octave down to an octave up;
            larger ones are in the outer bins. All zero if it has no two notes.
        note_lengths: (10,) shares of notes by the nearest of `NOTE_LENGTHS`.
        chords: one after the other.
        cadence: that it ends with, if it is one of the three.
        parts: its instruments by program, `DRUMS` for drums, from the top of a score down.
    """

    key: KeyFinding
    tempo: TempoRange
    metres: tuple[str, ...]
    n_bars: int
    duration_s: float
    n_notes: int
    lowest: int
    highest: int
    notes_per_s: float
    notes_per_bar: float
    measures: Measures
    pitch_classes: np.ndarray
    intervals: np.ndarray
    note_lengths: np.ndarray
    chords: tuple[NamedChord, ...]
    cadence: Cadence | None
    parts: Mapping[int, PartMeasures]


def analyse(score: Score) -> Analysis:
    """Analyse a piece.

    The first call imports music21 for the names of chords (0.4 s).

    Raises:
        UserError: it has no pitched notes.
    """
    measures = measure(score)
    piano = merge_tracks(score)
    notes = piano.tracks[0].notes.numpy()
    weights = pitch_class_weights(piano)
    if weights.max() == 0:  # notes without any length
        raise UserError("it holds no notes")
    key = find_key(weights)
    placed = find_chords(piano, key.key)
    seconds, n_bars, n_notes = duration_s(piano), len(bar_ticks(piano)), len(notes["time"])
    return Analysis(
        key=key,
        tempo=_tempo(piano),
        metres=_metres(piano),
        n_bars=n_bars,
        duration_s=seconds,
        n_notes=n_notes,
        lowest=int(notes["pitch"].min()),
        highest=int(notes["pitch"].max()),
        notes_per_s=n_notes / max(seconds, 1e-3),
        notes_per_bar=n_notes / n_bars,
        measures=measures,
        pitch_classes=weights / weights.sum(),
        intervals=interval_shares(piano),
        note_lengths=note_length_shares(piano),
        chords=_named(piano, placed, key),
        cadence=find_cadence([each.chord for each in placed], key.key),
        parts=measure_parts(score).parts,
    )


def interval_shares(score: Score) -> np.ndarray:
    """Steps of the top line in semitones, (25,) shares from -12 to 12; all zero without a step.

    The line has the highest note of each onset, unless a higher one goes on sounding: the skyline
    of Uitdenbogerd & Zobel, "Manipulation of Music for Melody Matching" (ACM Multimedia 1998).
    """
    steps = np.clip(np.diff(_top_line(score)), -OCTAVE, OCTAVE) + OCTAVE
    counts = np.bincount(steps, minlength=2 * OCTAVE + 1)
    shares: np.ndarray = counts / max(1, counts.sum())
    return shares


def note_length_shares(score: Score) -> np.ndarray:
    """Notes by the nearest of `NOTE_LENGTHS`, by ratio: (10,) shares, all zero without notes."""
    lengths = merge_tracks(score).tracks[0].notes.numpy()["duration"].astype(np.float64)
    quarters = np.maximum(lengths, 1) / score.ticks_per_quarter
    distance = np.abs(np.log2(quarters)[:, None] - np.log2(NOTE_LENGTHS))
    counts = np.bincount(distance.argmin(axis=1), minlength=len(NOTE_LENGTHS))
    shares: np.ndarray = counts / max(1, counts.sum())
    return shares


def _top_line(score: Score) -> np.ndarray:
    """Pitches of the highest voice, (N,) int64."""
    notes = merge_tracks(score).tracks[0].notes.numpy()
    step = score.ticks_per_quarter / _STEPS_OF_A_QUARTER
    onset = np.rint(notes["time"] / step).astype(np.int64)
    release = notes["time"].astype(np.int64) + notes["duration"]
    is_last = np.append(np.diff(onset) != 0, True)[: len(onset)]
    line: list[int] = []
    sounds_until = np.zeros(128, dtype=np.int64)
    begin = 0
    for end in np.flatnonzero(is_last)[:_LONGEST_TOP_LINE] + 1:
        top = begin + int(notes["pitch"][begin:end].argmax())
        pitch, start = int(notes["pitch"][top]), int(notes["time"][top])
        # A higher note that only overlaps a little, as in legato, has given way.
        middle = start + int(notes["duration"][top]) // 2
        if sounds_until[pitch + 1 :].max(initial=0) <= middle:
            line.append(pitch)
        struck = notes["pitch"][begin:end]
        sounds_until[struck] = np.maximum(sounds_until[struck], release[begin:end])
        begin = int(end)
    return np.array(line, dtype=np.int64)


def _tempo(score: Score) -> TempoRange:
    """Of a score with one track that holds nothing but notes."""
    end = int(score.tracks[0].end())
    marks = [each.qpm for each in score.tempos if each.time < end] or [_USUAL_BPM]
    quarters = end / score.ticks_per_quarter
    return TempoRange(60 * quarters / max(duration_s(score), 1e-3), min(marks), max(marks))


def _metres(score: Score) -> tuple[str, ...]:
    marks = sorted(score.time_signatures, key=lambda each: each.time)
    names = [f"{each.numerator}/{each.denominator}" for each in marks]
    return tuple(dict.fromkeys(names)) or ("4/4",)


def _named(score: Score, placed: list[Placed], key: KeyFinding) -> tuple[NamedChord, ...]:
    starts = _seconds(score, [each.start_tick for each in placed])
    ends = _seconds(score, [each.end_tick for each in placed])
    roots = [each.chord.root for each in placed[1:]] + [None] * bool(placed)
    named = []
    for each, start, end, leads_to in zip(placed, starts, ends, roots, strict=True):
        names = names_of(each.chord, key.key, leads_to)
        named.append(NamedChord(each.bar, each.beat, start, end, names.symbol, names.numeral))
    return tuple(named)


def _seconds(score: Score, ticks: list[int]) -> list[float]:
    """Ticks as seconds, tempo changes included."""
    marks = {0: _USUAL_BPM} | {
        each.time: each.qpm for each in sorted(score.tempos, key=lambda each: each.time)
    }
    known, elapsed = list(marks), [0.0]
    for before, after in pairwise(known):
        per_tick = 60 / (marks[before] * score.ticks_per_quarter)
        elapsed.append(elapsed[-1] + (after - before) * per_tick)
    at = np.searchsorted(known, ticks, side="right") - 1
    return [
        elapsed[i] + (tick - known[i]) * 60 / (marks[known[i]] * score.ticks_per_quarter)
        for i, tick in zip(at, ticks, strict=True)
    ]
