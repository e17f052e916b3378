"""Writes the bars of one staff: its voices as symbols, with ties, accidentals, beams and clefs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from midigen.rendering.beams import beams
from midigen.rendering.clefs import clefs
from midigen.rendering.metre import SHORTEST, UNITS, Bar
from midigen.rendering.notation import Head, StaffBar, Symbol
from midigen.rendering.note_values import VALUES, Value, spell, tuplets
from midigen.rendering.spelling import Accidentals, PitchName
from midigen.rendering.subdivision import Block, Division, divide
from midigen.rendering.voices import StaffNote, Voice, voices_of

PERCUSSION = "percussion"


@dataclass(frozen=True)
class GridNote:
    """A note on the grid: start and end in units, and when it sounds, in ticks.

    Attributes:
        id: unique in the sheet; its heads are named after it.
        pitch: MIDI pitch, or the drum.
        name: how it is spelled, or where the drum is written.
    """

    id: str
    start: int
    end: int
    pitch: int
    name: PitchName
    start_tick: int
    end_tick: int


@dataclass(frozen=True)
class _Draft:
    """A symbol before it has heads: the notes of a chord, none of a rest; places in the bar."""

    value: Value
    notes: tuple[StaffNote, ...] = ()
    is_hidden: bool = False
    is_whole_bar: bool = False


def write_staff(
    notes: Sequence[GridNote],
    bars: Sequence[Bar],
    fifths: int,
    clef: str | None,
    ticks_per_quarter: int,
) -> tuple[StaffBar, ...]:
    """Write the notes of one hand or one instrument.

    Args:
        notes: all within the bars, in any order; no pitch twice at a time.
        fifths: the key signature.
        clef: "G", "F" or "percussion" to begin with; None takes it from the range.
    """
    is_drum = clef == PERCUSSION
    onsets: dict[int, set[int]] = defaultdict(set)
    for note in notes:
        onsets[note.start].add(note.pitch)
    division = divide({place: frozenset(each) for place, each in onsets.items()}, bars)
    staff_notes = _staff_notes(notes, division)
    voices = voices_of(staff_notes, bars, division, may_hold=not is_drum)
    blocks = _by_bar(division.blocks, bars)
    drafts = [
        [list(_drafts(voice, bar, inside)) for voice in bar_voices]
        for bar, bar_voices, inside in zip(bars, voices, blocks, strict=True)
    ]
    heads = _heads(drafts, bars, notes, UNITS / ticks_per_quarter)
    accidentals = Accidentals(fifths)
    every_clef = [PERCUSSION] * len(bars) if is_drum else clefs(_pitches(voices), clef)
    return tuple(
        StaffBar(each, tuple(_symbols(bar_drafts, bar, heads, None if is_drum else accidentals)))
        for each, bar, bar_drafts in zip(every_clef, bars, drafts, strict=True)
    )


def _staff_notes(notes: Sequence[GridNote], division: Division) -> list[StaffNote]:
    """The notes at their written places; one ends at the latest where its pitch is struck again."""
    moved = sorted(
        (
            StaffNote(
                division.written[note.start],
                max(note.end, division.written[note.start] + SHORTEST),
                note.pitch,
                i,
            )
            for i, note in enumerate(notes)
        ),
        key=lambda each: (each.start, each.pitch),
    )
    next_strike: dict[int, int] = {}
    for i in range(len(moved) - 1, -1, -1):
        note = moved[i]
        again = next_strike.get(note.pitch, note.end)
        next_strike[note.pitch] = note.start
        moved[i] = replace(note, end=min(note.end, max(again, note.start + SHORTEST)))
    return moved


def _by_bar(blocks: Iterable[Block], bars: Sequence[Bar]) -> list[list[Block]]:
    """The blocks of each bar, with places in the bar."""
    result: list[list[Block]] = [[] for _ in bars]
    at = 0
    for block in blocks:
        while block.start >= bars[at].end:
            at += 1
        result[at].append(replace(block, start=block.start - bars[at].start))
    return result


def _drafts(voice: Voice, bar: Bar, blocks: Sequence[Block]) -> Iterator[_Draft]:
    """The symbols that fill a bar in one voice."""
    metre = bar.metre
    if not voice.chords:
        name, dots = VALUES.get(metre.length, ("whole", 0))
        yield _Draft(Value(0, metre.length, name, dots), (), voice.is_hidden_at_rest, True)
        return
    chords = [(each.start - bar.start, each.end - bar.start, each.notes) for each in voice.chords]
    brackets = tuplets(blocks, (edge for start, end, _ in chords for edge in (start, end)))
    place = 0
    for start, end, notes in [*chords, (metre.length, metre.length, ())]:
        for value in spell(place, start, metre, brackets, is_rest=True):
            yield _Draft(value, (), voice.is_hidden_at_rest)
        for value in spell(start, end, metre, brackets, is_rest=False):
            yield _Draft(value, notes)
        place = end


def _pitches(voices: Iterable[Iterable[Voice]]) -> list[list[int]]:
    return [
        [note.pitch for voice in bar for chord in voice.chords for note in chord.notes]
        for bar in voices
    ]


Heads = Mapping[tuple[int, int], Head]  # by the number of the note and the place in the piece


def _heads(
    drafts: Sequence[Sequence[Sequence[_Draft]]],
    bars: Sequence[Bar],
    notes: Sequence[GridNote],
    units_per_tick: float,
) -> Heads:
    """The heads of all notes, without accidentals."""
    places: dict[int, list[int]] = defaultdict(list)
    for bar, voices in zip(bars, drafts, strict=True):
        for voice in voices:
            for draft in voice:
                for note in draft.notes:
                    places[note.number].append(bar.start + draft.value.start)
    heads: dict[tuple[int, int], Head] = {}
    for number, starts in places.items():
        played = notes[number]
        ticks = [round(place / units_per_tick) for place in starts[1:]]
        inner = [min(max(tick, played.start_tick), played.end_tick) for tick in ticks]
        sounds = [played.start_tick, *inner, played.end_tick]
        for i, place in enumerate(starts):
            heads[number, place] = Head(
                id=f"{played.id}h{i + 1}",
                pitch=played.pitch,
                name=played.name,
                accidental=None,
                is_tied_back=i > 0,
                is_tied_on=i + 1 < len(starts),
                start_tick=sounds[i],
                end_tick=sounds[i + 1],
            )
    return heads


def _symbols(
    drafts: Sequence[Sequence[_Draft]], bar: Bar, heads: Heads, accidentals: Accidentals | None
) -> Iterator[tuple[Symbol, ...]]:
    """The voices of one bar. Accidentals go by time, whatever the voice."""
    shown: dict[str, int | None] = {}
    if accidentals is not None:
        accidentals.begin_bar()
        every = [draft for voice in drafts for draft in voice]
        for draft in sorted(every, key=lambda each: each.value.start):
            for note in draft.notes:
                head = heads[note.number, bar.start + draft.value.start]
                if not head.is_tied_back:
                    shown[head.id] = accidentals.needed(head.name)
    for voice in drafts:
        joined = beams(
            [draft.value for draft in voice], [not draft.notes for draft in voice], bar.metre
        )
        yield tuple(
            Symbol(
                draft.value,
                tuple(
                    replace(head, accidental=shown.get(head.id))
                    for head in (
                        heads[note.number, bar.start + draft.value.start] for note in draft.notes
                    )
                ),
                beam,
                draft.is_hidden,
                draft.is_whole_bar,
            )
            for draft, beam in zip(voice, joined, strict=True)
        )
