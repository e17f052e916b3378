"""Names chords as musicians do: `G7/B` and, in a key, `V65`; and the cadence that they end with.

The names come from music21, which is given one well-spelled chord at a time and imported when the
first chord is named (0.4 s). Its Roman numerals tell the degree; the figures of the inversion and
the applied dominants are written here, since music21 spells out every accidental (`V#643` for the
second inversion of E7 in A minor).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from typing import Any, Literal

from midigen.music.chords import Chord, Quality
from midigen.music.key import Key

# Places on the line of fifths: F is -1, C 0, G 1, F# 6, Bb -2.
_LETTERS = "FCGDAEB"
# Tones of a chord as steps on that line from its root: a major third is 4 fifths up.
_SPELLING: dict[Quality, tuple[int, ...]] = {
    "major": (0, 4, 1),
    "minor": (0, -3, 1),
    "diminished": (0, -3, -6),
    "augmented": (0, 4, 8),
    "7": (0, 4, 1, -2),
    "maj7": (0, 4, 1, 5),
    "m7": (0, -3, 1, -2),
    "ø7": (0, -3, -6, -2),
    "o7": (0, -3, -6, -9),
}
# The flattest root that is usual in major and in minor, in fifths from the tonic; the eleven fifths
# above are spelled so. In C major: Db major, but C# minor, and C# diminished, which leads to D.
_FLATTEST: dict[Quality, tuple[int, int]] = {
    "major": (-5, -6),
    "augmented": (-5, -6),
    "7": (-5, -6),
    "maj7": (-5, -6),
    "minor": (-3, -5),
    "m7": (-3, -5),
    "diminished": (-1, -4),
    "ø7": (-1, -4),
    "o7": (-1, -4),
}
_SIGNS: dict[Quality, str] = {"diminished": "o", "o7": "o", "ø7": "ø", "augmented": "+"}
_FIGURES = {3: ("", "6", "64"), 4: ("7", "65", "43", "42")}
_FLATTEST_SYMBOL, _SHARPEST_SYMBOL, _SHARPEST_LEADING = -6, 10, 13  # Gb, A#, F##
_LEADING: tuple[Quality, ...] = ("diminished", "ø7", "o7")
# Degrees that may have a dominant of their own, by semitones above the tonic.
_TARGETS: dict[str, dict[int, str]] = {
    "major": {2: "ii", 4: "iii", 5: "IV", 7: "V", 9: "vi"},
    "minor": {3: "III", 5: "iv", 7: "V", 8: "VI", 10: "VII"},
}
# Chords of the key itself that would else pass for dominants of another degree: semitones above the
# tonic. In A minor D major is the IV of the melodic scale, A major the end of a chorale.
_OWN_MAJOR = {"major": {0, 5, 7}, "minor": {0, 3, 5, 7, 8, 10}}
_OWN_LEADING = {"major": {11}, "minor": {2, 11}}


@dataclass(frozen=True)
class Names:
    """What a chord is called.

    Attributes:
        symbol: `Am`, `G7/B`, `Bb`, `F#°7`.
        numeral: in the key: `vi`, `V65`, `viio7/V`, `Ger65`.
    """

    symbol: str
    numeral: str


@dataclass(frozen=True)
class Cadence:
    """How a piece ends.

    Attributes:
        kind: authentic (V – I), half (… – V) or plagal (IV – I).
        numerals: of the last two chords.
    """

    kind: Literal["authentic", "half", "plagal"]
    numerals: tuple[str, str]


@lru_cache(maxsize=4096)
def names_of(chord: Chord, key: Key, leads_to: int | None = None) -> Names:
    """What a chord is called in a key.

    Args:
        chord: the chord.
        key: the key of the piece.
        leads_to: the root of the next chord: in A minor A major is V/iv before D, else I.
    """
    from music21 import harmony

    root = _root(chord, key)
    symbol = str(harmony.chordSymbolFigureFromChord(_spelled(chord, _readable(root, chord))))
    return Names(symbol.replace("-", "b").replace("o7", "°7"), _numeral(chord, key, root, leads_to))


def key_name(key: Key) -> str:
    """`Db major`, `C# minor`: the spelling with fewer accidentals."""
    return f"{_spell(_tonic(key)).replace('-', 'b')} {key.mode}"


def pitch_name(pitch: int, key: Key) -> str:
    """A MIDI pitch with its octave, spelled in a key: 60 is `C4`."""
    fifths = _nearest(pitch % 12, _tonic(key) - 5)
    natural = pitch - _accidentals(fifths)
    return f"{_spell(fifths).replace('-', 'b')}{natural // 12 - 1}"


def find_cadence(chords: Sequence[Chord], key: Key) -> Cadence | None:
    """The cadence that the last chords make, None if it is none of the three."""
    if not chords:
        return None
    last = chords[-1]
    held = list(takewhile(lambda each: each.root == last.root, reversed(chords)))
    last = next((each for each in held if each.inversion == 0), last)  # it may go on as G/D
    if len(held) == len(chords) or last.inversion != 0:
        return None
    before = chords[-1 - len(held)]
    degree, before_degree = ((each.root - key.tonic) % 12 for each in (last, before))
    kind: Literal["authentic", "half", "plagal"] | None = None
    if degree == 0 and last.quality in ("major", "minor"):
        is_dominant = before_degree == 7 and before.quality in ("major", "7")
        if is_dominant or (before_degree == 11 and before.quality in _LEADING):
            kind = "authentic"
        elif before_degree == 5 and before.inversion < 2 and before.quality != "7":
            kind = "plagal"  # the second inversion is only a neighbour of the tonic
    elif degree == 7 and last.quality == "major":
        kind = "half"
    if kind is None:
        return None
    numerals = names_of(before, key, last.root).numeral, names_of(last, key).numeral
    return Cadence(kind, numerals)


def _numeral(chord: Chord, key: Key, root: int, leads_to: int | None) -> str:
    """The Roman numeral of a chord whose root is spelled already."""
    degree = (chord.root - key.tonic) % 12
    figures = _FIGURES[len(chord.tones)][chord.inversion]
    sign = _SIGNS.get(chord.quality, "")
    if chord.quality == "7" and degree == 8 and chord.inversion == 0:
        return "Ger65"  # spelled as a seventh, it is the augmented sixth of all but a few pieces
    if degree == 11 and chord.quality in _LEADING:
        return f"vii{sign}{figures}"  # without a sharp in minor, where it goes without saying
    target = _applied_to(chord, degree, key)
    if (key.mode, degree, chord.quality) == ("minor", 0, "major") and leads_to is not None:
        target = "iv" if (leads_to - key.tonic) % 12 == 5 else None
    if target:
        base = "vii" if chord.quality in _LEADING else "V"
        return f"{base}{sign}{figures}/{target}"
    return f"{_degree_name(_spelled(chord, root), degree, key)}{sign}{figures}"


def _applied_to(chord: Chord, degree: int, key: Key) -> str | None:
    """The degree that a foreign dominant or leading-tone chord is meant for."""
    targets = _TARGETS[key.mode]
    if chord.quality in _LEADING:
        return None if degree in _OWN_LEADING[key.mode] else targets.get((degree + 1) % 12)
    if chord.quality == "7":
        return None if degree == 7 else targets.get((degree + 5) % 12)
    if chord.quality == "major" and degree not in _OWN_MAJOR[key.mode]:
        return targets.get((degree + 5) % 12)
    return None


def _degree_name(spelled: Any, degree: int, key: Key) -> str:
    """The degree of a chord's root, such as `vi` or `bII`, by music21."""
    from music21 import key as keys
    from music21 import roman

    tonic = _spell(_tonic(key))
    numeral = roman.romanNumeralFromChord(spelled, keys.Key(tonic, key.mode))
    name = str(numeral.romanNumeral)
    if key.mode == "major" or degree < 8:
        return name
    # music21 tells the two sixths and sevenths of minor by the case; here VI and VII are natural.
    return ("#" if degree in (9, 11) else "") + name.lstrip("b#")


def _spelled(chord: Chord, root: int) -> Any:
    """A chord of music21, its bass lowest and every tone spelled in thirds from the root."""
    from music21 import chord as chords

    tones = [_spell(root + each) for each in _SPELLING[chord.quality]]
    bass = tones.pop(chord.inversion)
    return chords.Chord([f"{bass}2", *(f"{each}4" for each in tones)])


def _root(chord: Chord, key: Key) -> int:
    """The root on the line of fifths as the key has it: Bbb in Db major."""
    flattest = _FLATTEST[chord.quality][key.mode == "minor"]
    return _nearest(chord.root, _tonic(key) + flattest)


def _readable(root: int, chord: Chord) -> int:
    """The root as a chord symbol has it: A for Bbb, C for B#; a leading tone may be F##."""
    if root < _FLATTEST_SYMBOL:
        return root + 12
    sharpest = _SHARPEST_LEADING if chord.quality in _LEADING else _SHARPEST_SYMBOL
    return root - 12 if root > sharpest else root


def _tonic(key: Key) -> int:
    """Its place on the line of fifths: majors from Db to F#, minors from Eb to G#."""
    return _nearest(key.tonic, -5 if key.mode == "major" else -3)


def _nearest(pitch_class: int, flattest: int) -> int:
    """The place of a pitch class on the line of fifths, at most eleven fifths above `flattest`."""
    return (pitch_class * 7 - flattest) % 12 + flattest


def _accidentals(fifths: int) -> int:
    """Sharps of a place on the line of fifths; flats are negative."""
    return (fifths + 1) // 7


def _spell(fifths: int) -> str:
    """As music21 writes it: `F#`, `B-`."""
    sharps = _accidentals(fifths)
    return _LETTERS[(fifths + 1) % 7] + "#" * sharps + "-" * -sharps
