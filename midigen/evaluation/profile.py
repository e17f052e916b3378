"""What the pieces are like that a model learned from, to stand beside the analysis of one piece.

A profile is counted once from a token store and kept beside the tokens; as `profile.json` it can be
shipped with a model where the data are not.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from symusic import Score

from midigen import atomic
from midigen.corpus.store import TokenStore
from midigen.errors import UserError
from midigen.music.analysis import (
    NOTE_LENGTHS,
    OCTAVE,
    Analysis,
    interval_shares,
    note_length_shares,
)
from midigen.music.key import Key, estimate_key, pitch_class_weights
from midigen.music.measures import SCALARS, Measures, measure
from midigen.music.score import first_bars

FILE = "profile.json"
FORMAT = "midigen-profile-1"
BARS = 32  # of each piece its opening, as long as what is usually composed
MOST_PIECES = 300  # a sample of so many has its means within a sixteenth of the spread of pieces


@dataclass(frozen=True)
class Spread:
    """One measure over many pieces: mean, 5th percentile, median and 95th percentile."""

    mean: float
    low: float
    median: float
    high: float


@dataclass(frozen=True)
class CorpusProfile:
    """The distributions of a set of pieces, each piece's opening counting alike.

    Attributes:
        n_pieces: how many were looked at.
        pitch_classes: by mode, (12,) shares of sounded time once each piece is brought to C major
            or A minor, from C; all zero for a mode that no piece has.
        intervals: (25,) steps of the top line, as in `Analysis`.
        note_lengths: (10,) shares, as in `Analysis`.
        measures: by the name of the measure.
    """

    n_pieces: int
    pitch_classes: Mapping[str, np.ndarray]
    intervals: np.ndarray
    note_lengths: np.ndarray
    measures: Mapping[str, Spread]

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "format": FORMAT,
            "n_pieces": self.n_pieces,
            "pitch_classes": {mode: _rounded(each) for mode, each in self.pitch_classes.items()},
            "intervals": _rounded(self.intervals),
            "note_lengths": _rounded(self.note_lengths),
            "measures": {name: vars(spread) for name, spread in self.measures.items()},
        }

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> CorpusProfile:
        """From what `to_dict` gave.

        Raises:
            ValueError: it is no profile of this version.
        """
        try:
            if content["format"] != FORMAT:
                raise ValueError(f"it is {content['format']}, not {FORMAT}")
            return cls(
                n_pieces=int(content["n_pieces"]),
                pitch_classes={
                    mode: _shares(content["pitch_classes"][mode], 12) for mode in _MODES
                },
                intervals=_shares(content["intervals"], 2 * OCTAVE + 1),
                note_lengths=_shares(content["note_lengths"], len(NOTE_LENGTHS)),
                measures={name: Spread(**content["measures"][name]) for name in SCALARS},
            )
        except (KeyError, TypeError) as error:
            raise ValueError(f"it lacks or has too much: {error}") from error


def open_profile(store: TokenStore) -> CorpusProfile:
    """The profile of the training pieces of a store; it is kept beside the tokens.

    Raises:
        UserError: no training piece holds notes.
    """
    try:
        return read_profile(store.folder / FILE)
    except (OSError, ValueError):  # not there, damaged or of another version: made anew
        profile = profile_of(_openings(store))
    atomic.write_json(store.folder / FILE, profile.to_dict())
    return profile


def ship_profile(store: TokenStore, folder: Path) -> None:
    """Write the profile beside a model, for where the store is not.

    Raises:
        UserError: as for `open_profile`.
    """
    atomic.write_json(folder / FILE, open_profile(store).to_dict())


def read_profile(path: Path) -> CorpusProfile:
    """Read a profile that was written as JSON.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is no profile of this version.
    """
    return CorpusProfile.from_dict(json.loads(path.read_text(encoding="utf-8")))


def profile_of(pieces: Sequence[tuple[Score, Key]]) -> CorpusProfile:
    """The profile of pieces, each with its key; those without notes are passed over.

    Raises:
        UserError: none holds notes.
    """
    found: list[Measures] = []
    classes: dict[str, list[np.ndarray]] = {mode: [] for mode in _MODES}
    intervals, lengths = [], []
    for score, key in pieces:
        weights = pitch_class_weights(score)
        if weights.max() > 0:
            found.append(measure(score))
            classes[key.mode].append(in_natural_key(weights / weights.sum(), key))
            intervals.append(interval_shares(score))
            lengths.append(note_length_shares(score))
    if not found:
        raise UserError("No training piece holds notes.", "Prepare the data set again.")
    return CorpusProfile(
        n_pieces=len(found),
        pitch_classes={
            mode: np.mean(each, axis=0) if each else np.zeros(12) for mode, each in classes.items()
        },
        intervals=np.mean(intervals, axis=0),
        note_lengths=np.mean(lengths, axis=0),
        measures={name: _spread([getattr(each, name) for each in found]) for name in SCALARS},
    )


def in_natural_key(pitch_classes: np.ndarray, key: Key) -> np.ndarray:
    """Shares of pitch classes, (12,), as they are once the piece is in C major or A minor."""
    return np.roll(pitch_classes, key.semitones_to_natural)


def likeness(analysis: Analysis, profile: CorpusProfile) -> dict[str, float]:
    """How much of each distribution a piece shares with the profile, from 0 to 1.

    One piece never has all that many pieces have: compare with other pieces, not with 1.
    """
    own = in_natural_key(analysis.pitch_classes, analysis.key.key)
    pairs = {
        "pitch_classes": (own, profile.pitch_classes[analysis.key.key.mode]),
        "intervals": (analysis.intervals, profile.intervals),
        "note_lengths": (analysis.note_lengths, profile.note_lengths),
    }
    return {name: float(np.minimum(a, b).sum()) for name, (a, b) in pairs.items()}


def _openings(store: TokenStore) -> list[tuple[Score, Key]]:
    """The openings of a fixed sample of the training pieces, in the keys that the store has."""
    pieces = store.of("train")
    chosen = np.random.default_rng(0).permutation(len(pieces))[:MOST_PIECES]
    openings = []
    for i in sorted(chosen):
        score = store.tokenizer.decode(store.ids(pieces[i]))
        openings.append((first_bars(score, BARS), estimate_key(score)))
    return openings


def _spread(values: Sequence[float]) -> Spread:
    low, median, high = (float(each) for each in np.percentile(values, (5, 50, 95)))
    return Spread(float(np.mean(values)), low, median, high)


def _shares(values: Sequence[float], n: int) -> np.ndarray:
    shares = np.array(values, dtype=np.float64)
    if shares.shape != (n,):
        raise ValueError(f"it has {shares.shape} shares where there are {n}")
    return shares


def _rounded(shares: np.ndarray) -> list[float]:
    return [round(float(each), 6) for each in shares]


_MODES = ("major", "minor")
