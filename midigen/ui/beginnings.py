"""What a piece begins with: nothing, a known opening, a MIDI file or one's own playing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from midigen.corpus.datasets import MIDI_SUFFIXES
from midigen.errors import UserError
from midigen.studio import Studio
from midigen.ui import texts
from midigen.ui.assets import asset
from midigen.ui.events import QUIET
from midigen.ui.keyboard import keyboard, played_score
from midigen.ui.limits import check_file

if TYPE_CHECKING:
    from symusic import Score


def openings() -> dict[str, Path]:
    """The openings that come with the studio, by name."""
    return {each.stem: each for each in sorted(asset("prompts").glob("*.mid"))}


class Beginnings:
    """The choice, and what belongs to each of its answers."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio
        names = list(openings())
        self.source = gr.Radio(
            list(texts.BEGINNINGS.values()), value=texts.BEGINNINGS["nothing"],
            label=texts.BEGIN_WITH, info=texts.BEGIN_WITH_HELP,
        )  # fmt: skip
        self.file = gr.File(
            label=texts.PROMPT, file_types=list(MIDI_SUFFIXES), height=110, visible=False
        )
        self.opening = gr.Dropdown(
            names, value=names[0] if names else None, label=texts.OPENING, filterable=False,
            visible=False,
        )  # fmt: skip
        with gr.Column(visible=False) as self.playing:
            self.keyboard = keyboard()
        self.source.change(self.show, self.source, self._answers, **QUIET)

    @property
    def inputs(self) -> dict[str, Any]:
        """What `beginning` must be given."""
        return {
            "source": self.source,
            "file": self.file,
            "opening": self.opening,
            "played": self.keyboard,
        }

    def beginning(
        self, source: str, file: str | None, opening: str | None, played: Any
    ) -> Score | None:
        """The music that was chosen; None for a piece from nothing.

        Raises:
            UserError: nothing was given where something was promised, or it cannot be used.
        """
        chosen = {word: key for key, word in texts.BEGINNINGS.items()}.get(source)
        if chosen == "file":
            if file is None:
                raise UserError(texts.NO_PROMPT_FILE, texts.NO_PROMPT_FILE_HINT)
            check_file(self.studio.config.app, Path(file))
            return self.studio.read_prompt(Path(file))
        if chosen == "opening":
            path = openings().get(opening or "")
            if path is None:
                raise UserError(texts.NO_OPENING, texts.NO_PROMPT_FILE_HINT)
            return self.studio.read_prompt(path)
        if chosen == "played":
            score = played_score(played)
            if score is None:
                raise UserError(texts.NOTHING_PLAYED, texts.NOTHING_PLAYED_HINT)
            return score
        return None

    @property
    def _answers(self) -> list[Any]:
        return [self.file, self.opening, self.playing]

    def show(self, source: str) -> list[Any]:
        """Show what belongs to the choice."""
        return [
            gr.update(visible=source == texts.BEGINNINGS[key])
            for key in ("file", "opening", "played")
        ]
