"""Has a piece been copied? The longest run of notes that it shares with the training pieces.

A run is a sequence of notes in order of onset and pitch, compared by the interval and the distance
in time from each note to the next one, so that a transposed copy is found as well. How loud and how
long notes are does not count. All music shares figures such as scales and broken chords; what a
length means is told by the same figure for real pieces that were held out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from zipfile import BadZipFile

import numpy as np
from symusic import Score

from midigen import atomic
from midigen.corpus.store import TokenStore
from midigen.music.score import bar_ticks, merge_tracks

STEPS_OF_A_QUARTER = 12
_LONGEST_PAUSE = 63  # steps; longer ones count as this
_SYMBOLS = 256 * 64
_END = _SYMBOLS  # stands behind each training piece and matches nothing
FEWEST_DISTINCT = 6  # a run of fewer different steps is a repeated figure that anybody may write
SHORTEST = 8  # steps; a shorter run is not worth a word


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


def open_index(store: TokenStore) -> CopyIndex:
    """The training pieces of a store; their steps are kept beside the tokens."""
    files = [piece.file for piece in store.of("train")]
    cache = store.folder / "steps.npz"
    try:
        with np.load(cache, allow_pickle=False) as content:
            symbols, ends = content["symbols"].astype(np.int64), content["ends"]
        if len(ends) != len(files) or ends[-1] != len(symbols):
            raise ValueError("it does not fit the pieces")
        return CopyIndex(files, np.split(symbols, ends[:-1]))
    except (OSError, ValueError, KeyError, BadZipFile):  # not there, or damaged: made anew
        steps = [steps_of(store.tokenizer.decode(store.ids(each))) for each in store.of("train")]
    with atomic.replacing(cache) as draft:
        symbols = np.concatenate(steps).astype(np.uint16)
        np.savez(draft, symbols=symbols, ends=np.cumsum([len(each) for each in steps]))
    return CopyIndex(files, steps)


class CopyIndex:
    """The training pieces, ready to be searched for shared runs.

    Runs are found by their hashes, which are compared for all places at once: the polynomial hash
    of Karp & Rabin (IBM Journal of Research and Development 31, 1987), modulo 2 to the power 64.

    Args:
        files: the names of the training pieces.
        steps: their `steps_of`.
    """

    def __init__(self, files: Sequence[str], steps: Sequence[np.ndarray]) -> None:
        self._files = tuple(files)
        ends = [np.append(each, _END) for each in steps]
        self._symbols = np.concatenate(ends) if ends else np.zeros(0, np.int64)
        self._starts = np.cumsum([0, *map(len, ends)])
        self._hashes = _Hashes(self._symbols)
        self._seeds = self._hashes.of_length(SHORTEST)

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
            self._files[piece],
            len(steps) + 1,
        )

    def _longest(self, steps: np.ndarray) -> tuple[int, int, int]:
        """Length in steps, and where it begins in the piece and in the training pieces."""
        hashes = _Hashes(steps)
        seeds = np.unique(hashes.of_length(SHORTEST))
        ours = self._seeds
        if len(seeds) == 0 or len(ours) == 0:
            return 0, 0, 0
        is_shared = seeds[np.minimum(np.searchsorted(seeds, ours), len(seeds) - 1)] == ours
        places = np.flatnonzero(is_shared)
        longest = min(SHORTEST - 1 + _longest_row(is_shared), len(steps))
        for length in range(longest, SHORTEST - 1, -1):
            found = self._find(steps, hashes, places, length)
            if found is not None:
                return length, *found
        return 0, 0, 0

    def _find(
        self, steps: np.ndarray, hashes: _Hashes, places: np.ndarray, length: int
    ) -> tuple[int, int] | None:
        """Any run of this length that both have and that is no mere figure."""
        wanted = hashes.of_length(length)
        places = places[places + length <= len(self._symbols)]
        order = np.argsort(wanted, kind="stable")
        ours = self._hashes.of_length(length)[places]
        nearest = order[np.minimum(np.searchsorted(wanted, ours, sorter=order), len(order) - 1)]
        is_hit = wanted[nearest] == ours
        for here, first in zip(*np.unique(nearest[is_hit], return_index=True), strict=True):
            run, there = steps[here : here + length], places[is_hit][first]
            is_figure = len(np.unique(run)) < FEWEST_DISTINCT
            if not is_figure and np.array_equal(run, self._symbols[there : there + length]):
                return int(here), int(there)
        return None


class _Hashes:
    """Hashes of all runs of a sequence, of any length, in one pass each: symbols (N,) int64."""

    def __init__(self, symbols: np.ndarray) -> None:
        n = len(symbols)
        powers = np.full(n + 1, _BASE)
        powers[0] = 1
        powers = np.cumprod(powers)
        self._inverse = np.full(n + 1, _INVERSE)
        self._inverse[0] = 1
        self._inverse = np.cumprod(self._inverse)
        self._sums = np.zeros(n + 1, np.uint64)
        np.cumsum(_CODES[symbols] * powers[:n], out=self._sums[1:])

    def of_length(self, length: int) -> np.ndarray:
        """(N - length + 1,) uint64."""
        sums = self._sums
        if len(sums) <= length:
            return np.zeros(0, np.uint64)
        hashes: np.ndarray = (sums[length:] - sums[:-length]) * self._inverse[: len(sums) - length]
        return hashes


def _longest_row(flags: np.ndarray) -> int:
    """The length of the longest row of true flags."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], flags.astype(np.int8), [0]))))
    return int((edges[1::2] - edges[::2]).max(initial=0))


_CODES = np.random.default_rng(0).integers(0, 2**63, _SYMBOLS + 1, dtype=np.uint64) * np.uint64(2)
_BASE = np.uint64(0x9E3779B97F4A7C15)  # odd, so that it has an inverse
_INVERSE = np.uint64(pow(int(_BASE), -1, 2**64))
