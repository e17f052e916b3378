"""Has a piece been copied? The longest run of notes that it shares with the training pieces.

A run is a sequence of notes in order of onset and pitch, compared by the interval and the distance
in time from each note to the next one, so that a transposed copy is found as well. How loud and how
long notes are does not count. All music shares figures such as scales and broken chords; what a
length means is told by the same figure for real pieces that were held out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZIP_STORED, BadZipFile, ZipFile

import numpy as np
from symusic import Score

from midigen import atomic
from midigen.corpus.store import TokenStore
from midigen.errors import UserError
from midigen.music.score import bar_ticks, merge_tracks

STEPS_OF_A_QUARTER = 12
_LONGEST_PAUSE = 63  # steps; longer ones count as this
_SYMBOLS = 256 * 64
FINGERPRINTS = "fingerprints.npz"
FEWEST_DISTINCT = 6  # a run of fewer different steps is a repeated figure that anybody may write
SHORTEST = 8  # steps; a shorter run is not worth a word
_CODES = np.random.default_rng(0).integers(0, 2**64, _SYMBOLS, dtype=np.uint64)
_POWERS = np.cumprod(np.full(SHORTEST, 0x9E3779B97F4A7C15, dtype=np.uint64))


@dataclass(frozen=True)
class Run:
    """The longest run that a piece shares with the training pieces.

    Attributes:
        n_notes: its length; 0 where not even a few notes in a row are shared.
        start, end: the place of its first note and the place after its last one, in notes.
        start_bar, end_bar: the same in bars, counted from 1.
        file: the training piece that it is shared with.
        n_piece: notes of the whole piece.
    """

    n_notes: int
    start: int
    end: int
    start_bar: int
    end_bar: int
    file: str
    n_piece: int

    @property
    def share(self) -> float:
        """Of the piece, from 0 to 1."""
        return self.n_notes / max(1, self.n_piece)


@dataclass(frozen=True)
class Baseline:
    """Longest runs of real held-out pieces: what is usual between pieces that nobody copied.

    Attributes:
        runs: in notes, one of each piece.
    """

    runs: tuple[int, ...]

    @property
    def median(self) -> float:
        return float(np.median(self.runs))

    @property
    def percentile_95(self) -> float:
        return float(np.percentile(self.runs, 95))


def steps_of(score: Score) -> np.ndarray:
    """A piece of N notes as its steps from note to note, (N - 1,) int64 symbols.

    A symbol holds the interval in semitones and the time between the onsets in twelfths of a
    quarter note.
    """
    notes = merge_tracks(score).tracks[0].notes.numpy()
    interval = np.diff(notes["pitch"].astype(np.int64))
    onset = np.rint(notes["time"] * STEPS_OF_A_QUARTER / score.ticks_per_quarter).astype(np.int64)
    pause = np.minimum(np.diff(onset), _LONGEST_PAUSE)
    symbols: np.ndarray = (interval + 128) * 64 + pause
    return symbols


def fingerprints_of(steps: np.ndarray) -> np.ndarray:
    """Hashes of all runs of `SHORTEST` steps, (N,) uint32, from `steps_of`.

    They tell that two runs are alike and not what they are, so they may be shipped where the music
    may not. Source: the polynomial hash of Karp & Rabin (IBM Journal of Research and Development
    31, 1987), modulo 2 to the power 64, of which the upper half is kept.
    """
    if len(steps) < SHORTEST:
        return np.zeros(0, np.uint32)
    runs = np.lib.stride_tricks.sliding_window_view(_CODES[steps], SHORTEST)
    hashes: np.ndarray = ((runs * _POWERS).sum(axis=1) >> np.uint64(32)).astype(np.uint32)
    return hashes


def open_index(store: TokenStore) -> CopyIndex:
    """The training pieces of a store; their fingerprints are kept beside the tokens."""
    files = [piece.file for piece in store.of("train")]
    path = store.folder / FINGERPRINTS
    try:
        index = CopyIndex.load(path)
        if list(index.files) == files:
            return index
    except UserError:
        pass  # not there, or damaged: made anew
    decoded = (store.tokenizer.decode(store.ids(piece)) for piece in store.of("train"))
    index = CopyIndex(files, [fingerprints_of(steps_of(score)) for score in decoded])
    index.save(path)
    return index


class CopyIndex:
    """The training pieces, ready to be searched for shared runs.

    Args:
        files: the names of the training pieces.
        fingerprints: their `fingerprints_of`.
    """

    def __init__(self, files: Sequence[str], fingerprints: Sequence[np.ndarray]) -> None:
        self.files = tuple(files)
        self._lengths = np.array([len(each) for each in fingerprints], np.int64)
        self._hashes = np.concatenate([np.zeros(0, np.uint32), *fingerprints])
        # A gap before each piece, so that no run reaches from one into the next.
        gaps = np.repeat(np.arange(1, len(self.files) + 1), self._lengths)
        places = np.arange(len(self._hashes)) + gaps
        order = np.argsort(self._hashes, kind="stable")
        self._sorted, self._places = self._hashes[order], places[order]
        self._starts = np.cumsum(np.append(0, self._lengths)) + np.arange(len(self.files) + 1)

    @classmethod
    def load(cls, path: Path) -> CopyIndex:
        """Read what `save` wrote.

        Raises:
            UserError: it is not there, or damaged.
        """
        try:
            with ZipFile(path) as archive:  # else a small file could fill the memory
                if any(each.compress_type != ZIP_STORED for each in archive.infolist()):
                    raise ValueError("it is compressed")
            with np.load(path, allow_pickle=False) as content:
                hashes, lengths, files = (content[key] for key in ("hashes", "lengths", "files"))
            if (hashes.ndim, hashes.dtype, lengths.ndim) != (1, np.uint32, 1):
                raise ValueError("these are no fingerprints")
            if lengths.min(initial=0) < 0 or files.shape != lengths.shape:
                raise ValueError("its parts do not fit")
            if lengths.sum() != len(hashes):
                raise ValueError("its parts do not fit")
        except (OSError, ValueError, KeyError, TypeError, MemoryError, BadZipFile) as error:
            raise UserError(f"{path} cannot be read: {error}", "Copy the model again.") from error
        return cls([str(file) for file in files], np.split(hashes, np.cumsum(lengths)[:-1]))

    def save(self, path: Path) -> None:
        """Write the fingerprints and the names, but nothing of the music."""
        files = np.array(self.files, dtype=np.str_)
        with atomic.replacing(path) as draft, draft.open("wb") as file:
            np.savez(file, hashes=self._hashes, lengths=self._lengths, files=files)

    def longest_run(self, score: Score) -> Run:
        """The longest run of the piece that a training piece has too."""
        steps = steps_of(score)
        length, here, there = self._longest(steps)
        if length == 0:
            return Run(0, 0, 0, 0, 0, "", len(steps) + 1)
        notes = merge_tracks(score).tracks[0].notes.numpy()["time"]
        bars = np.array(bar_ticks(score))
        first, last = np.searchsorted(bars, notes[[here, here + length]], side="right")
        piece = int(np.searchsorted(self._starts, there, side="right")) - 1
        return Run(
            length + 1,
            here,
            here + length + 1,
            int(first),
            int(last),
            self.files[piece],
            len(steps) + 1,
        )

    def _longest(self, steps: np.ndarray) -> tuple[int, int, int]:
        """Length in steps, and where it begins in the piece and ends in the training pieces.

        Fingerprints that follow each other on both sides make a run. For each place of the piece
        the runs are known that end there; those of the next place are one longer, or begin.
        """
        ours = fingerprints_of(steps)
        first = np.searchsorted(self._sorted, ours, side="left")
        last = np.searchsorted(self._sorted, ours, side="right")
        n_places = len(self._hashes) + len(self.files) + 1
        lengths, ended_at = np.zeros(n_places, np.int64), np.full(n_places, -2, np.int64)
        best = (0, 0, 0)
        for i in np.flatnonzero(last > first):
            places = self._places[first[i] : last[i]]
            goes_on = ended_at[places - 1] == i - 1
            reached = np.where(goes_on, lengths[places - 1], SHORTEST - 1) + 1
            lengths[places], ended_at[places] = reached, i
            longest = int(reached.argmax())
            length = int(reached[longest])
            begin = int(i) + SHORTEST - length
            if length > best[0] and not _is_figure(steps[begin : begin + length]):
                best = (length, begin, int(places[longest]))
        return best


def _is_figure(run: np.ndarray) -> bool:
    """Whether a run is a repeated figure that anybody may write."""
    return len(np.unique(run)) < FEWEST_DISTINCT
