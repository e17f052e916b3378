"""Chooses the clef of every bar of a staff."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

from midigen.rendering.hands import MIDDLE_C

# A clef changes where the music would stay on ledger lines, and not for a bar alone.
_TREBLE_FROM, _BASS_TO = 62.0, 57.0  # mean pitch of the bars that ask for the other clef
_TREBLE_LOWEST, _BASS_HIGHEST = 57, 62  # what the other clef can bear
_BARS = 2


def clefs(bars: Sequence[Iterable[int]], first: str | None) -> list[str]:
    """The clef of every bar, "G" or "F".

    Args:
        bars: the pitches of each bar.
        first: the clef to begin with; None takes it from the range.
    """
    pitches = [sorted(bar) for bar in bars]
    every = sorted(pitch for bar in pitches for pitch in bar)
    middle = every[len(every) // 2] if every else MIDDLE_C
    usual = first or ("G" if middle >= MIDDLE_C - 3 else "F")
    clef, result = usual, []
    for i, bar in enumerate(pitches):
        if bar and not _suits(clef, bar):
            other = "F" if clef == "G" else "G"
            coming = list(islice((each for each in islice(pitches, i, None) if each), _BARS))
            stays = len(coming) == _BARS and all(
                _suits(other, each) and not _suits(clef, each) for each in coming
            )
            clef = other if stays else usual
        result.append(clef)
    return result


def _suits(clef: str, bar: Sequence[int]) -> bool:
    """Whether a bar is easy to read in a clef."""
    mean = sum(bar) / len(bar)
    if clef == "G":
        return bar[0] >= _TREBLE_LOWEST and mean >= _BASS_TO
    return bar[-1] <= _BASS_HIGHEST and mean <= _TREBLE_FROM
