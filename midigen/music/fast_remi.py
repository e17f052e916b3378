"""Spells scores as MidiTok's REMI does, id for id, with arrays instead of an object an event.

MidiTok makes a Python object of every token, sorts them all and looks each up by its name. Here
whatever is spelled together is a row of a table: a bar and its metre, a tempo, a chord, a note with
all that belongs to it. The rows are sorted by time; read row by row they are the piece.

Everything that `TokenizerConfig` offers is covered, so there is no second path. The rules are those
of MidiTok 3.1 (`preprocess_score`, `_add_time_events`, `detect_chords`), and the tests compare the
ids for every kind of alphabet.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from symusic import Score

from midigen.config import TokenizerConfig
from midigen.music.parts import Part
from midigen.music.remi_grid import RemiGrid, is_new
from midigen.music.score import simple_metres

Ids = Mapping[str, int]

_NONE = -1  # no token here
_POSITION, _PROGRAM, _PITCH, _LOUDNESS, _DURATION = range(5)  # the columns of notes
_WIDTH = 5
_CHORD = _PITCH  # and of chords
_USUAL_TEMPO = 120
_MOST_CHORD_NOTES, _MOST_CHORD_SPAN = 10, 24  # that MidiTok looks at together; in semitones
# A note is packed into one integer: time, pitch, duration, loudness, from its highest bits down.
# Sorting those sorts the notes.
_LOUDNESS_BITS, _DURATION_BITS, _PITCH_BITS = 7, 11, 7
_PITCH_SHIFT = _LOUDNESS_BITS + _DURATION_BITS


class _Rows(NamedTuple):
    """Some rows of the table.

    Attributes:
        times: when each stands, (N,) int64 in ticks of the grid, in order.
        ends: until when it sounds, (N,) int64.
        ids: its tokens from left to right, (N, _WIDTH) int32; `_NONE` where there is none.
    """

    times: np.ndarray
    ends: np.ndarray
    ids: np.ndarray


class _Notes(NamedTuple):
    """The notes of a part on the grid, in order, no pitch twice at a time; all (N,) int64."""

    times: np.ndarray
    pitches: np.ndarray
    durations: np.ndarray  # as indices of `_Lengths`
    ends: np.ndarray
    loudness: np.ndarray
    metres: np.ndarray


class _Lengths(NamedTuple):
    """What can be said of lengths where a beat has so many ticks: (L,) each, from short to long."""

    ticks: np.ndarray
    ids: np.ndarray


class FastRemi:
    """Scores to the ids of MidiTok's REMI.

    Args:
        config: what the alphabet was made from.
        ids: the alphabet: the ids of the tokens by the names that MidiTok gives them.
        chords: the chords by the intervals above their lowest note, as MidiTok names them.
    """

    def __init__(
        self, config: TokenizerConfig, ids: Ids, chords: Mapping[tuple[int, ...], str]
    ) -> None:
        self._config = config
        self._ids = ids
        self._metres = {
            (int(beats), int(unit)): ids[f"TimeSig_{beats}/{unit}"]
            for beats, unit in (each.split("/") for each in _values(ids, "TimeSig"))
        }
        self._chords = {
            intervals: ids[f"Chord_{name}"]
            for intervals, name in chords.items()
            if f"Chord_{name}" in ids
        }
        self._loudness = _numbered(ids, "Velocity")
        if config.use_velocities:
            known = np.flatnonzero(self._loudness != _NONE)
            self._loudness = self._loudness[known[_closest(known, np.arange(128))]]
        self._pitches = {False: _numbered(ids, "Pitch"), True: _numbered(ids, "PitchDrum")}
        self._positions = _numbered(ids, "Position")
        tempos = np.array([float(each) for each in _values(ids, "Tempo")])
        self._tempos = tempos[np.argsort(-tempos)]
        beats = (config.positions_per_beat, 2 * config.positions_per_beat)
        self._durations = {beat: _lengths(ids, "Duration", beat) for beat in beats}
        self._nearest = {
            beat: _closest(lengths.ticks, np.arange(lengths.ticks[-1] + 1))
            for beat, lengths in self._durations.items()
        }
        self._rests = {beat: _lengths(ids, "Rest", beat) for beat in beats}

    def encode(self, score: Score, parts: Iterable[Part]) -> np.ndarray:
        """The ids of a piece, (T,) int32, without BOS and EOS.

        Args:
            score: where its metres and tempos are; they are spelled as near as the alphabet can.
            parts: its notes, those of each program together.
        """
        metres = [each for each in simple_metres(score) if each[1:] in self._metres]
        grid = RemiGrid(metres, score.ticks_per_quarter, self._config.positions_per_beat)
        played = _in_order(list(self._played(score, parts, grid)))
        first = np.flatnonzero(is_new(played.times))
        played.ids[first, _POSITION] = self._positions[grid.positions(played.times[first])]
        bars = self._bars(grid, int(played.times.max(initial=0)))
        rests = self._rest_rows(played, bars, grid) if self._config.use_rests else ()
        ids = _in_order([bars, played, *rests]).ids.ravel()
        return ids[ids != _NONE]  # type: ignore[no-any-return]

    def _played(self, score: Score, parts: Iterable[Part], grid: RemiGrid) -> Iterator[_Rows]:
        """Tempos, then part by part chords and notes: at one time they are spelled so."""
        if self._config.use_tempos:
            yield self._tempo_rows(score, grid)
        for part in parts:
            notes = self._notes(part, grid)
            program = self._ids.get(f"Program_{part.program}", _NONE)
            if self._chords and not part.is_drum:
                yield self._chord_rows(notes, program, grid)
            yield self._note_rows(notes, program, part.is_drum, grid)

    def _notes(self, part: Part, grid: RemiGrid) -> _Notes:
        notes = part.notes
        known = self._pitches[part.is_drum][notes["pitch"]] != _NONE
        if not known.all():
            notes = {name: values[known] for name, values in notes.items()}
        times, lengths = grid.places(notes["time"]), grid.lengths(notes["duration"])
        durations = np.empty_like(times)
        metres = grid.metre_at(times)
        for beat, places in grid.by_beat(metres):
            nearest = self._nearest[beat]
            durations[places] = nearest[np.minimum(lengths[places], len(nearest) - 1)]
        places = times << _PITCH_BITS | notes["pitch"]
        packed = (places << _DURATION_BITS | durations) << _LOUDNESS_BITS | notes["velocity"]
        packed.sort()
        places = packed >> _PITCH_SHIFT
        packed = packed[is_new(places)]
        times = packed >> (_PITCH_SHIFT + _PITCH_BITS)
        durations = _bits(packed, _LOUDNESS_BITS, _DURATION_BITS)
        metres = grid.metre_at(times)
        ends = times.copy()
        for beat, places in grid.by_beat(metres):
            ends[places] += self._durations[beat].ticks[durations[places]]
        return _Notes(
            times,
            _bits(packed, _PITCH_SHIFT, _PITCH_BITS),
            durations,
            ends,
            _bits(packed, 0, _LOUDNESS_BITS),
            metres,
        )

    def _note_rows(self, notes: _Notes, program: int, is_drum: bool, grid: RemiGrid) -> _Rows:
        rows = _empty_rows(notes.times, notes.ends)
        rows.ids[:, _PROGRAM] = program
        rows.ids[:, _PITCH] = self._pitches[is_drum][notes.pitches]
        rows.ids[:, _LOUDNESS] = self._loudness[notes.loudness]
        for beat, places in grid.by_beat(notes.metres):
            rows.ids[places, _DURATION] = self._durations[beat].ids[notes.durations[places]]
        return rows

    def _tempo_rows(self, score: Score, grid: RemiGrid) -> _Rows:
        """The last tempo of each time; there is one at the beginning."""
        tempos = score.tempos.numpy()
        times = grid.places(tempos["time"])
        chosen = _closest(60e6 / self._tempos, tempos["mspq"])
        is_last = np.diff(times, append=-1) != 0
        times, chosen = times[is_last], chosen[is_last]
        if len(times) == 0 or times[0] != 0:
            usual = len(self._tempos) - 1 - np.argmin(np.abs(self._tempos[::-1] - _USUAL_TEMPO))
            times, chosen = np.append(0, times), np.append(usual, chosen)
        rows = _empty_rows(times, times)
        ids = np.array([self._ids[f"Tempo_{each}"] for each in self._tempos])
        rows.ids[:, _PITCH] = ids[chosen]
        return rows

    def _chord_rows(self, notes: _Notes, program: int, grid: RemiGrid) -> _Rows:
        found = list(self._find_chords(notes, grid))
        times = np.array([time for time, _ in found], dtype=np.int64)
        rows = _empty_rows(times, times)
        rows.ids[:, _PROGRAM] = program
        rows.ids[:, _CHORD] = [i for _, i in found]
        return rows

    def _find_chords(self, notes: _Notes, grid: RemiGrid) -> Iterator[tuple[int, int]]:
        """Times and ids of chords; what is held for long may be struck a little apart."""
        beats = grid.beat_ticks[notes.metres].tolist()
        times, pitches, ends = notes.times.tolist(), notes.pitches.tolist(), notes.ends.tolist()
        i, last = 0, -1
        while i < len(times):
            start, half = times[i], beats[i] // 2
            if start == last:
                i += 1
                continue
            near = start + beats[i] / self._config.positions_per_beat
            n = 1
            while n < _MOST_CHORD_NOTES and i + n < len(times) and times[i + n] <= near:
                n += 1
            if any(abs(end - ends[i]) > half for end in ends[i : i + n]):
                i += n
                continue
            if ends[i] - start <= half:
                n = sum(time == start for time in times[i : i + n])
            if 3 <= n <= 5:
                intervals = tuple(pitch - pitches[i] for pitch in pitches[i : i + n])
                if intervals in self._chords and intervals[-1] <= _MOST_CHORD_SPAN:
                    yield start, self._chords[intervals]
            last = times[i + n - 1]
            i += n

    def _bars(self, grid: RemiGrid, last: int) -> _Rows:
        times, metres = grid.bars(last)
        rows = _empty_rows(times, times)
        rows.ids[:, 0] = self._ids["Bar_None"]
        rows.ids[:, 1] = np.array([self._metres.get(each, _NONE) for each in grid.metres])[metres]
        return rows

    def _rest_rows(self, played: _Rows, bars: _Rows, grid: RemiGrid) -> Iterator[_Rows]:
        """Silences; bars that begin within one are not said, but for a new metre."""
        changes = grid.starts if self._metres else grid.starts[:0]
        times = np.unique(np.concatenate([played.times, changes]))
        sounds = np.append(0, np.maximum.accumulate(played.ends))
        begun = np.append(-1, times[:-1])  # what came last
        ended = np.maximum(sounds[np.searchsorted(played.times, times)], begun)
        silent = np.zeros(len(bars.times) + 1, dtype=np.int64)
        for beat, places in grid.by_beat(grid.metre_before(times)):
            rests = self._rests[beat]
            at, until, begun_before = ended[places], times[places], begun[places]
            is_rest = until - at >= rests.ticks[0]
            at, until, begun_before = at[is_rest], until[is_rest], begun_before[is_rest]
            while len(at):
                longest = np.searchsorted(rests.ticks, until - at, side="right") - 1
                rows = _empty_rows(at, at)
                rows.ids[:, 0] = rests.ids[longest]
                yield rows
                at = at + rests.ticks[longest]
                is_over = until - at < rests.ticks[0]
                first = np.searchsorted(bars.times, begun_before[is_over], side="right")
                np.add.at(silent, first, 1)
                np.add.at(silent, np.searchsorted(bars.times, at[is_over], side="right"), -1)
                at, until, begun_before = at[~is_over], until[~is_over], begun_before[~is_over]
        hidden = np.cumsum(silent[:-1]) > 0
        bars.ids[hidden, 0] = _NONE
        bars.ids[hidden & ~np.isin(bars.times, changes), 1] = _NONE


def _in_order(rows: Sequence[_Rows]) -> _Rows:
    """Sorted by time; at one time in the order in which they come."""
    if len(rows) == 1:
        return rows[0]
    times = np.concatenate([each.times for each in rows] or [np.array([], dtype=np.int64)])
    order = np.argsort(times, kind="stable")
    ends, ids = (np.concatenate([each[i] for each in rows]) for i in (1, 2))
    return _Rows(times[order], ends[order], ids[order])


def _empty_rows(times: np.ndarray, ends: np.ndarray) -> _Rows:
    return _Rows(times, ends, np.full((len(times), _WIDTH), _NONE, dtype=np.int32))


def _bits(packed: np.ndarray, shift: int, n: int) -> np.ndarray:
    return (packed >> shift) & ((1 << n) - 1)  # type: ignore[no-any-return]


def _closest(known: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The index of the value nearest to each; of two the larger. `known` is sorted."""
    right = np.searchsorted(known, values).clip(max=len(known) - 1)
    left = np.maximum(right - 1, 0)
    is_left = np.abs(values - known[left]) < np.abs(values - known[right])
    return np.where(is_left, left, right)


def _values(ids: Ids, kind: str) -> list[str]:
    return [each.split("_", 1)[1] for each in ids if each.startswith(f"{kind}_")]


def _numbered(ids: Ids, kind: str) -> np.ndarray:
    """Ids by the number in the name of a token, (at least 128,) int32."""
    numbers = [int(each) for each in _values(ids, kind)]
    table = np.full(max([127, *numbers]) + 1, _NONE, dtype=np.int32)
    table[numbers] = [ids[f"{kind}_{each}"] for each in numbers]
    return table


def _lengths(ids: Ids, kind: str, beat: int) -> _Lengths:
    """Lengths by their names, such as 1.3.12: a beat and three twelfths of one."""
    by_ticks: dict[int, int] = {}
    for value in _values(ids, kind):
        beats, points, points_a_beat = map(int, value.split("."))
        ticks = (beats * points_a_beat + points) * beat // points_a_beat
        by_ticks[ticks] = ids[f"{kind}_{value}"]
    ticks = np.array(sorted(by_ticks), dtype=np.int64)
    return _Lengths(ticks, np.array([by_ticks[int(t)] for t in ticks], dtype=np.int32))
