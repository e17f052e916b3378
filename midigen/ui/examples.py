"""Pieces that a model comes with: one press and there is music, before anything is asked for."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import gradio as gr

from midigen.studio import Studio
from midigen.ui import markup, sentences, texts
from midigen.ui.deck import Deck
from midigen.ui.errors import for_people
from midigen.ui.events import PRIVATE
from midigen.ui.known import known_model
from midigen.ui.player import player_value
from midigen.ui.results import Shown, downloads, said_of, sound_of
from midigen.ui.temporary import fresh_folder

MOST = 3


class Examples:
    """A row of buttons that plays the chosen model's examples."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio
        with gr.Column(visible=False, elem_classes="examples") as self.row:
            gr.HTML(markup.paragraph(texts.EXAMPLES, "quiet"))
            with gr.Row():
                self.buttons = [gr.Button("", size="sm", min_width=90) for _ in range(MOST)]

    def wire(self, model: gr.Dropdown, deck: Deck) -> None:
        """Let each button play its example in the player."""
        for place, button in enumerate(self.buttons):
            button.click(
                lambda name, place=place: deck.put(self.play(name, place)),
                model,
                deck.outputs,
                show_progress_on=deck.player,
                **PRIVATE,
            )

    @property
    def outputs(self) -> list[Any]:
        """What `offer` writes to."""
        return [self.row, *self.buttons]

    def offer(self, model: str | None) -> list[Any]:
        """Show as many buttons as the model has examples."""
        found = self._of(model)
        names = [sentences.example_name(each) for each in found] + [""] * (MOST - len(found))
        buttons = [gr.update(value=name, visible=bool(name)) for name in names]
        return [gr.update(visible=bool(found)), *buttons]

    @for_people
    def play(self, model: str, place: int) -> Shown:
        """Render an example for the player."""
        source = self._of(known_model(self.studio, model))[place]
        return shown_example(self.studio, model, source)

    def _of(self, model: str | None) -> list[Path]:
        named = {each.name: each for each in self.studio.runs()}
        return named[model].examples()[-MOST:] if model in named else []


def shown_example(studio: Studio, model: str, source: Path) -> Shown:
    """A piece that a model has composed before, as the player takes it.

    Args:
        studio: plays it.
        model: its name.
        source: the MIDI file; a .json beside it says how it was made.
    """
    midi = fresh_folder() / f"{model}-{source.name}"
    shutil.copyfile(source, midi)
    if source.with_suffix(".json").exists():
        shutil.copyfile(source.with_suffix(".json"), midi.with_suffix(".json"))
    score = studio.read_prompt(midi)
    audio = sound_of(studio, score, midi)
    value = player_value(
        title=f"{model}, {sentences.example_name(source).lower()}",
        details=said_of(studio, audio),
        audio=midi.with_suffix(".wav"),
        roll=studio.pianoroll(score),
        downloads=downloads(midi),
        can_score=True,
    )
    return Shown(value, midi)
