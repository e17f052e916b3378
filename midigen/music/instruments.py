"""The names of instruments, their order in a score, and which may stand for another.

General MIDI Level 1, programs 0 to 127.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from midigen.config import DRUMS, FAMILY

if TYPE_CHECKING:
    from symusic import Score

# Source: MIDI Association, "General MIDI System Level 1", program change chart; eight to a family.
FAMILIES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Piano", ("Piano", "Bright piano", "Electric grand", "Honky-tonk piano",
               "Electric piano 1", "Electric piano 2", "Harpsichord", "Clavinet")),
    ("Chromatic percussion", ("Celesta", "Glockenspiel", "Music box", "Vibraphone", "Marimba",
                              "Xylophone", "Tubular bells", "Dulcimer")),
    ("Organ", ("Drawbar organ", "Percussive organ", "Rock organ", "Church organ", "Reed organ",
               "Accordion", "Harmonica", "Tango accordion")),
    ("Guitar", ("Nylon guitar", "Steel guitar", "Jazz guitar", "Clean guitar", "Muted guitar",
                "Overdriven guitar", "Distorted guitar", "Guitar harmonics")),
    ("Bass", ("Acoustic bass", "Fingered bass", "Picked bass", "Fretless bass", "Slap bass 1",
              "Slap bass 2", "Synth bass 1", "Synth bass 2")),
    ("Strings", ("Violin", "Viola", "Cello", "Double bass", "Tremolo strings", "Pizzicato strings",
                 "Harp", "Timpani")),
    ("Ensemble", ("String ensemble 1", "String ensemble 2", "Synth strings 1", "Synth strings 2",
                  "Choir aahs", "Voice oohs", "Synth voice", "Orchestra hit")),
    ("Brass", ("Trumpet", "Trombone", "Tuba", "Muted trumpet", "French horn", "Brass section",
               "Synth brass 1", "Synth brass 2")),
    ("Reed", ("Soprano sax", "Alto sax", "Tenor sax", "Baritone sax", "Oboe", "English horn",
              "Bassoon", "Clarinet")),
    ("Pipe", ("Piccolo", "Flute", "Recorder", "Pan flute", "Blown bottle", "Shakuhachi", "Whistle",
              "Ocarina")),
    ("Synth lead", ("Square lead", "Saw lead", "Calliope lead", "Chiff lead", "Charang lead",
                    "Voice lead", "Fifths lead", "Bass and lead")),
    ("Synth pad", ("New age pad", "Warm pad", "Polysynth pad", "Choir pad", "Bowed pad",
                   "Metallic pad", "Halo pad", "Sweep pad")),
    ("Synth effects", ("Rain", "Soundtrack", "Crystal", "Atmosphere", "Brightness", "Goblins",
                       "Echoes", "Sci-fi")),
    ("Ethnic", ("Sitar", "Banjo", "Shamisen", "Koto", "Kalimba", "Bagpipe", "Fiddle", "Shanai")),
    ("Percussive", ("Tinkle bell", "Agogo", "Steel drums", "Woodblock", "Taiko drum", "Melodic tom",
                    "Synth drum", "Reverse cymbal")),
    ("Sound effects", ("Guitar fret noise", "Breath noise", "Seashore", "Bird tweet", "Telephone",
                       "Helicopter", "Applause", "Gunshot")),
)  # fmt: skip
NAMES: tuple[str, ...] = tuple(name for _, names in FAMILIES for name in names)


def instrument_name(program: int, is_drum: bool = False) -> str:
    """`Violin` for program 40; drums are one kit whatever their program."""
    return "Drums" if is_drum else NAMES[program % len(NAMES)]


def numbered(program: int) -> str:
    """`Violin (40)`, as `tokenizer.programs` asks for it; `DRUMS` have no number."""
    if program == DRUMS:
        return instrument_name(0, is_drum=True)
    return f"{instrument_name(program)} ({program})"


# From the top of a page down, as scores are printed: winds, voices, keyboards, strings; drums last.
_DOWN_THE_PAGE = (
    *("Pipe", "Reed", "Brass", "Synth lead", "Ensemble", "Chromatic percussion", "Ethnic"),
    *("Guitar", "Piano", "Organ", "Strings", "Bass", "Synth pad", "Synth effects"),
    *("Percussive", "Sound effects"),
)
_RANKS = {family: _DOWN_THE_PAGE.index(name) for family, (name, _) in enumerate(FAMILIES)}


def place_in_score(program: int) -> int:
    """Where an instrument stands in a score, counted from the top; `DRUMS` comes last."""
    if program == DRUMS:
        return len(NAMES)
    return _RANKS[program // FAMILY] * FAMILY + program % FAMILY


def programs_of(score: Score) -> tuple[int, ...]:
    """The instruments that play in a piece, from the top of a score down; `DRUMS` for drums."""
    found = {
        DRUMS if track.is_drum else int(track.program) for track in score.tracks if track.notes
    }
    return tuple(sorted(found, key=place_in_score))


def stand_in(program: int, known: Sequence[int]) -> int | None:
    """The instrument that plays for another one where only some are known.

    Args:
        program: 0 to 127, or `DRUMS`.
        known: what there is, at least one program.

    Returns:
        itself if it is known, else the first of its family, else the first of all; None for drums
        that are not known, since nothing else can play them.
    """
    if program in known:
        return program
    if program == DRUMS:
        return None
    pitched = [each for each in known if each != DRUMS]
    family = (each for each in pitched if each // FAMILY == program // FAMILY)
    return next(family, pitched[0])
