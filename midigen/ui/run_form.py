"""The form of a new run: what to learn from, how, how long that takes, and the command for it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

import gradio as gr

from midigen import jobs
from midigen.config import FINETUNE, Config
from midigen.config_file import apply_preset
from midigen.studio import SHIPPED, Studio
from midigen.ui import markup, sentences, texts
from midigen.ui.data_warnings import before_training
from midigen.ui.errors import for_people
from midigen.ui.events import PRIVATE, QUIET
from midigen.ui.known import known_dataset, known_model
from midigen.ui.language import say
from midigen.ui.widgets import READING, knob_control, shown, with_values

# Settings with a control of their own; all others go through "Other settings".
OFFERED = (
    "training.max_steps",
    "training.max_minutes",
    "training.learning_rate",
    "training.seed",
    "preprocessing.key_handling",
    "tokenizer.use_programs",
    "tokenizer.programs",
)

Updates = dict[Any, Any]


class RunForm:
    """The form, and the parts of it that the page talks to: `dataset`, `base`, `start`, …."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio
        self.knobs: dict[str, Any] = {}
        self._lay_out()
        self._wire()

    # Layout

    def _lay_out(self) -> None:
        presets = self.studio.config.presets
        first = next(iter(presets))
        config = apply_preset(self.studio.config, first)
        gr.HTML(markup.heading(texts.NEW_RUN))
        self.dataset = gr.Dropdown(  # what is chosen may be gone already: handlers see to that
            [], label=texts.DATASET, info=texts.NO_DATASET, allow_custom_value=True
        )
        self.advice = gr.HTML(elem_classes="dataset-advice")  # what to know of the chosen set
        self.preset = gr.Radio(
            list(presets), value=first, label=texts.PRESET, info=presets[first].help
        )
        self.base = gr.Dropdown(
            [(texts.FRESH_WEIGHTS, "")],
            value="",
            label=texts.BASE,
            info=texts.BASE_HELP,
            allow_custom_value=True,
        )
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
        self.measure_button = gr.Button(texts.ESTIMATE_BUTTON, interactive=False)
        self.estimated = gr.HTML(elem_classes="estimate")
        self.start = gr.Button(texts.START_BUTTON, variant="primary", interactive=False)

    # Wiring

    def _wire(self) -> None:
        self.fields = {
            "dataset": self.dataset,
            "preset": self.preset,
            "base": self.base,
            "name": self.name,
            "other": self.other,
            **{each.replace(".", "__"): control for each, control in self.knobs.items()},
        }
        self.suggesting: dict[str, Any] = {
            "inputs": [self.dataset, self.preset],
            "outputs": self.name,
            **QUIET,
        }
        self.previewing: dict[str, Any] = {
            "inputs_kwargs": self.fields,
            "outputs": self.command,
            **QUIET,
        }
        self.preset.change(
            self.show_preset, self.preset, [self.preset, *self.knobs.values()], **QUIET
        )
        for choice in (self.dataset, self.preset):
            choice.change(self.suggest_name, **self.suggesting)
        gr.on(
            [control.change for control in self.fields.values()],
            self.preview,
            **self.previewing,
        )
        self.base.change(self.fit_preset, [self.base, self.preset], self.preset, **QUIET)
        gr.on(
            [control.change for name, control in self.fields.items() if name != "name"],
            lambda: "",
            outputs=self.estimated,
            **QUIET,
        )
        for choice in (self.dataset, self.base):
            choice.change(self.advise, [self.dataset, self.base], self.advice, **QUIET)
        doing = [self.estimated, self.measure_button]
        measured = self.measure_button.click(self.say_measuring, outputs=doing, **QUIET).then(
            self.measure,
            inputs_kwargs=self.fields,
            outputs=doing,
            show_progress="hidden",
            concurrency_id="estimate",
            concurrency_limit=1,
            **PRIVATE,
        )
        measured.failure(lambda: ("", gr.Button(interactive=True)), outputs=doing, **QUIET)

    # Handlers

    def teacher(self) -> str:
        """The model to start from where nobody has chosen one: the shipped one, else the newest."""
        names = [each.name for each in self.studio.models()]
        return SHIPPED[0] if SHIPPED[0] in names else next(iter(names), "")

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

    def say_measuring(self) -> tuple[str, Any]:
        """While it measures."""
        return markup.paragraph(texts.ESTIMATING, "quiet"), gr.Button(interactive=False)

    @for_people
    def measure(
        self, dataset: str, preset: str, base: str, name: str, other: str, **knobs: Any
    ) -> tuple[str, Any]:
        """How long the training would take."""
        del name  # it takes no time
        dataset = known_dataset(self.studio, dataset).name
        base = known_model(self.studio, base) if base else ""
        overrides = self._overrides(preset, other, knobs)
        found = jobs.estimate_training(self.studio, dataset, preset, overrides, base)
        return markup.paragraph(sentences.of_estimate(found)), gr.Button(interactive=True)

    @for_people
    def suggest_name(self, dataset: str | None, preset: str) -> Any:
        """Show the name that is taken where nobody types one."""
        name = self.studio.free_run_name(dataset, preset) if dataset else ""
        return gr.Textbox(placeholder=name)

    @for_people
    def advise(self, dataset: str | None, base: str) -> str:
        """What to know of the data set before it is learned from."""
        return markup.paragraph(before_training(self.studio, dataset, base), "warned")

    def fit_preset(self, base: str, preset: str) -> Any:
        """To start from a model is fine-tuning; to start from nothing is not."""
        presets = self.studio.config.presets
        if base:
            return FINETUNE if FINETUNE in presets else preset
        return next(iter(presets)) if preset == FINETUNE else preset

    @for_people
    def show_preset(self, preset: str) -> list[Any]:
        """Set the controls to what the size stands for."""
        config = apply_preset(self.studio.config, preset)
        help_text = self.studio.config.presets[preset].help
        values = [shown(_value(config, dotted)) for dotted in OFFERED]
        return [gr.Radio(info=say(help_text)), *values]

    # What the tab offers to choose from

    def offer_sets(self, sets: tuple[str, ...], chosen: str | None) -> Updates:
        """The data sets there are."""
        value = chosen if chosen in sets else next(iter(sets), None)
        info = say(texts.DATASET_HELP if sets else texts.NO_DATASET)
        return {
            self.dataset: gr.Dropdown(choices=list(sets), value=value, info=info),
            self.start: gr.Button(interactive=bool(sets)),
            self.measure_button: gr.Button(interactive=bool(sets)),
        }

    def offer_models(self, models: tuple[str, ...], chosen: str) -> Updates:
        """The models to start from."""
        choices = [(say(texts.FRESH_WEIGHTS), ""), *((name, name) for name in models)]
        value = chosen if chosen in models else ""
        return {self.base: gr.Dropdown(choices=choices, value=value)}

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


def _value(config: Config, dotted: str) -> Any:
    section, name = dotted.split(".")
    return getattr(getattr(config, section), name)
