"""Sets the notes of a staff in one voice of chords or, where notes are held, in two."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from midigen.rendering.metre import UNITS, Bar
from midigen.rendering.subdivision import Division

_EIGHTH = UNITS // 2
_HELD = _EIGHTH  # a note that outlasts the next one by this much gets a voice of its own
_TIED = UNITS // 4  # a note that outlasts its bar by no more than this ends with the bar
_MOST_NOTES = 200  # a bar with more is a glissando or worse, and not for two voices
_SLACK = 2  # one position of the tokenizer's grid


@dataclass(frozen=True, slots=True)
class StaffNote:
    """A note of a staff: written start, sounding end (both in units), pitch, its number."""

    start: int
    end: int
    pitch: int
    number: int
    is_tied: bool = False  # whether it goes on from the bar before


@dataclass(frozen=True)
class Chord:
    """Notes that are written as one, from `start` to `end` in units of the piece."""

    start: int
    end: int
    notes: tuple[StaffNote, ...]


@dataclass(frozen=True)
class Voice:
    """The chords of one voice in one bar; a hidden one shows no rests."""

    chords: tuple[Chord, ...]
    is_hidden_at_rest: bool = False


def voices_of(
    notes: Iterable[StaffNote], bars: Sequence[Bar], division: Division, may_hold: bool = True
) -> list[list[Voice]]:
    """For each bar its voices, the upper first; at least one, which may be empty.

    In a voice each chord ends where the next begins, or at a value that can be read with ease.

    Args:
        notes: sorted by start and pitch; no pitch twice at a time.
        may_hold: whether two voices are allowed.
    """
    bars_notes: list[list[StaffNote]] = [[] for _ in bars]
    starts = [bar.start for bar in bars]
    for note in notes:
        bars_notes[bisect_left(starts, note.start + 1) - 1].append(note)
    tied: list[StaffNote] = []
    result = []
    for bar, struck in zip(bars, bars_notes, strict=True):
        going_on: list[StaffNote] = []
        voices = []
        for group, is_held in _separate(tied + struck, bar, may_hold):
            chords = list(_chords(group, bar, division))
            going_on += _going_on(chords, bar)
            voices.append(Voice(tuple(chords), is_held))
        result.append(voices)
        tied = going_on
    return result


def _separate(
    notes: list[StaffNote], bar: Bar, may_hold: bool
) -> list[tuple[list[StaffNote], bool]]:
    """The notes of each voice, the upper first, and whether its rests are hidden."""
    held = _held(notes, bar) if may_hold and len(notes) <= _MOST_NOTES else []
    if sum(gain for _, gain in held) < _HELD:
        return [(notes, False)]
    duet = _duet(notes)
    if duet is not None:
        return duet
    lower = [note for note, _ in held if _is_outermost(note, notes, held, -1)]
    upper = [note for note, _ in held if _is_outermost(note, notes, held, 1)]
    gains = {note.number: gain for note, gain in held}
    is_lower = sum(gains[each.number] for each in lower) >= sum(
        gains[each.number] for each in upper
    )
    apart = _one_after_the_other(lower if is_lower else upper)
    numbers = {note.number for note in apart}
    rest = [note for note in notes if note.number not in numbers]
    if not apart or not rest:
        return [(notes, False)]
    return [(rest, False), (apart, True)] if is_lower else [(apart, True), (rest, False)]


def _held(notes: list[StaffNote], bar: Bar) -> list[tuple[StaffNote, int]]:
    """Notes that sound on while others begin, and for how long; a tied one from the barline on."""
    onsets = sorted({note.start for note in notes})
    begins_full = any(not note.is_tied and note.start == bar.start for note in notes)
    held = []
    for note in notes:
        i = bisect_left(onsets, note.start + 1)
        following = onsets[i] if i < len(onsets) else bar.end
        if note.is_tied and begins_full:
            following = bar.start
        gain = min(note.end, bar.end) - following
        if gain >= _HELD:
            held.append((note, gain))
    return held


def _duet(notes: list[StaffNote]) -> list[tuple[list[StaffNote], bool]] | None:
    """Two lines that never cross, as in a chorale; None where there are more."""
    upper, lower = [], []
    for note in notes:
        others = [
            other.pitch
            for other in notes
            if other is not note
            and other.start < note.end - _SLACK
            and other.end - _SLACK > note.start
        ]
        if all(pitch < note.pitch for pitch in others):
            upper.append(note)
        elif all(pitch > note.pitch for pitch in others):
            lower.append(note)
        else:
            return None
    for line in (upper, lower):
        if any(a.end - _SLACK > b.start for a, b in pairwise(line)):
            return None
    return [(upper, False), (lower, True)] if lower else None


def _is_outermost(
    note: StaffNote, notes: list[StaffNote], held: list[tuple[StaffNote, int]], side: int
) -> bool:
    """Whether all that begins while the note sounds lies on the other side of it."""
    together = {each.number for each, _ in held if each.start == note.start}
    return all(
        side * (note.pitch - other.pitch) > 0
        for other in notes
        if note.start <= other.start < note.end and other.number not in together
    )


def _one_after_the_other(notes: list[StaffNote]) -> list[StaffNote]:
    """The notes that fit in one voice, in order of time; chords stay together."""
    kept: list[StaffNote] = []
    for note in sorted(notes, key=lambda each: each.start):
        if not kept or note.start == kept[-1].start or note.start >= kept[-1].end - _SLACK:
            kept.append(note)
    return kept


def _chords(notes: list[StaffNote], bar: Bar, division: Division) -> Iterator[Chord]:
    ordered = sorted(notes, key=lambda note: (note.start, note.pitch))
    groups = [(start, list(group)) for start, group in groupby(ordered, lambda note: note.start)]
    for i, (start, group) in enumerate(groups):
        following = groups[i + 1][0] if i + 1 < len(groups) else bar.end
        # A note from the bar before is not struck again, so it cannot stand in a new chord.
        members = [note for note in group if not note.is_tied] or group
        end = max(note.end for note in members)
        yield Chord(start, _written_end(start, end, following, division), tuple(members))


def _going_on(chords: list[Chord], bar: Bar) -> Iterator[StaffNote]:
    for chord in chords:
        if chord.end == bar.end:
            for note in chord.notes:
                if note.end > bar.end + _TIED:
                    yield StaffNote(bar.end, note.end, note.pitch, note.number, is_tied=True)


def _written_end(start: int, end: int, following: int, division: Division) -> int:
    """Where a note is written to end that sounds until `end`; the next one begins at `following`.

    Short rests are played, not written: staccato quarters become quarters or eighths.
    """
    span, sound, gap = following - start, end - start, following - end
    is_triplet = division.block_at(start).step == 8
    if gap <= _SLACK or span <= (16 if is_triplet else _EIGHTH):
        return following
    if span <= 2 * UNITS and sound > span / 2:
        return following
    if gap <= _TIED or (gap <= _EIGHTH and sound >= UNITS):
        return following
    return min(following, _readable_end(start, end, division))


def _readable_end(start: int, end: int, division: Division) -> int:
    """The next end of an eighth, or of what the beat is divided in; of a beat for long notes."""
    place = max(end - _SLACK, start + 1)
    block = division.block_before(place)
    if end - start > UNITS:
        for edge in (block.start, block.end):
            if abs(end - edge) <= _TIED:
                return edge
    step = block.step if block.step in (8, 4, 2) else min(_EIGHTH, block.length)
    return block.start - (block.start - place) // step * step
