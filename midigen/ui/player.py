"""A player: audio with a piano roll, or a score, that follows it.

The component owns its `<audio>`; `assets/player*.js` draw and move the playhead by the audio's own
clock. Python only hands over files, note times and pages.

What a visitor sets comes back as events of the component. A handler that wants to know more than
that it happened takes a `gr.EventData`:

    player.keep(fn)   `event.bar`: keep so many bars, or None; after a click on the bar ruler
    player.score(fn)  sheet music is wanted, and the value has `can_score` but no `sheet`
    player.mute(fn)   `event.muted`: the tracks that shall be silent; after a click on a part
    player.make(fn)   `event.file`: the suffix of a file that is offered but not there; the page
                      takes it along as soon as a value has it

A piece that is still being composed is shown by a handler that yields values without `audio` and
with one `key`; gradio sends only what changed. Give such a handler `show_progress="hidden"`, or
gradio covers the player. The last value, with audio and the same key, leaves the view as it is.
So does a value with the same key and another recording: it takes over where the old one is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import gradio as gr
from gradio.data_classes import FileData

from midigen.rendering.pianoroll import PianoRoll
from midigen.rendering.sheet import Sheet
from midigen.ui import texts
from midigen.ui.assets import asset_text

# In this order they are one script, in which each may use the names of the others.
SCRIPTS = ("", "_page", "_roll", "_ruler", "_score", "_parts", "_sound", "_show")
COLUMNS = ("start", "end", "pitch", "velocity", "track", "bars")


@dataclass(frozen=True)
class Download:
    """A file that a visitor may take along; with `is_there` False it is made when it is wanted."""

    label: str
    path: Path
    is_there: bool = True


def player(empty: str = texts.PLAYER_EMPTY, **options: Any) -> gr.HTML:
    """The component; give it a `player_value` to play.

    Args:
        empty: what it says while it has nothing to play.
        **options: passed on to `gr.HTML`.
    """
    component: Any = gr.HTML(
        value=None,
        html_template=asset_text("player.html"),
        js_on_load="\n".join(asset_text(f"player{each}.js") for each in SCRIPTS),
        apply_default_css=False,
        css=asset_text("player.css"),
        texts={**texts.PLAYER, "empty": empty},
        **options,
    )
    # Not by a subclass: beside the file of one gradio writes a .pyi when it is imported.
    component.postprocess = _packed
    return cast(gr.HTML, component)


def player_value(
    title: str,
    details: str,
    audio: Path | None,
    roll: PianoRoll,
    downloads: Sequence[Download] = (),
    prompt_bars: int = 0,
    *,
    key: str | None = None,
    progress: str = "",
    blocks: Sequence[int] = (),
    can_keep: bool = False,
    keep_bar: int | None = None,
    sheet: Mapping[str, Any] | None = None,
    can_score: bool = False,
    parts_can_mute: bool = False,
    muted: Sequence[int] = (),
) -> dict[str, Any]:
    """What the player shows.

    Args:
        title, details: plain texts; they are never read as HTML.
        audio: what is played; must lie where gradio may serve it. None: nothing yet, or for the
            same piece what was played before.
        roll: what is drawn.
        downloads: the files offered below.
        prompt_bars: the first bars that are not the model's; they have a colour of their own.
        key: names the piece. A value with the key of the one before it is the same piece, longer
            or with another recording: the view, the loop and the place in the music stay.
        progress: what is said of a piece that still grows; empty once it is whole.
        blocks: the bars, counted from 0, with which a later block of the piece begins.
        can_keep: whether the visitor may flag how many bars to keep.
        keep_bar: how many bars the flag keeps. For the same piece it moves the visitor's flag only
            where it differs from the value before.
        sheet: `pages`, each the text of an SVG, and `timeline`, rows of second, page, the ids that
            begin then, and the second at which they end; in order of time.
        can_score: whether sheet music may be asked for where there is none yet; the handler of
            `score` brings it.
        parts_can_mute: whether the visitor may mute parts; the handler of `mute` renders anew.
        muted: the tracks of the roll that are silent; stays for the same piece as `keep_bar` does.
    """
    return {
        "key": key,
        "title": title,
        "details": details,
        "progress": progress,
        "audio": _served(audio) if audio else None,
        "roll": {**roll_value(roll), "prompt_bars": prompt_bars},
        "blocks": list(blocks),
        "can_keep": can_keep,
        "keep_bar": keep_bar,
        "can_score": can_score,
        "parts_can_mute": parts_can_mute,
        "muted": list(muted),
        "sheet": dict(sheet) if sheet else None,
        "downloads": offered(downloads),
    }


def sheet_value(sheet: Sheet) -> dict[str, Any]:
    """Sheet music as the player takes it: notes that begin and end together are one row."""
    rows = []
    for moment in sheet.timeline:
        by_end: dict[float, list[str]] = {}
        for note, end_s in moment.notes:
            by_end.setdefault(round(end_s, 3), []).append(note)
        rows += [[round(moment.start_s, 3), moment.page, ids, end] for end, ids in by_end.items()]
    return {"pages": list(sheet.pages), "timeline": rows}


def offered(downloads: Sequence[Download]) -> list[dict[str, Any]]:
    """Files as links below the player, and buttons for those that are not there yet."""
    return [
        {
            "label": each.label,
            "name": each.path.name,
            **({"file": _served(each.path)} if each.is_there else {"make": each.path.suffix}),
        }
        for each in downloads
    ]


def roll_value(roll: PianoRoll) -> dict[str, Any]:
    """A piano roll as columns, which are half as long in JSON as rows with names; in seconds."""
    return {
        "start": [round(each.start_s, 3) for each in roll.notes],
        "end": [round(each.end_s, 3) for each in roll.notes],
        "pitch": [each.pitch for each in roll.notes],
        "velocity": [each.velocity for each in roll.notes],
        "track": [each.track for each in roll.notes],
        "tracks": [each.name for each in roll.tracks],
        "bars": [round(each, 3) for each in roll.bars_s],
        "duration": round(roll.duration_s, 3),
    }


def _packed(value: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Long lists as text.

    Gradio's page watches each element of a list on its own and copies it several times: a growing
    piece of 3,000 notes cost it most of a second for every value. The page reads lists too, which
    come after a `gr.update` of the component: for that gradio makes a new one without this.
    """
    if not value:
        return None
    roll, sheet = dict(value["roll"]), value.get("sheet")
    for name in COLUMNS:
        roll[name] = ",".join(map(str, roll[name]))
    if sheet:
        sheet = {"pages": sheet["pages"], "timeline": json.dumps(sheet["timeline"])}
    return {**value, "roll": roll, "sheet": sheet}


def _served(path: Path) -> dict[str, Any]:
    """Gradio gives the file an address on its way to the page."""
    return FileData(path=str(path), orig_name=path.name).model_dump()
