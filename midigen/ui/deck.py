"""A player with what is in it: sheet music and files that take long are made once they are wanted.

So nothing stands between a piece and its sound but the sound.
"""

from __future__ import annotations

from typing import Any

import gradio as gr

from midigen.studio import Studio
from midigen.ui import texts
from midigen.ui.errors import for_people
from midigen.ui.events import PRIVATE
from midigen.ui.player import player
from midigen.ui.results import Shown, can_make, with_file, with_sheet


class Deck:
    """The component `player`, and `shown`, the state that remembers what `put` put in it."""

    def __init__(self, studio: Studio, empty: str = texts.PLAYER_EMPTY, **options: Any) -> None:
        self.studio = studio
        self.player = player(empty, **options)
        self.shown = gr.State(None)  # a `results.Shown`
        made: dict[str, Any] = {
            "inputs": self.shown, "outputs": self.outputs, "show_progress": "hidden", **PRIVATE
        }  # fmt: skip
        self.player.score(self.write_sheet, **made)
        self.player.make(self.make_file, **made)

    @property
    def outputs(self) -> list[Any]:
        """What `put` writes to."""
        return [self.player, self.shown]

    def put(self, shown: Shown | None) -> dict[Any, Any]:
        """Something to play, or nothing."""
        return {self.player: shown.value if shown is not None else None, self.shown: shown}

    @for_people
    def write_sheet(self, shown: Shown | None) -> Any:
        """What is in the player as sheet music."""
        return self.put(with_sheet(self.studio, shown)) if shown is not None else gr.skip()

    @for_people
    def make_file(self, shown: Shown | None, event: gr.EventData) -> Any:
        """What is in the player as one more file to take along."""
        suffix = event._data.get("file") if isinstance(event._data, dict) else None
        if shown is None or not can_make(suffix):
            return gr.skip()
        return self.put(with_file(self.studio, shown, str(suffix)))
