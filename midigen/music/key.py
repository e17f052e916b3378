"""Finds the key of a piece, so that all pieces can be brought to C major or A minor."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from symusic import Score

Mode = Literal["major", "minor"]
MODES: tuple[Mode, ...] = ("major", "minor")
TONICS = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")

# How strongly each degree of the scale is present in music of a mode: Albrecht & Shanahan, "The Use
# of Large Corpora to Train a New Type of Key-Finding Algorithm", Music Perception 31 (2013).
_MAJOR = np.array(
    [0.238, 0.006, 0.111, 0.006, 0.137, 0.094, 0.016, 0.214, 0.009, 0.080, 0.008, 0.081]
)
_MINOR = np.array(
    [0.220, 0.006, 0.104, 0.123, 0.019, 0.103, 0.012, 0.214, 0.062, 0.022, 0.061, 0.052]
)

# A logistic curve through the openings of 32 bars of 665 pieces of the Mutopia Project that have a
# written key signature: 50 % of those with a lead below 0.02 agree with it, 78 % from 0.05 to 0.1,
# 94 % from 0.15 to 0.2, 97 % above 0.3. Of 337 pieces of piano-midi.de 56, 83, 89 and 100 %.
_SURE_AT_NO_LEAD, _SURER_BY_LEAD = 0.11, 12.3


@dataclass(frozen=True)
class Key:
    """A key: `tonic` is a pitch class from 0 (C) to 11 (B)."""

    tonic: int
    mode: Mode

    def __str__(self) -> str:
        return f"{TONICS[self.tonic]} {self.mode}"

    @property
    def semitones_to_natural(self) -> int:
        """The shortest transposition to C major or A minor, from -6 to 5 semitones."""
        target = 0 if self.mode == "major" else 9
        return (target - self.tonic + 6) % 12 - 6

    def is_home(self, pitches: Sequence[int]) -> bool:
        """Whether notes, MIDI pitches, are the tonic or its chord, with the tonic among them.

        A piece in minor may come home in major.
        """
        degrees = {(pitch - self.tonic) % 12 for pitch in pitches}
        triad = {0, 4, 7} if self.mode == "major" else {0, 3, 4, 7}
        return 0 in degrees and degrees <= triad

    @property
    def relative(self) -> Key:
        """The key of the other mode with the same signature."""
        if self.mode == "major":
            return Key((self.tonic + 9) % 12, "minor")
        return Key((self.tonic + 3) % 12, "major")


@dataclass(frozen=True)
class KeyFinding:
    """The key of a piece, and how sure that is.

    Attributes:
        key: the best one.
        correlation: with its profile, from -1 to 1.
        runner_up: the second best.
        lead: correlation above that of the best key with another signature; the relative key is
            passed over, since it shares all but the emphasis.
    """

    key: Key
    correlation: float
    runner_up: Key
    lead: float

    @property
    def confidence(self) -> float:
        """How likely the key signature is right, from 0.5 to 1.

        Of written pieces with such a lead this share has the signature of the key that was found.
        It does not tell major from its relative minor: look at `runner_up` for that.
        """
        return 1 / (1 + math.exp(-(_SURE_AT_NO_LEAD + _SURER_BY_LEAD * self.lead)))


def estimate_key(score: Score) -> Key:
    """The key whose profile fits best (Krumhansl's method: correlation over the 24 keys).

    Returns C major for a score without pitched notes.
    """
    return best_key(pitch_class_weights(score))


def best_key(weights: np.ndarray) -> Key:
    """The key that fits the weights of the pitch classes best, (12,); C major if all are alike."""
    if np.ptp(weights) == 0:
        return Key(0, "major")
    fits = _correlations(weights)
    return max(fits, key=lambda key: fits[key])


def find_key(weights: np.ndarray) -> KeyFinding:
    """The best key for the weights of the pitch classes, (12,), and how sure it is.

    Weights that are all alike, or all zero, say nothing: C major, without any lead.
    """
    if np.ptp(weights) == 0:
        return KeyFinding(Key(0, "major"), 0.0, Key(9, "minor"), 0.0)
    fits = _correlations(weights)
    best, runner_up, *_ = sorted(fits, key=lambda key: -fits[key])
    unrelated = max(fit for key, fit in fits.items() if key not in (best, best.relative))
    return KeyFinding(best, fits[best], runner_up, fits[best] - unrelated)


def pitch_class_weights(score: Score) -> np.ndarray:
    """Quarter notes sounded on each pitch class, (12,) float64; long notes count to one bar."""
    weights = np.zeros(12)
    for track in score.tracks:
        if not track.is_drum and track.note_num():
            notes = track.notes.numpy()
            quarters = np.minimum(notes["duration"] / score.ticks_per_quarter, 4.0)
            weights += np.bincount(notes["pitch"] % 12, weights=quarters, minlength=12)
    return weights


def _correlations(weights: np.ndarray) -> dict[Key, float]:
    """How well each of the 24 keys fits; the weights must not be all alike."""
    fits = _PROFILES @ _standardised(weights)
    return dict(zip(_KEYS, fits.round(12).tolist(), strict=True))  # what is equal, is equal


def _standardised(weights: np.ndarray) -> np.ndarray:
    """With a mean of 0 and a norm of 1: the product of two such is their correlation."""
    centred = weights - weights.mean()
    return centred / np.linalg.norm(centred)  # type: ignore[no-any-return]


_KEYS = tuple(Key(tonic, mode) for tonic in range(12) for mode in MODES)
_PROFILES = np.array(
    [_standardised(np.roll(profile, key)) for key in range(12) for profile in (_MAJOR, _MINOR)]
)  # (24, 12)
