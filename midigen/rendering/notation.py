"""What written music consists of: parts, bars, voices, symbols and noteheads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from midigen.rendering.beams import Beam
from midigen.rendering.metre import Bar
from midigen.rendering.note_values import Value
from midigen.rendering.spelling import PitchName


@dataclass(frozen=True)
class Head:
    """A notehead: one note, or one of the tied heads of it.

    Attributes:
        id: unique in the sheet.
        pitch: MIDI pitch; of drums the instrument.
        accidental: the alteration to show before it, None for none.
        start_tick, end_tick: when it sounds; tied heads divide the time of their note.
    """

    id: str
    pitch: int
    name: PitchName
    accidental: int | None
    is_tied_back: bool
    is_tied_on: bool
    start_tick: int
    end_tick: int


@dataclass(frozen=True)
class Symbol:
    """A chord, or a rest where it has no heads."""

    value: Value
    heads: tuple[Head, ...] = ()
    beams: tuple[Beam, ...] = ()
    is_hidden: bool = False
    is_whole_bar: bool = False


@dataclass(frozen=True)
class StaffBar:
    """What a staff shows in one bar: a clef, and one or two voices, the upper first."""

    clef: str
    voices: tuple[tuple[Symbol, ...], ...]


@dataclass(frozen=True)
class Part:
    """An instrument: its staves from top to bottom, each with all bars."""

    name: str
    is_drum: bool
    staves: tuple[tuple[StaffBar, ...], ...]


@dataclass(frozen=True)
class Notation:
    """A piece as it is written.

    Attributes:
        bars: the bars that are written.
        is_complete: whether all bars and tracks of the piece are written.
        fifths: sharps of the key signature, flats negative.
        tempo_bpm: quarters a minute, on average over the piece.
    """

    parts: tuple[Part, ...]
    bars: tuple[Bar, ...]
    is_complete: bool
    fifths: int
    mode: Literal["major", "minor"]
    tempo_bpm: float

    def heads(self) -> Iterator[Head]:
        """Every notehead, part by part."""
        for part in self.parts:
            for staff in part.staves:
                for bar in staff:
                    for voice in bar.voices:
                        for symbol in voice:
                            yield from symbol.heads
