"""Generate: choose a model, ask for takes, hear them, grow them, take them along."""

from __future__ import annotations

from typing import Any

import gradio as gr

from midigen.studio import Studio
from midigen.ui import links, markup, sentences, texts
from midigen.ui.beginnings import Beginnings
from midigen.ui.composing import Composing
from midigen.ui.errors import for_people
from midigen.ui.events import PRIVATE, QUIET, afterwards
from midigen.ui.known import usual_request
from midigen.ui.limits import Limits
from midigen.ui.request_panel import RequestPanel, sampling_of
from midigen.ui.take_view import TakeView
from midigen.ui.takes_list import takes_value
from midigen.ui.visitors import known_or_new
from midigen.ui.waiting import waiting
from midigen.ui.widgets import with_values

Standing = dict[str, bool]  # the models, the newest first, and which of them still learn


class GenerateTab:
    """The tab, and the parts of it that the rest of the page talks to: `model`, `to_data`, …"""

    def __init__(self, studio: Studio, limits: Limits | None = None) -> None:
        self.studio = studio
        self.limits = limits or Limits(studio.config.app)
        self._lay_out()
        self._wire()

    # Layout

    def _lay_out(self) -> None:
        with gr.Column(visible=False, elem_classes="empty-state") as self.nothing_yet:
            gr.HTML(markup.heading(texts.NO_MODEL_TITLE, texts.NO_MODEL))
            with gr.Row(visible=not self.limits.is_public):
                self.to_data = gr.Button(texts.NO_MODEL_DATA, variant="primary")
                self.to_train = gr.Button(texts.NO_MODEL_TRAIN)
        with gr.Row(elem_classes="columns"):
            with gr.Column(scale=4, min_width=320):
                self._lay_out_request()
            with gr.Column(scale=7, min_width=320):
                self.view = TakeView(self.studio)

    def _lay_out_request(self) -> None:
        self.model = gr.Dropdown(  # what is chosen may be gone already: handlers see to that
            [], label=texts.MODEL, allow_custom_value=True
        )
        self.card = gr.HTML()
        with gr.Row(elem_classes="main-buttons"):
            self.button = gr.Button(texts.GENERATE_BUTTON, variant="primary", interactive=False)
            self.stop = gr.Button(texts.STOP_BUTTON, variant="stop", interactive=False)
        self.waiting = waiting()
        self.n_takes = gr.Radio(
            [str(n) for n in range(1, self.limits.most_takes + 1)],
            value="1",
            label=texts.N_TAKES,
            info=texts.N_TAKES_HELP,
        )
        self.panel = RequestPanel(self.studio, self.limits)
        with gr.Accordion(texts.PROMPT_SECTION, open=False):
            self.beginnings = Beginnings(self.studio)
            self.panel.add("prompt_bars")

    # Wiring

    def _wire(self) -> None:
        self.seen = gr.State(None)
        self.composing = Composing(self.studio, self.panel, self.beginnings, self.view, self.limits)
        self.model.change(
            self.describe, self.model, [self.card, *self.view.examples.outputs], **QUIET
        )
        self.model.change(
            self.panel.fit_model,
            [self.model, *self.panel.to_fit],
            self.panel.fitted,
            **QUIET,
        )
        self.view.analysis.file.upload(
            self.view.analysis.of_file,
            [self.view.analysis.file, self.model],
            self.view.analysis.result,
            **PRIVATE,
        )
        self.view.examples.wire(self.model, self.view.deck)
        asked = {**self.view.inputs, "model": self.model, **self.panel.inputs}
        self._composes(
            self.button,
            self.waiting,
            self.composing.compose,
            {**asked, "n_takes": self.n_takes, **self.beginnings.inputs},
            scroll_to_output=True,
        )
        view, grows = self.view, self.composing
        self._composes(view.more, view.waiting, grows.continue_take, asked)
        self._composes(view.redo, view.waiting, grows.redo_rest, {**asked, "keep": view.keep})
        self.stop.click(self.composing.ask_to_stop, **QUIET)

    def _composes(
        self,
        button: gr.Button,
        waiting: gr.HTML,
        handler: Any,
        inputs: dict[str, Any],
        **options: Any,
    ) -> None:
        """Let a button compose; one piece at a time in the whole studio, the others queue."""
        buttons = [self.button, self.stop, self.view.more, self.view.redo]
        composed = button.click(self.composing.begin, outputs=buttons, **QUIET).then(
            handler,
            inputs_kwargs=inputs,
            outputs=self.composing.outputs,
            show_progress_on=waiting,
            show_progress="minimal",
            concurrency_id="compose",
            concurrency_limit=1,
            **PRIVATE,
            **options,
        )
        afterwards(composed, self.composing.end, outputs=buttons)

    def watch(self, page: gr.Blocks, timer: gr.Timer | None) -> None:
        """Show models as they appear, and a visitor's takes when they come back.

        Args:
            page: that is laid out.
            timer: looks again; None where no models come and go.
        """
        look: dict[str, Any] = {
            "inputs": [self.seen, self.model],
            "outputs": [self.seen, self.model, self.button, self.nothing_yet],
            **QUIET,
        }
        page.load(self.look, **look)
        page.load(
            self.arrive,
            inputs_kwargs=self.view.inputs,
            outputs=[self.view.visitor, *self.view.outputs, *self.panel.outputs, self.panel.usual],
            show_progress="hidden",
            **PRIVATE,
        )
        if timer is not None:
            timer.tick(self.look, **look)
        page.unload(self.composing.ask_to_stop)

    # Handlers

    @for_people
    def arrive(self, request: gr.Request, visitor: Any, **values: Any) -> Any:
        """Show a visitor's takes when they come back, and what a link asks for."""
        if not self.limits.is_public:  # there a caretaker does it
            self.studio.clear_old_takes()
        visitor = known_or_new(visitor)
        now = self.view.now({**values, "visitor": visitor})
        takes = now.visit.takes()
        news: dict[Any, Any] = {
            self.view.visitor: visitor,
            self.view.list: takes_value(now.visit, ""),
        }
        if takes:
            news |= self.view.show(now, takes[0])
        asked = links.asked(request.query_params)
        if asked:
            usual = usual_request(self.studio, links.model(request.query_params))
            news |= self.panel.filled_with(with_values(usual, asked))
            news[self.panel.usual] = sampling_of(usual)
        return news

    @for_people
    def look(self, seen: Standing | None, chosen: str | None, request: gr.Request) -> Any:
        """Offer all models; choose one that has just finished training, or that a link names."""
        models = self.studio.models()
        standing = {each.name: self.studio.run(each.name).status().is_alive for each in models}
        if standing == seen:
            return gr.skip()
        linked = links.model(request.query_params) if seen is None else None
        return {
            self.seen: standing,
            self.model: gr.Dropdown(
                choices=[sentences.model_choice(*each) for each in standing.items()],
                value=linked if linked in standing else choose_model(seen, standing, chosen),
            ),
            self.button: gr.Button(interactive=bool(models)),
            self.nothing_yet: gr.Column(visible=not models),
        }

    @for_people
    def describe(self, model: str | None) -> list[Any]:
        """What is known of the chosen model, and its examples."""
        found = [each for each in self.studio.models() if each.name == model]
        said = markup.paragraph(sentences.of_model(found[0].card), "quiet") if found else ""
        return [said, *self.view.examples.offer(model)]


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
