"""A player: audio with a piano roll that follows it.

The component owns its `<audio>`; `assets/player.js` draws the roll and moves the playhead by the
audio's own clock. Python only hands over files and note times.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.data_classes import FileData

from midigen.rendering.pianoroll import PianoRoll
from midigen.ui import texts
from midigen.ui.assets import asset_text


@dataclass(frozen=True)
class Download:
    """A file that a visitor may take along."""

    label: str
    path: Path


def player(empty: str = texts.PLAYER_EMPTY, **options: Any) -> gr.HTML:
    """The component; give it a `player_value` to play.

    Args:
        empty: what it says while it has nothing to play.
        **options: passed on to `gr.HTML`.
    """
    return gr.HTML(
        value=None,
        html_template=asset_text("player.html"),
        css_template=asset_text("player.css"),
        js_on_load=asset_text("player.js"),
        apply_default_css=False,
        texts={**texts.PLAYER, "empty": empty},
        **options,
    )


def player_value(
    title: str,
    details: str,
    audio: Path,
    roll: PianoRoll,
    downloads: Sequence[Download],
    prompt_bars: int = 0,
) -> dict[str, Any]:
    """What the player shows.

    Args:
        title, details: plain texts; they are never read as HTML.
        audio: what is played; must lie where gradio may serve it.
        roll: what is drawn.
        downloads: the files offered below.
        prompt_bars: the first bars that are not the model's; they have a colour of their own.
    """
    return {
        "title": title,
        "details": details,
        "audio": _served(audio),
        "roll": {**roll_value(roll), "prompt_bars": prompt_bars},
        "downloads": [
            {"label": each.label, "name": each.path.name, "file": _served(each.path)}
            for each in downloads
        ],
    }


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


def _served(path: Path) -> dict[str, Any]:
    """Gradio gives the file an address on its way to the page."""
    return FileData(path=str(path), orig_name=path.name).model_dump()
