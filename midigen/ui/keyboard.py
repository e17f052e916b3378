"""A piano keyboard on the page, with a recorder: a visitor plays what a model goes on from.

`assets/keyboard.js` makes the sound, keeps the time and records; nothing is sent while somebody
plays. What comes back is checked here, since a page can send anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from midigen.errors import UserError
from midigen.music.played import (
    FASTEST_BPM,
    MAX_BARS,
    MAX_NOTES,
    METRES,
    SLOWEST_BPM,
    USUAL_BPM,
    PlayedNote,
    score_from_played,
)
from midigen.ui import texts
from midigen.ui.assets import asset_text

if TYPE_CHECKING:
    from symusic import Score

LIMITS = {
    "bars": MAX_BARS,
    "notes": MAX_NOTES,
    "slowest_bpm": SLOWEST_BPM,
    "usual_bpm": USUAL_BPM,
    "fastest_bpm": FASTEST_BPM,
}
ROUNDING_S = 0.01  # by which a time may exceed the last bar
HIGHEST = 127  # pitch and velocity of MIDI


# In this order they are one script, in which each may use the names of the others.
SCRIPTS = ("", "_sound", "_take", "_strip", "_keys")


def keyboard(**options: Any) -> gr.HTML:
    """The component. Its value is the recording; None, or "" once it was cleared, is none.

    The value is `{"bpm": 90, "beats": 4, "notes": [[start_s, end_s, pitch, velocity], …]}`: `bpm`
    from 40 to 200 and `beats` (2, 3, 4, or 6 for 6/8) as the click was set; seconds from the
    downbeat after the count-in, in order of their starts. Without a count-in the first note is the
    downbeat. `played_score` reads it.

    It changes, and the event `change` comes, only when a recording ends with at least one note and
    when it is cleared. Setting it shows another recording, or with None an empty strip.

    Args:
        **options: passed on to `gr.HTML`.
    """
    return gr.HTML(
        value=None,
        html_template=asset_text("keyboard.html"),
        css_template=asset_text("keyboard.css"),
        js_on_load="\n".join(asset_text(f"keyboard{each}.js") for each in SCRIPTS),
        apply_default_css=False,
        texts=texts.KEYBOARD,
        limits=LIMITS,
        **options,
    )


def played_score(value: Any) -> Score | None:
    """The recording as a score, or None if there is none or it holds no note.

    Args:
        value: what the page sent as the component's value; it is not trusted.

    Raises:
        UserError: it is not what `keyboard` makes, or exceeds the limits of a recording.
    """
    if value is None or value == "":
        return None
    if not isinstance(value, dict):
        raise _wrong("it is no recording")
    bpm: Any = value.get("bpm")
    beats: Any = value.get("beats")
    rows: Any = value.get("notes")
    if not _is_within(bpm, SLOWEST_BPM, FASTEST_BPM):
        raise _wrong(f"its tempo is not from {SLOWEST_BPM} to {FASTEST_BPM} beats a minute")
    if not _is_whole(beats, 2, max(METRES)) or int(beats) not in METRES:
        raise _wrong(f"its bars do not have {_listed(list(METRES))} beats")
    if not isinstance(rows, list):
        raise _wrong("it has no list of notes")
    if len(rows) > MAX_NOTES:
        raise _wrong(f"it has {len(rows)} notes, and the limit is {MAX_NOTES}")
    longest_s = MAX_BARS * int(beats) * 60 / bpm + ROUNDING_S
    notes = [_note(row, i, longest_s) for i, row in enumerate(rows, start=1)]
    return score_from_played(notes, float(bpm), int(beats)) if notes else None


def _note(row: Any, number: int, longest_s: float) -> PlayedNote:
    """Values are not repeated in the messages: they may be anything, and of any length."""
    if not isinstance(row, list | tuple) or len(row) != 4:
        raise _wrong(f"note {number} is not a start, an end, a pitch and a velocity")
    start_s, end_s, pitch, velocity = row
    if not (_is_within(start_s, 0, longest_s) and _is_within(end_s, 0, longest_s)):
        raise _wrong(f"note {number} lies outside its {MAX_BARS} bars")
    if start_s >= end_s:
        raise _wrong(f"note {number} ends before it begins")
    if not _is_whole(pitch, 0, HIGHEST):
        raise _wrong(f"the pitch of note {number} is no whole number from 0 to {HIGHEST}")
    if not _is_whole(velocity, 1, HIGHEST):
        raise _wrong(f"the velocity of note {number} is no whole number from 1 to {HIGHEST}")
    return PlayedNote(float(start_s), float(end_s), int(pitch), int(velocity))


def _is_within(value: Any, low: float, high: float) -> bool:
    """NaN and infinity are not, and neither is a truth value."""
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high


def _is_whole(value: Any, low: int, high: int) -> bool:
    return _is_within(value, low, high) and int(value) == value


def _listed(numbers: list[int]) -> str:
    return f"{', '.join(map(str, numbers[:-1]))} or {numbers[-1]}"


def _wrong(why: str) -> UserError:
    return UserError(texts.PLAYED_WRONG.format(why=why), texts.PLAYED_WRONG_HINT)
