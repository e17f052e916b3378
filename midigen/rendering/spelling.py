"""Names pitches: key signature, F sharp or G flat, and which accidentals a bar shows."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from midigen.music.key import Key
from midigen.rendering.metre import UNITS

# The line of fifths … B♭ F C G D A E B F♯ …: C is 0, sharps lie to the right, flats to the left. In
# it a key is seven neighbours and a spelling is good where it lies near what sounds around it:
# Temperley, "The Cognition of Basic Musical Structures" (2001), chapter 5.
_STEPS = "FCGDAEB"  # from -1 on
_STEP_PLACES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}  # in semitones
_NEAR = UNITS  # what sounds within a beat counts for the spelling
_LEAD = 3.0  # fifths that a semitone step to the next note weighs
_MOST_NOTES = 32  # looked at before and after


@dataclass(frozen=True)
class PitchName:
    """A note name: `step` C to B, `alter` in semitones, `octave` 4 from middle C on."""

    step: str
    alter: int
    octave: int


def signature(key: Key) -> int:
    """Sharps (flats negative) of a key as `Key` names it: F# major has 6, Eb minor -6."""
    relative_major = key.tonic if key.mode == "major" else key.tonic + 3
    fifths = relative_major * 7 % 12
    most = 6 if key.mode == "major" else 5
    return fifths - 12 if fifths > most else fifths


def pitch_name(pitch: int, fifths: int) -> PitchName:
    """Name a MIDI pitch by its place on the line of fifths."""
    step, alter = _STEPS[(fifths + 1) % 7], (fifths + 1) // 7
    return PitchName(step, alter, (pitch - alter - _STEP_PLACES[step]) // 12 - 1)


def spell_pitches(notes: Sequence[tuple[int, int]], key: Key) -> list[PitchName]:
    """Name pitches in a key, foreign ones by what sounds around them and by where they lead.

    In A minor the leading tone is G sharp, not A flat; in C major G sharp stands beside E and B,
    but A flat beside F and C; a note that goes up by a semitone is a sharp.

    Args:
        notes: onset in units and MIDI pitch, sorted by onset.
    """
    home = signature(key)
    onsets = [onset for onset, _ in notes]
    own = {fifths * 7 % 12: fifths for fifths in range(home - 1, home + 6)}
    names = []
    for i, (onset, pitch) in enumerate(notes):
        fifths = own.get(pitch % 12)
        if fifths is None:
            begin = max(bisect_left(onsets, onset - _NEAR), i - _MOST_NOTES)
            end = min(bisect_right(onsets, onset + _NEAR), i + _MOST_NOTES)
            around = [own[other % 12] for _, other in notes[begin:end] if other % 12 in own]
            after = bisect_right(onsets, onset)
            following = {other for at, other in notes[after:end] if at == onsets[after]}
            fifths = _foreign(pitch, key, around, following)
        names.append(pitch_name(pitch, fifths))
    return names


def _foreign(pitch: int, key: Key, around: Sequence[int], following: set[int]) -> int:
    """The place of a note that is not in the key."""
    home = signature(key)
    if key.mode == "minor" and (pitch - key.tonic) % 12 in (9, 11):
        return home + (8 if (pitch - key.tonic) % 12 == 11 else 6)  # the melodic scale's
    # The middle of the key's seven notes; in minor of those with the raised ones.
    centre = home + (2.0 if key.mode == "major" else 3.5)
    near = sum(around) / len(around) if around else centre
    leads = (pitch + 1 in following) - (pitch - 1 in following)
    lowest = home - 6
    flat = lowest + (pitch * 7 - lowest) % 12
    return min(
        (abs(place - near) + abs(place - centre) - _LEAD * leads * side, place)
        for place, side in ((flat, -1), (flat + 12, 1))
        if home - 4 <= place <= home + 9
    )[1]


class Accidentals:
    """Which accidentals one staff shows: each holds in its bar, on its line, for all voices."""

    def __init__(self, fifths: int) -> None:
        self._signature = {step: _alteration(_STEPS.index(step) - 1, fifths) for step in _STEPS}
        self._shown: dict[tuple[str, int], int] = {}

    def begin_bar(self) -> None:
        self._shown.clear()

    def needed(self, name: PitchName) -> int | None:
        """The alteration to show before a note, None where it holds anyway.

        Ask in order of time, and not for notes that are tied to the one before.
        """
        place = (name.step, name.octave)
        if self._shown.get(place, self._signature[name.step]) == name.alter:
            return None
        self._shown[place] = name.alter
        return name.alter


def _alteration(place: int, fifths: int) -> int:
    """What a signature does to the natural note at a place from -1 (F) to 5 (B)."""
    if fifths > 0:
        return int(place + 1 < fifths)
    return -int(5 - place < -fifths)
