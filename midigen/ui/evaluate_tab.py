"""Evaluate: how well a model foretells music it never saw, and how like real music its own is."""

from __future__ import annotations

from typing import Any

import gradio as gr

from midigen.config import Split
from midigen.studio import Studio
from midigen.ui import judgement, markup, texts
from midigen.ui.errors import for_people
from midigen.ui.events import PRIVATE, QUIET, afterwards
from midigen.ui.known import known_model
from midigen.ui.stops import Stops
from midigen.ui.widgets import reporting, whole

MOST_PIECES, USUAL_PIECES = 100, 24


class EvaluateTab:
    """The tab; it needs nothing from the rest of the page."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio
        self.stops = Stops()
        self._lay_out()
        self._wire()

    # Layout

    def _lay_out(self) -> None:
        with gr.Row(elem_classes="columns"):
            with gr.Column(scale=4, min_width=320):
                gr.HTML(markup.heading(texts.JUDGE, texts.JUDGE_HELP))
                self.model = gr.Dropdown(  # what is chosen may be gone already
                    [], label=texts.MODEL, allow_custom_value=True
                )
                self.part = gr.Radio(
                    texts.PART_CHOICES, value="validation", label=texts.PART, info=texts.PART_HELP
                )
                self.n_pieces = gr.Slider(
                    0,
                    MOST_PIECES,
                    USUAL_PIECES,
                    step=4,
                    label=texts.N_PIECES,
                    info=texts.N_PIECES_HELP,
                    buttons=[],
                )
                with gr.Row(elem_classes="main-buttons"):
                    self.button = gr.Button(
                        texts.MEASURE_BUTTON, variant="primary", interactive=False
                    )
                    self.stop = gr.Button(texts.STOP_BUTTON, variant="stop", interactive=False)
            with gr.Column(scale=7, min_width=320):
                self.result = gr.HTML(markup.paragraph(texts.NOT_MEASURED, "quiet"))

    # Wiring

    def _wire(self) -> None:
        self.seen = gr.State(())
        shown: dict[str, Any] = {"inputs": [self.model, self.part], "outputs": self.result, **QUIET}
        gr.on([self.model.change, self.part.change], self.show, **shown)
        buttons = [self.button, self.stop]
        measured = self.button.click(self.begin, outputs=buttons, **QUIET).then(
            self.measure,
            [self.model, self.part, self.n_pieces],
            self.result,
            show_progress_on=self.result,
            concurrency_id="evaluate",
            concurrency_limit=1,
            **PRIVATE,
        )
        afterwards(measured, self.end, outputs=buttons)
        self.stop.click(self.ask_to_stop, **QUIET)

    def watch(self, page: gr.Blocks, timer: gr.Timer) -> None:
        """Show models as they appear."""
        look: dict[str, Any] = {
            "inputs": [self.seen, self.model],
            "outputs": [self.seen, self.model, self.button],
            **QUIET,
        }
        page.load(self.look, **look)
        timer.tick(self.look, **look)
        page.unload(self.ask_to_stop)

    # Handlers

    @for_people
    def look(self, seen: tuple[str, ...], chosen: str | None) -> Any:
        """Offer all models."""
        names = tuple(model.name for model in self.studio.models())
        if names == tuple(seen):
            return gr.skip()
        value = chosen if chosen in names else next(iter(names), None)
        offered = gr.Dropdown(choices=list(names), value=value)
        return [names, offered, gr.Button(interactive=bool(names))]

    @for_people
    def show(self, model: str | None, part: str) -> str:
        """What is known already."""
        names = {run.name: run for run in self.studio.runs()}
        figures = names[model].evaluations().get(part) if model in names else None
        if figures is None:
            return markup.paragraph(texts.NOT_MEASURED, "quiet")
        return judgement.of(figures)

    @for_people
    def measure(
        self,
        request: gr.Request,
        model: str,
        part: str,
        n_pieces: float,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - gradio finds it by its default
    ) -> Any:
        """Measure a model and show the figures."""
        model = known_model(self.studio, model)
        split: Split = "test" if part == "test" else "validation"
        with self.stops.listening(request.session_hash or "") as should_stop:
            if should_stop():  # while it waited for its turn
                return gr.skip()
            result = self.studio.evaluate(
                model,
                None,
                split,
                whole(n_pieces, texts.N_PIECES, 0, MOST_PIECES),
                reporting(progress),
                should_stop,
            )
        return judgement.of(result.as_dict())

    def begin(self, request: gr.Request) -> list[Any]:
        """While it measures, only Stop can be pressed."""
        self.stops.expect(request.session_hash or "")
        return [gr.update(interactive=False), gr.update(interactive=True)]

    def end(self) -> list[Any]:
        """Back to where another measurement can be asked for."""
        return [gr.update(interactive=True), gr.update(interactive=False)]

    def ask_to_stop(self, request: gr.Request) -> None:
        """Let this visitor's measurement end with the pieces that there are."""
        self.stops.ask(request.session_hash or "")
