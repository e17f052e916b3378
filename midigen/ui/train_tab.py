"""Train: start a run, watch it learn, stop it, go on."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from midigen import jobs
from midigen.config import FINETUNE, Config
from midigen.config_file import apply_preset
from midigen.runs import Run, RunStatus
from midigen.studio import SHIPPED, Studio
from midigen.ui import markup, sentences, texts
from midigen.ui.data_warnings import before_training
from midigen.ui.errors import for_people
from midigen.ui.events import PRIVATE, QUIET
from midigen.ui.known import known_dataset, known_model
from midigen.ui.language import say
from midigen.ui.plots import loss_plot, loss_table
from midigen.ui.widgets import READING, knob_control, shown, with_values

# Settings with a control of their own; all others go through "Other settings".
OFFERED = (
    "training.max_steps",
    "training.max_minutes",
    "training.learning_rate",
    "training.seed",
    "preprocessing.key_handling",
)
LOG_LINES = 40

Updates = dict[Any, Any]


@dataclass(frozen=True)
class Seen:
    """What a visitor's page shows already, so that only news is sent.

    Attributes:
        sets: the names of the data sets.
        runs: the names of the runs.
        run: the chosen run and where it stood.
        models: the names of the models.
    """

    sets: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()
    run: tuple[Any, ...] = ()
    models: tuple[str, ...] = ()


class TrainTab:
    """The tab, and the parts of it that the rest of the page talks to: `dataset`, `to_generate`."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio
        self.knobs: dict[str, Any] = {}
        self._lay_out()
        self._wire()

    # Layout

    def _lay_out(self) -> None:
        with gr.Row(elem_classes="columns"):
            with gr.Column(scale=4, min_width=320):
                self._lay_out_start()
            with gr.Column(scale=7, min_width=320):
                self._lay_out_watch()

    def _lay_out_start(self) -> None:
        presets = self.studio.config.presets
        first = next(iter(presets))
        config = apply_preset(self.studio.config, first)
        gr.HTML(markup.heading(texts.NEW_RUN))
        self.dataset = gr.Dropdown([], label=texts.DATASET, info=texts.NO_DATASET)
        self.preset = gr.Radio(
            list(presets), value=first, label=texts.PRESET, info=presets[first].help
        )
        self.base = gr.Dropdown(
            [(texts.FRESH_WEIGHTS, "")],
            value="",
            label=texts.BASE,
            info=texts.BASE_HELP,
            filterable=False,
        )
        self.warning = gr.HTML()
        self.name = gr.Textbox("", label=texts.RUN_NAME, info=texts.RUN_NAME_HELP, max_lines=1)
        with gr.Accordion(texts.MORE_TRAINING, open=False):
            for dotted in OFFERED:
                section, name = dotted.split(".")
                self.knobs[dotted] = knob_control(getattr(config, section), name)
            self.other = gr.Textbox(
                "", label=texts.OTHER_SETTINGS, info=texts.OTHER_SETTINGS_HELP, lines=2
            )
        with gr.Accordion(texts.START_COMMAND, open=False):
            self.command = gr.Code(language="shell", **READING)
        self.start = gr.Button(texts.START_BUTTON, variant="primary", interactive=False)

    def _lay_out_watch(self) -> None:
        gr.HTML(markup.heading(texts.WATCH))
        self.nothing_yet = gr.HTML(markup.paragraph(texts.NO_RUN, "quiet"))
        with gr.Column(visible=False) as self.watching:
            self.run = gr.Dropdown([], label=texts.RUN, filterable=False)
            self.status = gr.HTML(elem_classes="run-status")
            with gr.Row(elem_classes="main-buttons"):
                self.stop = gr.Button(texts.STOP_BUTTON, variant="stop", interactive=False)
                self.resume = gr.Button(texts.RESUME_BUTTON, interactive=False)
                self.to_generate = gr.Button(texts.TO_GENERATE_BUTTON, interactive=False)
            self.plot = loss_plot()
            with gr.Accordion(texts.RUN_COMMAND, open=False):
                self.run_command = gr.Code(language="shell", **READING)
            with gr.Accordion(texts.LOG, open=False):
                self.log = gr.Code(language=None, max_lines=20, **READING)

    # Wiring

    def _wire(self) -> None:
        self.seen = gr.State(Seen())
        self.suggested = gr.State("")
        form = {
            "dataset": self.dataset,
            "preset": self.preset,
            "base": self.base,
            "name": self.name,
            "other": self.other,
            **{each.replace(".", "__"): control for each, control in self.knobs.items()},
        }
        suggest: dict[str, Any] = {
            "inputs": [self.dataset, self.preset, self.name, self.suggested],
            "outputs": [self.name, self.suggested],
            **QUIET,
        }
        self.preset.change(
            self.show_preset, self.preset, [self.preset, *self.knobs.values()], **QUIET
        )
        for choice in (self.dataset, self.preset):
            choice.change(self.suggest_name, **suggest)
        gr.on(
            [control.change for control in form.values()],
            self.preview,
            inputs_kwargs=form,
            outputs=self.command,
            **QUIET,
        )
        self.base.change(self.fit_preset, [self.base, self.preset], self.preset, **QUIET)
        for choice in (self.dataset, self.base):
            choice.change(self.warn, [self.dataset, self.base], self.warning, **QUIET)
        look = self._looking()
        begun = self.start.click(self.begin, inputs_kwargs=form, outputs=self.run, **PRIVATE)
        begun.success(self.look, **look).success(self.suggest_name, **suggest)
        self.run.change(self.look, **look)
        self.stop.click(self.ask_to_stop, self.run, self.stop, **PRIVATE)
        self.resume.click(self.go_on, self.run, self.resume, **PRIVATE).success(self.look, **look)

    def watch(self, page: gr.Blocks, timer: gr.Timer) -> None:
        """Show runs and data sets as they come and go."""
        page.load(self.look, **self._looking())
        timer.tick(self.look, **self._looking())

    def _looking(self) -> dict[str, Any]:
        """How `look` is wired, wherever it is called from."""
        outputs = [
            self.seen, self.dataset, self.base, self.start, self.run, self.nothing_yet,
            self.watching, self.status, self.stop, self.resume, self.to_generate, self.plot,
            self.run_command, self.log,
        ]  # fmt: skip
        inputs = [self.seen, self.run, self.dataset, self.base]
        return {"inputs": inputs, "outputs": outputs, **QUIET}

    # Handlers: a new run

    def teacher(self) -> str:
        """The model to start from where nobody has chosen one: the shipped one, else the newest."""
        names = [each.name for each in self.studio.models()]
        return SHIPPED if SHIPPED in names else next(iter(names), "")

    @for_people
    def begin(
        self, dataset: str, preset: str, base: str, name: str, other: str, **knobs: Any
    ) -> Any:
        """Start a run in a process of its own and watch it."""
        dataset = known_dataset(self.studio, dataset).name
        name = name.strip() or self.studio.free_run_name(dataset, preset)
        base = known_model(self.studio, base) if base else ""
        overrides = self._overrides(preset, other, knobs)
        run = jobs.start_training(self.studio, name, dataset, preset, overrides, base=base)
        return gr.Dropdown(choices=[each.name for each in self.studio.runs()], value=run.name)

    @for_people
    def preview(
        self, dataset: str | None, preset: str, base: str, name: str, other: str, **knobs: Any
    ) -> str:
        """The command that Start would run."""
        if not dataset:
            return ""
        arguments = jobs.training_arguments(
            name.strip() or self.studio.free_run_name(dataset, preset),
            dataset,
            preset,
            self._overrides(preset, other, knobs),
            base=base,
        )
        return f"{sentences.PROGRAM} {shlex.join(arguments)}"

    @for_people
    def suggest_name(
        self, dataset: str | None, preset: str, name: str, suggested: str
    ) -> tuple[Any, str]:
        """Suggest a free name, unless somebody has typed one."""
        if not dataset or name.strip() not in ("", suggested):
            return gr.skip(), suggested
        free = self.studio.free_run_name(dataset, preset)
        return free, free

    @for_people
    def warn(self, dataset: str | None, base: str) -> str:
        """What to know of the data set before it is learned from."""
        return markup.paragraph(before_training(self.studio, dataset, base), "warned")

    def fit_preset(self, base: str, preset: str) -> Any:
        """To start from a model is fine-tuning; to start from nothing is not."""
        if base and preset != FINETUNE:
            return FINETUNE
        return next(iter(self.studio.config.presets)) if not base and preset == FINETUNE else preset

    @for_people
    def show_preset(self, preset: str) -> list[Any]:
        """Set the controls to what the size stands for."""
        config = apply_preset(self.studio.config, preset)
        help_text = self.studio.config.presets[preset].help
        values = [shown(_value(config, dotted)) for dotted in OFFERED]
        return [gr.Radio(info=say(help_text)), *values]

    # Handlers: watching

    @for_people
    def look(self, seen: Seen, run_name: str | None, dataset: str | None, base: str) -> Any:
        """Send what has changed since the last look."""
        runs = self.studio.runs()
        sets = tuple(each.name for each in self.studio.datasets())
        run = choose_run(runs, seen, run_name)
        state = _standing(run)
        news: Updates = {}
        if sets != seen.sets:
            news |= self._offer_sets(sets, dataset)
        if tuple(each.name for each in runs) != seen.runs or (run and run.name != run_name):
            news |= self._offer_runs(runs, run)
        models = tuple(each.name for each in runs if each.has_model())
        if models != seen.models:
            news |= self._offer_models(models, base)
        if run is not None and state != seen.run:
            news |= self._show_run(run)
        if not news:
            return gr.skip()
        return {**news, self.seen: Seen(sets, tuple(each.name for each in runs), state, models)}

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

    # Behind the handlers

    def _offer_sets(self, sets: tuple[str, ...], chosen: str | None) -> Updates:
        value = chosen if chosen in sets else next(iter(sets), None)
        info = say(texts.DATASET_HELP if sets else texts.NO_DATASET)
        return {
            self.dataset: gr.Dropdown(choices=list(sets), value=value, info=info),
            self.start: gr.Button(interactive=bool(sets)),
        }

    def _offer_models(self, models: tuple[str, ...], chosen: str) -> Updates:
        choices = [(say(texts.FRESH_WEIGHTS), ""), *((name, name) for name in models)]
        value = chosen if chosen in models else ""
        return {self.base: gr.Dropdown(choices=choices, value=value)}

    def _offer_runs(self, runs: list[Run], run: Run | None) -> Updates:
        names = [each.name for each in runs]
        return {
            self.run: gr.Dropdown(choices=names, value=run.name if run else None),
            self.nothing_yet: gr.HTML(visible=not names),
            self.watching: gr.Column(visible=bool(names)),
        }

    def _show_run(self, run: Run) -> Updates:
        status, events = run.status(), run.events()
        steps = [each for each in events if each["type"] == "step"]
        said = sentences.of_run(status, steps[-1]["eta_s"] if steps and status.is_alive else None)
        figures = markup.tiles(sentences.figures_of_run(events, status.is_alive))
        return {
            self.status: markup.run_status(status, said) + figures,
            self.stop: gr.Button(interactive=status.is_alive and not run.stop_requested()),
            self.resume: gr.Button(interactive=_can_go_on(run, status)),
            self.to_generate: gr.Button(interactive=run.has_model()),
            # A model that came without its history has nothing to plot.
            self.plot: gr.update(
                value=loss_table(events, status.total_steps), visible=bool(events)
            ),
            self.run_command: status.command,
            self.log: run.log_tail(LOG_LINES),
        }

    def _overrides(self, preset: str, other: str, knobs: Mapping[str, Any]) -> list[str]:
        """The settings that differ from the size's own, and those that somebody typed."""
        config = apply_preset(self.studio.config, preset)
        changed = []
        for dotted in OFFERED:
            section, name = dotted.split(".")
            raw = knobs[dotted.replace(".", "__")]
            value = getattr(with_values(getattr(config, section), {name: raw}), name)
            if value != _value(config, dotted):
                changed.append(f"{dotted}={'null' if value is None else value}")
        return changed + [line.strip() for line in other.splitlines() if line.strip()]


def choose_run(runs: list[Run], seen: Seen, chosen: str | None) -> Run | None:
    """The run to show: the chosen one; a new one that learns where the chosen one does not."""
    named = {each.name: each for each in runs}
    current = named.get(chosen or "")
    if current is None:
        return next((each for each in runs if each.status().is_alive), next(iter(runs), None))
    new = [each for each in runs if each.name not in seen.runs and each.status().is_alive]
    return new[0] if new and seen.runs and not current.status().is_alive else current


def _standing(run: Run | None) -> tuple[Any, ...]:
    if run is None:
        return ()
    status = run.status()
    return (run.name, status.state, status.step, status.updated_at, run.stop_requested())


def _can_go_on(run: Run, status: RunStatus) -> bool:
    return status.state in ("stopped", "failed", "died") and run.has_checkpoint()


def _value(config: Config, dotted: str) -> Any:
    section, name = dotted.split(".")
    return getattr(getattr(config, section), name)
