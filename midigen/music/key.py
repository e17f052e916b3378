"""Finds the key of a piece, so that all pieces can be brought to C major or A minor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from symusic import Score

TONICS = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")

# How strongly each degree of the scale is present in music of a mode: Albrecht & Shanahan, "The Use
# of Large Corpora to Train a New Type of Key-Finding Algorithm", Music Perception 31 (2013).
_MAJOR = np.array(
    [0.238, 0.006, 0.111, 0.006, 0.137, 0.094, 0.016, 0.214, 0.009, 0.080, 0.008, 0.081]
)
_MINOR = np.array(
    [0.220, 0.006, 0.104, 0.123, 0.019, 0.103, 0.012, 0.214, 0.062, 0.022, 0.061, 0.052]
)


@dataclass(frozen=True)
class Key:
    """A key: `tonic` is a pitch class from 0 (C) to 11 (B)."""

    tonic: int
    mode: Literal["major", "minor"]

    def __str__(self) -> str:
        return f"{TONICS[self.tonic]} {self.mode}"

    @property
    def semitones_to_natural(self) -> int:
        """The shortest transposition to C major or A minor, from -6 to 5 semitones."""
        target = 0 if self.mode == "major" else 9
        return (target - self.tonic + 6) % 12 - 6


def estimate_key(score: Score) -> Key:
    """The key whose profile fits best (Krumhansl's method: correlation over the 24 keys).

    Returns C major for a score without pitched notes.
    """
    return best_key(pitch_class_weights(score))


def best_key(weights: np.ndarray) -> Key:
    """The key that fits the weights of the pitch classes best, (12,); C major for all zeros."""
    if weights.max() == 0:
        return Key(0, "major")
    fits = {
        Key(tonic, mode): float(np.corrcoef(weights, np.roll(profile, tonic))[0, 1])
        for tonic in range(12)
        for mode, profile in _PROFILES
    }
    return max(fits, key=lambda key: fits[key])


def pitch_class_weights(score: Score) -> np.ndarray:
    """Quarter notes sounded on each pitch class, (12,) float64; long notes count to one bar."""
    weights = np.zeros(12)
    for track in score.tracks:
        if not track.is_drum and track.note_num():
            notes = track.notes.numpy()
            quarters = np.minimum(notes["duration"] / score.ticks_per_quarter, 4.0)
            weights += np.bincount(notes["pitch"] % 12, weights=quarters, minlength=12)
    return weights


_PROFILES: tuple[tuple[Literal["major", "minor"], np.ndarray], ...] = (
    ("major", _MAJOR),
    ("minor", _MINOR),
)
