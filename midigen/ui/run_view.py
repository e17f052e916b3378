"""A run as one watches it: where it stands, its curves beside others', and what it composes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gradio as gr

from midigen import jobs
from midigen.errors import UserError
from midigen.runs import Run, RunStatus
from midigen.studio import Studio
from midigen.ui import markup, sentences, texts
from midigen.ui.deck import Deck
from midigen.ui.errors import for_people
from midigen.ui.events import PRIVATE
from midigen.ui.examples import shown_example
from midigen.ui.language import say
from midigen.ui.plots import MOST_BESIDE, lines_of, picture
from midigen.ui.widgets import READING

LOG_LINES = 40
MOST_SAMPLES = 24  # to choose from; of more, those spread over the training

Updates = dict[Any, Any]


class RunView:
    """The view, and the parts of it that the page talks to: `run`, `to_generate`, …."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio
        self._lay_out()

    # Layout

    def _lay_out(self) -> None:
        gr.HTML(markup.heading(texts.WATCH))
        self.nothing_yet = gr.HTML(markup.paragraph(texts.NO_RUN, "quiet"))
        with gr.Column(visible=False) as self.watching:
            # Runs get new names while pages are open: what is chosen may be gone already.
            self.run = gr.Dropdown([], label=texts.RUN, allow_custom_value=True)
            self.status = gr.HTML(elem_classes="run-status")
            with gr.Row(elem_classes="main-buttons"):
                self.stop = gr.Button(texts.STOP_BUTTON, variant="stop", interactive=False)
                self.resume = gr.Button(texts.RESUME_BUTTON, interactive=False)
                self.to_generate = gr.Button(texts.TO_GENERATE_BUTTON, interactive=False)
            self._lay_out_curves()
            with gr.Column(visible=False) as self.hearing:
                self.samples = gr.Radio(
                    [], label=texts.SAMPLES, info=texts.SAMPLES_HELP, elem_classes="samples"
                )
                self.deck = Deck(self.studio, texts.SAMPLE_EMPTY)
            with gr.Accordion(texts.RUN_COMMAND, open=False):
                self.run_command = gr.Code(language="shell", **READING)
            with gr.Accordion(texts.LOG, open=False):
                self.log = gr.Code(language=None, max_lines=20, **READING)

    def _lay_out_curves(self) -> None:
        with gr.Column(visible=False) as self.plotting:
            with gr.Row():
                self.quantity = gr.Radio(
                    [(name, key) for key, name in texts.QUANTITIES.items()],
                    value="loss",
                    label=texts.QUANTITY,
                )
                self.beside = gr.Dropdown(
                    [],
                    multiselect=True,
                    max_choices=MOST_BESIDE,
                    label=texts.BESIDE,
                    value=[],
                    allow_custom_value=True,
                )
            self.plot = gr.HTML()
            self.tensorboard = gr.HTML(
                markup.command(texts.TENSORBOARD, f"tensorboard --logdir {_models(self.studio)}")
            )

    @property
    def outputs(self) -> list[Any]:
        """What `offer`, `show` and `draw` write to."""
        return [
            self.run, self.nothing_yet, self.watching, self.status, self.stop, self.resume,
            self.to_generate, self.plotting, self.beside, self.plot, self.hearing,
            self.samples, self.run_command, self.log,
        ]  # fmt: skip

    # Wiring

    def wire(self, look: dict[str, Any], look_again: Any) -> None:
        """Connect the buttons; whatever changes what is shown is looked at at once."""
        for choice in (self.run, self.quantity, self.beside):
            choice.change(look_again, **look)
        self.stop.click(self.ask_to_stop, self.run, self.stop, **PRIVATE)
        self.resume.click(self.go_on, self.run, self.resume, **PRIVATE).success(look_again, **look)
        self.samples.input(
            self.play,
            [self.run, self.samples],
            self.deck.outputs,
            show_progress_on=self.deck.player,
            **PRIVATE,
        )

    # Handlers

    @for_people
    def ask_to_stop(self, run_name: str) -> Any:
        """Ask a run to end after its step."""
        self.studio.run(run_name).request_stop()
        gr.Info(say(texts.STOP_ASKED))
        return gr.Button(interactive=False)

    @for_people
    def go_on(self, run_name: str) -> Any:
        """Go on from the run's last checkpoint."""
        first = next(iter(self.studio.config.presets))  # the run's own settings are used
        jobs.start_training(self.studio, run_name, "", first, resume=True)
        return gr.Button(interactive=False)

    @for_people
    def play(self, run_name: str, sample: str) -> dict[Any, Any]:
        """Render what a run composed at one of its evaluations."""
        run = self.studio.run(run_name)
        for source in run.samples():
            if source.name == sample:
                return self.deck.put(shown_example(self.studio, run.name, source))
        raise UserError(texts.NO_SAMPLE, texts.NO_SAMPLE_HINT)

    # What the tab shows

    def offer(self, names: Sequence[str], run: Run | None, beside: Sequence[str]) -> Updates:
        """The runs there are, and those that may be laid beside the chosen one."""
        chosen = run.name if run else None
        others = [name for name in names if name != chosen]
        return {
            self.run: gr.Dropdown(choices=list(names), value=chosen),
            self.beside: gr.update(
                choices=[(name, name) for name in others],
                value=[name for name in beside if name in others],
            ),
            self.nothing_yet: gr.HTML(visible=not names),
            self.watching: gr.Column(visible=bool(names)),
        }

    def show(self, run: Run, is_another: bool) -> Updates:
        """Where a run stands; with `is_another`, a run that was not shown before."""
        status, events = run.status(), run.events()
        steps = [each for each in events if each["type"] == "step"]
        eta_s = steps[-1]["eta_s"] if steps and status.is_alive else None
        said = sentences.of_run(status, eta_s, _can_go_on(run, status))
        figures = markup.tiles(sentences.figures_of_run(events, status.is_alive))
        return {
            self.status: markup.run_status(status, said) + figures,
            self.stop: gr.Button(interactive=status.is_alive and not run.stop_requested()),
            self.resume: gr.Button(interactive=_can_go_on(run, status)),
            self.to_generate: gr.Button(interactive=run.has_model()),
            # A model that came without its history has nothing to plot.
            self.plotting: gr.Column(visible=bool(events)),
            self.run_command: status.command,
            self.log: run.log_tail(LOG_LINES),
            **self._offer_samples(run, is_another),
        }

    def draw(self, run: Run, quantity: str, beside: Sequence[Run]) -> Updates:
        """The curves of a run, and of others on the same paper."""
        quantity = quantity if quantity in texts.QUANTITIES else "loss"
        others = [(each.name, each.events()) for each in beside]
        lines = lines_of(quantity, run.events(), others, run.status().total_steps)
        return {self.plot: picture(lines, quantity)}

    def _offer_samples(self, run: Run, is_another: bool) -> Updates:
        found = run.samples()
        spread = found[:: -(-len(found) // MOST_SAMPLES) or 1]
        kept = spread if not found or spread[-1] == found[-1] else [*spread, found[-1]]
        choices = [(sentences.example_name(each), each.name) for each in kept]
        chosen = {"value": None} if is_another else {}
        return {
            self.hearing: gr.Column(visible=bool(choices)),
            self.samples: gr.update(choices=choices, **chosen),
        }


def _can_go_on(run: Run, status: RunStatus) -> bool:
    return status.state in ("stopped", "failed", "died") and run.has_checkpoint()


def _models(studio: Studio) -> str:
    """The folder of models as one would type it in the studio's folder."""
    return studio.workspace.models.relative_to(studio.workspace.root).as_posix()
