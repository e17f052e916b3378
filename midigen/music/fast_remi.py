"""Spells pieces as MidiTok's REMI does, id for id, with arrays instead of an object an event.

MidiTok makes a Python object of every token, sorts them all and looks each up by its name. Here
whatever is spelled together is a row of a table: a bar and its metre, a tempo, a chord, a note with
all that belongs to it. The rows are sorted by time; read row by row they are the piece.

Everything that `TokenizerConfig` offers is covered, so there is no second path. The rules are those
of MidiTok 3.1 (`preprocess_score`, `_add_time_events`). The tests compare the ids for every kind of
alphabet, `benchmarks/same_tokens.py` for every file of a folder.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from symusic import Score

from midigen.config import TokenizerConfig
from midigen.music.parts import Part
from midigen.music.remi_chords import Intervals, find_chords
from midigen.music.remi_grid import RemiGrid, is_new
from midigen.music.score import simple_metres

Ids = Mapping[str, int]

_NONE = -1  # no token here
_POSITION, _PROGRAM, _PITCH, _LOUDNESS, _DURATION = range(5)  # the columns of notes
_FIRST, _SECOND = range(2)  # of the other rows: a bar and its metre, a rest
_WIDTH = 5
_USUAL_TEMPO = 120
# A note is packed into one integer: time, pitch, duration and loudness, from its highest bits down.
# Sorting those sorts the notes.
_LOUDNESS_BITS, _DURATION_BITS, _PITCH_BITS = 7, 11, 7
_PITCH_SHIFT = _LOUDNESS_BITS + _DURATION_BITS
_TIME_SHIFT = _PITCH_SHIFT + _PITCH_BITS


class _Rows(NamedTuple):
    """Rows of the table, in the order of time.

    Attributes:
        times: when each stands, (N,) int64 in ticks of the grid.
        ends: until when it sounds, (N,) int64.
        ids: its tokens from left to right, (N, _WIDTH) int32; `_NONE` where there is none.
    """

    times: np.ndarray
    ends: np.ndarray
    ids: np.ndarray


class _Notes(NamedTuple):
    """The notes of a part on the grid, in order, no pitch twice at a time; all (N,) int64."""

    times: np.ndarray
    ends: np.ndarray
    pitches: np.ndarray
    durations: np.ndarray  # the indices of `_Lengths`
    loudness: np.ndarray


class _Lengths(NamedTuple):
    """The lengths that have a token, from short to long.

    Attributes:
        ids: (L,) int32.
        ticks: (2, L) int64, where a point of the grid has one tick, and where it has two.
    """

    ids: np.ndarray
    ticks: np.ndarray


class FastRemi:
    """Pieces to the ids of MidiTok's REMI.

    Args:
        config: what the alphabet was made from.
        ids: the alphabet: the ids of the tokens by the names that MidiTok gives them.
        chords: the names of the chords.
    """

    def __init__(self, config: TokenizerConfig, ids: Ids, chords: Mapping[Intervals, str]) -> None:
        self._config, self._ids = config, ids
        metres = (each.split("/") for each in _values(ids, "TimeSig"))
        self._metres = {(int(n), int(unit)): ids[f"TimeSig_{n}/{unit}"] for n, unit in metres}
        self._chords = {each: ids[f"Chord_{chords[each]}"] for each in chords if config.use_chords}
        self._pitches = {False: _numbered(ids, "Pitch"), True: _numbered(ids, "PitchDrum")}
        self._positions = _numbered(ids, "Position")
        self._loudness = _numbered(ids, "Velocity")
        if config.use_velocities:
            known = np.flatnonzero(self._loudness != _NONE)
            self._loudness = self._loudness[known[_nearest(known, np.arange(128))]]
        self._durations = _lengths(ids, "Duration", config.positions_per_beat)
        all_ticks = np.arange(self._durations.ticks.max() + 1)
        self._nearest = np.stack([_nearest(each, all_ticks) for each in self._durations.ticks])
        self._rests = _lengths(ids, "Rest", config.positions_per_beat)
        self._tempos = sorted((float(each) for each in _values(ids, "Tempo")), reverse=True)

    def encode(self, score: Score, parts: Iterable[Part]) -> np.ndarray:
        """The ids of a piece, (T,) int32, without BOS and EOS.

        Args:
            score: where its metres and tempos are; they are spelled as near as the alphabet can.
            parts: its notes, those of each program together, one part at least.
        """
        metres = [each for each in simple_metres(score) if each[1:] in self._metres]
        grid = RemiGrid(metres, score.ticks_per_quarter, self._config.positions_per_beat)
        played = _in_order(list(self._played(score, parts, grid)))
        if not len(played.times):
            return np.array([], dtype=np.int32)
        first = np.flatnonzero(is_new(played.times))
        played.ids[first, _POSITION] = self._positions[grid.positions(played.times[first])]
        bars = self._bars(grid, int(played.times[-1]))
        rests = self._rest_rows(played, bars, grid) if self._config.use_rests else []
        table = _in_order([bars, played, *rests]).ids
        ids: np.ndarray = table[table != _NONE]
        return ids

    def _played(self, score: Score, parts: Iterable[Part], grid: RemiGrid) -> Iterator[_Rows]:
        """Tempos, then part by part chords and notes: at one time they are spelled so."""
        if self._config.use_tempos:
            yield self._tempo_rows(score, grid)
        for part in parts:
            notes = self._notes(part, grid)
            program = self._ids.get(f"Program_{part.program}", _NONE)
            if self._config.use_chords and not part.is_drum:
                yield self._chord_rows(notes, program, grid)
            yield self._note_rows(notes, program, part.is_drum)

    def _notes(self, part: Part, grid: RemiGrid) -> _Notes:
        """On the grid; of notes of a pitch that come to lie at one time the shortest."""
        notes = part.notes
        known = self._pitches[part.is_drum][notes["pitch"]] != _NONE
        if not known.all():
            notes = {name: values[known] for name, values in notes.items()}
        times, lengths = grid.places(notes["time"]), grid.lengths(notes["duration"])
        lengths = np.minimum(lengths, self._nearest.shape[1] - 1)
        durations = self._nearest[grid.steps(times) - 1, lengths]
        packed = times << _PITCH_BITS | notes["pitch"]
        packed = packed << _DURATION_BITS | durations
        packed = packed << _LOUDNESS_BITS | notes["velocity"]
        packed.sort()
        packed = packed[is_new(packed >> _PITCH_SHIFT)]
        times, durations = packed >> _TIME_SHIFT, _bits(packed, _LOUDNESS_BITS, _DURATION_BITS)
        return _Notes(
            times,
            times + self._durations.ticks[grid.steps(times) - 1, durations],
            _bits(packed, _PITCH_SHIFT, _PITCH_BITS),
            durations,
            _bits(packed, 0, _LOUDNESS_BITS),
        )

    def _note_rows(self, notes: _Notes, program: int, is_drum: bool) -> _Rows:
        rows = _empty_rows(notes.times, notes.ends)
        rows.ids[:, _PROGRAM] = program
        rows.ids[:, _PITCH] = self._pitches[is_drum][notes.pitches]
        rows.ids[:, _LOUDNESS] = self._loudness[notes.loudness]
        rows.ids[:, _DURATION] = self._durations.ids[notes.durations]
        return rows

    def _chord_rows(self, notes: _Notes, program: int, grid: RemiGrid) -> _Rows:
        arrays = (notes.times, notes.pitches, notes.ends, grid.steps(notes.times))
        found = list(find_chords(*arrays, self._config.positions_per_beat, self._chords))
        begins = np.array([time for time, _ in found], dtype=np.int64)
        rows = _empty_rows(begins, begins)
        rows.ids[:, _PROGRAM] = program
        rows.ids[:, _PITCH] = [self._chords[chord] for _, chord in found]
        return rows

    def _tempo_rows(self, score: Score, grid: RemiGrid) -> _Rows:
        """The last tempo of each time; there is one at the beginning."""
        tempos = score.tempos.numpy()
        times = grid.places(tempos["time"])
        tempo = _nearest(60e6 / np.array(self._tempos), tempos["mspq"])
        is_last = is_new(times[::-1])[::-1]
        times, tempo = times[is_last], tempo[is_last]
        if not len(times) or times[0] != 0:
            usual = min(self._tempos, key=lambda each: (abs(each - _USUAL_TEMPO), each))
            times, tempo = np.append(0, times), np.append(self._tempos.index(usual), tempo)
        rows = _empty_rows(times, times)
        rows.ids[:, _PITCH] = np.array([self._ids[f"Tempo_{each}"] for each in self._tempos])[tempo]
        return rows

    def _bars(self, grid: RemiGrid, last: int) -> _Rows:
        times, metres = grid.bars(last)
        rows = _empty_rows(times, times)
        rows.ids[:, _FIRST] = self._ids["Bar_None"]
        ids = [self._metres.get(each, _NONE) for each in grid.metres]
        rows.ids[:, _SECOND] = np.array(ids)[metres]
        return rows

    def _rest_rows(self, played: _Rows, bars: _Rows, grid: RemiGrid) -> list[_Rows]:
        """Silences. Bars that begin within one lose their tokens, but for a new metre's."""
        changes = grid.starts if self._metres else grid.starts[:0]
        times = np.unique(np.concatenate([played.times, changes]))
        sounded = np.append(0, np.maximum.accumulate(played.ends))
        sounded = sounded[np.searchsorted(played.times, times)]
        silent = np.maximum(sounded, np.append(0, times[:-1]))  # since when before each time
        rested, rests = silent.copy(), []  # until when rests are said
        for step, ticks in enumerate(self._rests.ticks, start=1):
            at = np.flatnonzero(grid.steps_before(times) == step)
            while len(at := at[times[at] - rested[at] >= ticks[0]]):
                longest = np.searchsorted(ticks, times[at] - rested[at], side="right") - 1
                rests.append(_empty_rows(rested[at], rested[at]))
                rests[-1].ids[:, _FIRST] = self._rests.ids[longest]
                rested[at] += ticks[longest]
        event = np.searchsorted(times, bars.times)  # the first that is not before the bar
        is_within = (rested > silent)[event] & (bars.times <= rested[event])
        bars.ids[is_within, _FIRST] = _NONE
        bars.ids[is_within & ~np.isin(bars.times, changes), _SECOND] = _NONE
        return rests


def _in_order(rows: Sequence[_Rows]) -> _Rows:
    """Sorted by time; at one time in the order in which they are given."""
    if len(rows) == 1:
        return rows[0]
    times, ends, ids = (np.concatenate(each) for each in zip(*rows, strict=True))
    order = np.argsort(times, kind="stable")
    return _Rows(times[order], ends[order], ids[order])


def _empty_rows(times: np.ndarray, ends: np.ndarray) -> _Rows:
    return _Rows(times, ends, np.full((len(times), _WIDTH), _NONE, dtype=np.int32))


def _bits(packed: np.ndarray, shift: int, n: int) -> np.ndarray:
    return packed >> shift & ((1 << n) - 1)


def _nearest(known: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The index of what is nearest to each value, of two the larger; `known` is sorted."""
    right = np.searchsorted(known, values).clip(max=len(known) - 1)
    left = np.maximum(right - 1, 0)
    return np.where(np.abs(values - known[left]) < np.abs(values - known[right]), left, right)


def _values(ids: Ids, kind: str) -> list[str]:
    return [each.split("_", 1)[1] for each in ids if each.startswith(f"{kind}_")]


def _numbered(ids: Ids, kind: str) -> np.ndarray:
    """Ids by the number in the name of a token, (128 or more,) int32."""
    numbers = [int(each) for each in _values(ids, kind)]
    table = np.full(max([127, *numbers]) + 1, _NONE, dtype=np.int32)
    table[numbers] = [ids[f"{kind}_{each}"] for each in numbers]
    return table


def _lengths(ids: Ids, kind: str, points_per_beat: int) -> _Lengths:
    """Lengths by their names, such as 1.3.12: a beat and three twelfths of one."""
    names = [tuple(map(int, each.split("."))) for each in _values(ids, kind)]
    found = [ids[f"{kind}_{beats}.{part}.{parts}"] for beats, part, parts in names]
    ticks = [
        [(beats * parts + part) * points_per_beat * step // parts for beats, part, parts in names]
        for step in (1, 2)
    ]
    return _Lengths(np.array(found, dtype=np.int32), np.array(ticks, dtype=np.int64))
