"""What can be counted in a piece: keys, rhythm, texture, repetition.

The measures are those that papers on generated music report, so that figures can be compared:
MusPy (Dong et al., ISMIR 2020), mgeval (Yang & Lerch, Neural Computing and Applications 2020) and
the Jazz Transformer (Wu & Yang, ISMIR 2020). None of them says whether music is good; together they
say whether it is unlike what it was learned from.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from symusic import Score

from midigen.errors import UserError
from midigen.music.score import bar_ticks, merge_tracks

GRID = 12  # steps of a quarter in the histograms of rhythm
LONGEST = 4 * GRID  # what is longer falls into the last bin
_MAJOR_SCALE = np.isin(np.arange(12), (0, 2, 4, 5, 7, 9, 11))
_SCALES = np.stack([np.roll(_MAJOR_SCALE, tonic) for tonic in range(12)])  # (12, 12) bool
_SIXTEENTHS = 4  # slots of a quarter in which grooves are compared
_MEMORY_BARS = 16  # how far back a bar may look for its like
_WINDOW, _STRIDE = 32, 8  # notes that are looked at together for a collapse
_FEW_PITCHES = 3
COLLAPSED = 0.1  # of 952 real openings of 32 bars none has more than 0.033


@dataclass(frozen=True)
class Measures:
    """The measures of one piece; drums are passed over.

    Attributes:
        pitch_class_entropy: of the notes' pitch classes, in bits; 0 for one, 3.58 for all alike.
        scale_share: share of notes in the diatonic scale that fits best (a major scale and its
            relative natural minor are one), 0.58 for random notes.
        notes_per_quarter: density.
        polyphony: mean number of notes that sound together, where any sounds.
        velocity_spread: standard deviation of MIDI velocities.
        pitch_range: semitones from the lowest note to the highest.
        groove: mean likeness of the onsets of a bar with those of the next one: 1 minus the share
            of sixteenths in which one has an onset and the other none.
        self_similarity: how like a bar is to the one of the last 16 that is most like it, by
            pitch classes on each beat; cosine, mean over bars.
        collapse: share of the windows of 32 notes that hold at most 3 pitches; 0 is lively, 1 is
            a composer that has run into one note.
        inter_onset: (49,) share of distances between onsets, in twelfths of a quarter.
        durations: (49,) share of note lengths, in twelfths of a quarter.
    """

    pitch_class_entropy: float
    scale_share: float
    notes_per_quarter: float
    polyphony: float
    velocity_spread: float
    pitch_range: float
    groove: float
    self_similarity: float
    collapse: float
    inter_onset: np.ndarray
    durations: np.ndarray

    @property
    def is_collapsed(self) -> bool:
        """Whether it ran into a few notes, as no real piece does."""
        return self.collapse > COLLAPSED


SCALARS = tuple(each.name for each in fields(Measures) if each.type == "float")
HISTOGRAMS = tuple(each.name for each in fields(Measures) if each.name not in SCALARS)


def measure(score: Score) -> Measures:
    """Measure a piece.

    Raises:
        UserError: it has no pitched notes.
    """
    piano = merge_tracks(score)
    notes = piano.tracks[0].notes.numpy()
    if len(notes["time"]) == 0:
        raise UserError("it holds no notes")
    onset = notes["time"].astype(np.int64)
    length = np.maximum(1, notes["duration"].astype(np.int64))
    pitch = notes["pitch"].astype(np.int64)
    quarter = score.ticks_per_quarter
    classes = np.bincount(pitch % 12, minlength=12)
    end = int((onset + length).max())
    bars = np.array([each for each in bar_ticks(piano) if each < end])
    gaps = np.diff(np.unique(onset))
    return Measures(
        pitch_class_entropy=_entropy(classes),
        scale_share=float((_SCALES * classes).sum(axis=1).max() / len(pitch)),
        notes_per_quarter=len(pitch) * quarter / (end - int(onset.min())),
        polyphony=float(length.sum() / _sounding_ticks(onset, onset + length)),
        velocity_spread=float(notes["velocity"].std()),
        pitch_range=float(np.ptp(pitch)),
        groove=_groove(onset, bars, quarter),
        self_similarity=_self_similarity(onset, pitch, bars, quarter),
        collapse=_collapse(pitch),
        inter_onset=_histogram(gaps, quarter),
        durations=_histogram(length, quarter),
    )


def _entropy(counts: np.ndarray) -> float:
    share = counts[counts > 0] / counts.sum()
    return float(-(share * np.log2(share)).sum() + 0.0)


def _sounding_ticks(starts: np.ndarray, ends: np.ndarray) -> int:
    """Ticks in which at least one note sounds; notes come in order of their starts."""
    reach = np.maximum.accumulate(ends)
    before = np.concatenate(([starts[0]], reach[:-1]))
    return int((reach - np.maximum(starts, before)).clip(min=0).sum())


def _groove(onset: np.ndarray, bars: np.ndarray, quarter: int) -> float:
    """One bar has nothing to be like: 1."""
    if len(bars) < 2:
        return 1.0
    slot = np.rint((onset - bars[0]) * _SIXTEENTHS / quarter).astype(np.int64)
    edges = np.rint((bars - bars[0]) * _SIXTEENTHS / quarter).astype(np.int64)
    width = max(1, int(np.diff(edges).max()))
    played = np.zeros((len(bars), width + 1), dtype=bool)
    bar = np.searchsorted(edges, slot, side="right") - 1
    played[bar, np.minimum(slot - edges[bar], width)] = True
    return float(1 - (played[1:, :width] != played[:-1, :width]).mean())


def _self_similarity(onset: np.ndarray, pitch: np.ndarray, bars: np.ndarray, quarter: int) -> float:
    if len(bars) < 2:
        return 1.0
    bar = np.searchsorted(bars, onset, side="right") - 1
    beat = (onset - bars[bar]) // quarter
    heard = np.zeros((len(bars), int(beat.max()) + 1, 12))
    np.add.at(heard, (bar, beat, pitch % 12), 1.0)
    flat = heard.reshape(len(bars), -1)
    norm = np.linalg.norm(flat, axis=1)
    alike = flat @ flat.T / np.maximum(np.outer(norm, norm), 1e-9)
    best = [
        alike[i, max(0, i - _MEMORY_BARS) : i].max() for i in range(1, len(bars)) if norm[i] > 0
    ]
    return float(np.mean(best)) if best else 1.0


def _collapse(pitch: np.ndarray) -> float:
    starts = range(0, max(1, len(pitch) - _WINDOW + 1), _STRIDE)
    few = [len(np.unique(pitch[i : i + _WINDOW])) <= _FEW_PITCHES for i in starts]
    return float(np.mean(few))


def _histogram(ticks: np.ndarray, quarter: int) -> np.ndarray:
    """Shares by twelfths of a quarter, (49,); all zero where there is nothing to count."""
    steps = np.clip(np.rint(ticks * GRID / quarter), 0, LONGEST).astype(np.int64)
    counts = np.bincount(steps, minlength=LONGEST + 1)
    shares: np.ndarray = counts / max(1, counts.sum())
    return shares
