"""Generate: choose a model, ask for a piece, hear it, take it along."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.data_classes import FileData
from gradio.events import api

from midigen.config import GenerationRequest
from midigen.knobs import knobs_of
from midigen.studio import Studio
from midigen.ui import markup, sentences, texts
from midigen.ui.errors import for_people
from midigen.ui.events import PRIVATE, QUIET
from midigen.ui.examples import Examples
from midigen.ui.known import known_model
from midigen.ui.player import player
from midigen.ui.results import shown, write_result
from midigen.ui.stops import Stops
from midigen.ui.widgets import READING, knob_control, reporting, with_values

LONGEST_ON_SLIDER_TOKENS, LONGEST_ON_SLIDER_BARS, USUAL_BARS = 4000, 128, 16
MIDI_FILES = [".mid", ".midi"]

Standing = dict[str, bool]  # the models, the newest first, and which of them still learn


class GenerateTab:
    """The tab, and the parts of it that the rest of the page talks to: `model`, `to_data`, …"""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio
        self.stops = Stops()
        self.knobs: dict[str, Any] = {}
        self._lay_out()
        self._wire()

    # Layout

    def _lay_out(self) -> None:
        with gr.Column(visible=False, elem_classes="empty-state") as self.nothing_yet:
            gr.HTML(markup.heading(texts.NO_MODEL_TITLE, texts.NO_MODEL))
            with gr.Row():
                self.to_data = gr.Button(texts.NO_MODEL_DATA, variant="primary")
                self.to_train = gr.Button(texts.NO_MODEL_TRAIN)
        with gr.Row(elem_classes="columns"):
            with gr.Column(scale=4, min_width=320):
                self._lay_out_request()
            with gr.Column(scale=7, min_width=320):
                self._lay_out_result()

    def _lay_out_request(self) -> None:
        self.model = gr.Dropdown([], label=texts.MODEL, filterable=False)
        self.card = gr.HTML()
        with gr.Row(elem_classes="main-buttons"):
            self.button = gr.Button(texts.GENERATE_BUTTON, variant="primary", interactive=False)
            self.stop = gr.Button(texts.STOP_BUTTON, variant="stop", interactive=False)
        self._knob("temperature")
        self._knob("top_p")
        self.length_unit = gr.Radio(
            [texts.TOKENS, texts.BARS], value=texts.TOKENS, label=texts.LENGTH_UNIT
        )
        self._knob("gen_length", maximum=LONGEST_ON_SLIDER_TOKENS, step=1)
        self._knob("bars", maximum=LONGEST_ON_SLIDER_BARS, value=USUAL_BARS, visible=False)
        with gr.Row():
            self._knob("seed", min_width=120)
            self.is_random = gr.Checkbox(True, label=texts.RANDOM_SEED, min_width=120)
        with gr.Accordion(texts.PROMPT_SECTION, open=False):
            self.prompt = gr.File(label=texts.PROMPT, file_types=MIDI_FILES, height=120)
            self._knob("prompt_bars")
        with gr.Accordion(texts.KEY_AND_TEMPO, open=False):
            self._knob("key")
            self._knob("tempo_bpm")
        with gr.Accordion(texts.MORE_SAMPLING, open=False):
            for each in knobs_of(GenerationRequest):
                if each.name not in self.knobs:
                    self._knob(each.name)

    def _lay_out_result(self) -> None:
        self.examples = Examples(self.studio)
        self.player = player()
        with gr.Accordion(texts.RECIPE, open=False, visible=False) as self.again:
            gr.HTML(markup.paragraph(texts.RECIPE_HELP, "quiet"))
            self.command = gr.Code(language="shell", **READING)

    def _knob(self, name: str, **options: Any) -> None:
        self.knobs[name] = knob_control(self.studio.config.generation, name, **options)

    # Wiring

    def _wire(self) -> None:
        self.seen = gr.State(None)
        self.used_seed = gr.State("")
        self.model.change(self.describe, self.model, [self.card, *self.examples.outputs], **QUIET)
        self.examples.wire(self.model, self.player)
        self.length_unit.change(
            self.show_length,
            self.length_unit,
            [self.knobs["gen_length"], self.knobs["bars"]],
            **QUIET,
        )
        self.knobs["seed"].change(
            self.respect_seed, [self.knobs["seed"], self.used_seed], self.is_random, **QUIET
        )
        buttons = [self.button, self.stop]
        self.button.click(self.begin, outputs=buttons, **QUIET).then(
            self.compose,
            inputs_kwargs={
                "model": self.model,
                "prompt": self.prompt,
                "length_unit": self.length_unit,
                "is_random": self.is_random,
                **self.knobs,
            },
            outputs=[self.player, self.knobs["seed"], self.used_seed, self.command, self.again],
            show_progress_on=self.player,
            scroll_to_output=True,
            concurrency_id="compose",
            concurrency_limit=1,
            **PRIVATE,
        ).then(self.end, outputs=buttons, **QUIET)
        self.stop.click(self.ask_to_stop, **QUIET)
        api(self.generate, api_name="generate", concurrency_id="compose", concurrency_limit=1)

    def watch(self, page: gr.Blocks, timer: gr.Timer) -> None:
        """Show models as they appear."""
        look: dict[str, Any] = {
            "inputs": [self.seen, self.model],
            "outputs": [self.seen, self.model, self.button, self.nothing_yet],
            **QUIET,
        }
        page.load(self.look, **look)
        timer.tick(self.look, **look)
        page.unload(self.ask_to_stop)

    # Handlers

    @for_people
    def compose(
        self,
        request: gr.Request,
        model: str,
        prompt: str | None,
        length_unit: str,
        is_random: bool,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - gradio finds it by its default
        **knobs: Any,
    ) -> Any:
        """Compose, write and show a piece."""
        model = known_model(self.studio, model)
        asked = self._request(length_unit, is_random, knobs)
        score = self.studio.read_prompt(Path(prompt)) if prompt else None
        report = reporting(progress, texts.COMPOSING)
        with self.stops.listening(request.session_hash or "") as should_stop:
            if should_stop():  # while it waited for its turn
                return gr.skip()
            piece = self.studio.compose(model, asked, score, report, should_stop)
            was_stopped = should_stop()
        progress(1.0, desc=texts.RENDERING)
        result = write_result(self.studio, piece, was_stopped)
        name = Path(prompt).name if prompt else None
        return {
            self.player: shown(self.studio, result, score),
            self.knobs["seed"]: str(piece.request.seed),
            self.used_seed: str(piece.request.seed),
            self.command: sentences.generate_command(piece, self.studio.config.generation, name),
            self.again: gr.Accordion(visible=True),
        }

    @for_people
    def generate(
        self,
        model: str,
        temperature: float = 1.0,
        top_p: float = 0.95,
        gen_length: int = 1000,
        seed: int | None = None,
    ) -> list[FileData]:
        """Compose a piece and return it as MIDI, WAV, MP3 and a JSON that says how it was made.

        Args:
            model: a name from the list of models.
            temperature: higher is more surprising.
            top_p: keep the likeliest tokens up to this total probability.
            gen_length: length in tokens; about three make a note.
            seed: the same seed gives the same music; empty draws one.
        """
        knobs = {"temperature": temperature, "top_p": top_p, "gen_length": gen_length, "seed": seed}
        request = with_values(self.studio.config.generation, knobs)
        piece = self.studio.compose(known_model(self.studio, model), request)
        result = write_result(self.studio, piece)
        return [
            FileData(path=str(each.path), orig_name=each.path.name) for each in result.downloads
        ]

    @for_people
    def look(self, seen: Standing | None, chosen: str | None) -> Any:
        """Offer all models; choose one that has just finished training."""
        models = self.studio.models()
        standing = {each.name: self.studio.run(each.name).status().is_alive for each in models}
        if standing == seen:
            return gr.skip()
        return {
            self.seen: standing,
            self.model: gr.Dropdown(
                choices=[sentences.model_choice(*each) for each in standing.items()],
                value=choose_model(seen, standing, chosen),
            ),
            self.button: gr.Button(interactive=bool(models)),
            self.nothing_yet: gr.Column(visible=not models),
        }

    @for_people
    def describe(self, model: str | None) -> list[Any]:
        """What is known of the chosen model, and its examples."""
        found = [each for each in self.studio.models() if each.name == model]
        said = markup.paragraph(sentences.of_model(found[0].card), "quiet") if found else ""
        return [said, *self.examples.offer(model)]

    def respect_seed(self, seed: str, used: str) -> Any:
        """A seed that somebody writes is meant; one that the last piece has left is not."""
        return gr.skip() if seed.strip() in ("", used) else False

    def show_length(self, unit: str) -> list[Any]:
        """Show the slider of the chosen unit."""
        return [gr.update(visible=unit == texts.TOKENS), gr.update(visible=unit == texts.BARS)]

    def begin(self, request: gr.Request) -> list[Any]:
        """While composing, only Stop can be pressed."""
        self.stops.expect(request.session_hash or "")
        return [gr.update(interactive=False), gr.update(interactive=True)]

    def end(self) -> list[Any]:
        """Back to where another piece can be asked for."""
        return [gr.update(interactive=True), gr.update(interactive=False)]

    def ask_to_stop(self, request: gr.Request) -> None:
        """Let the piece of this visitor end where it is."""
        self.stops.ask(request.session_hash or "")

    def _request(
        self, length_unit: str, is_random: bool, knobs: Mapping[str, Any]
    ) -> GenerationRequest:
        values = dict(knobs)
        if length_unit == texts.TOKENS:
            values["bars"] = None
        if is_random:
            values["seed"] = None
        return with_values(self.studio.config.generation, values)


def choose_model(seen: Standing | None, standing: Standing, chosen: str | None) -> str | None:
    """The model to choose: one that has just finished, else what was chosen, else the newest.

    A visitor's later choice stays, since a model finishes only once.
    """
    finished = [name for name, is_learning in standing.items() if not is_learning]
    if seen is not None:
        just_finished = [name for name in finished if seen.get(name, True)]
        if just_finished:
            return just_finished[0]
    if chosen in standing:
        return chosen
    return next(iter([*finished, *standing]), None)
