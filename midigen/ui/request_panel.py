"""What is asked of a model: style, length, metre, key, sampling and seed, as controls and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import gradio as gr

from midigen.config import SAMPLING, GenerationRequest
from midigen.generation.seeds import new_seed
from midigen.knobs import knobs_of
from midigen.studio import Studio
from midigen.ui import texts
from midigen.ui.errors import for_people
from midigen.ui.events import QUIET
from midigen.ui.known import is_model, usual_request
from midigen.ui.language import say
from midigen.ui.limits import Limits
from midigen.ui.widgets import knob_control, label_of, shown, with_values

LONGEST_ON_SLIDER_TOKENS, LONGEST_ON_SLIDER_BARS, USUAL_BARS = 4000, 128, 16
# Settings of the sampling knobs under one word each; the middle one is how a model is meant.
PRESETS: Mapping[str, Mapping[str, float]] = {
    texts.SAFE: {"temperature": 0.85, "top_p": 0.9, "top_k": 0, "min_p": 0.02},
    texts.BALANCED: {},
    texts.WILD: {"temperature": 1.15, "top_p": 0.99, "top_k": 0, "min_p": 0.01},
}


class RequestPanel:
    """The controls, by the names of the knobs in `knobs`, and how they become a request."""

    def __init__(self, studio: Studio, limits: Limits) -> None:
        self.studio = studio
        self.limits = limits
        self.knobs: dict[str, Any] = {}
        self._lay_out()
        self._wire()

    @property
    def inputs(self) -> dict[str, Any]:
        """What `request` must be given."""
        return {"length_unit": self.length_unit, "is_random": self.is_random, **self.knobs}

    def request(self, values: Mapping[str, Any]) -> GenerationRequest:
        """The request that the values of `inputs` make.

        Raises:
            UserError: a value is impossible.
        """
        asked = {name: values[name] for name in self.knobs}
        if values["length_unit"] == texts.TOKENS:
            asked["bars"] = None
        if values["is_random"]:
            asked["seed"] = None
        return with_values(self.studio.config.generation, asked)

    def filled_with(self, request: GenerationRequest) -> dict[Any, Any]:
        """Updates that make the controls show a request."""
        values = {name: shown(getattr(request, name)) for name in self.knobs}
        unit = texts.BARS if request.bars is not None else texts.TOKENS
        if request.bars is None:
            values.pop("bars")
        return {
            **{self.knobs[name]: gr.update(value=value) for name, value in values.items()},
            self.length_unit: unit,
            self.is_random: request.seed is None,
            self.knobs["seed"]: str(shown(request.seed)),
        }

    @property
    def outputs(self) -> list[Any]:
        """What `filled_with` writes to."""
        return [*self.knobs.values(), self.length_unit, self.is_random]

    @property
    def fitted(self) -> list[Any]:
        """What `fit_model` writes to."""
        named = ("style", "style_strength", "time_signature", *SAMPLING)
        return [*(self.knobs[name] for name in named), self.usual]

    @property
    def to_fit(self) -> list[Any]:
        """What `fit_model` is given behind the model."""
        names = ("style", "time_signature", *SAMPLING)
        return [self.usual, *(self.knobs[name] for name in names)]

    # Layout and wiring

    def _lay_out(self) -> None:
        self.knobs["style"] = gr.Dropdown(
            [(texts.ANY_STYLE, "")],
            value="",
            label=label_of("style"),
            info=texts.STYLE_HELP,
            allow_custom_value=True,  # a link may name one before the model's are known
            visible=False,
        )
        self.add("style_strength", visible=False)
        self._lay_out_length()
        with gr.Accordion(texts.MUSIC_SECTION, open=False):
            with gr.Row():
                self.add("key", label=texts.KEY, min_width=120)
                self.add("scale", min_width=120)
            with gr.Row():
                self.knobs["time_signature"] = gr.Dropdown(
                    [(texts.AUTOMATIC, "")],
                    value="",
                    label=label_of("time_signature"),
                    info=texts.METRE_HELP,
                    allow_custom_value=True,  # a link may name one before the model's are known
                    min_width=120,
                )
                self.add("tempo_bpm", min_width=120)
        with gr.Accordion(texts.SAMPLING_SECTION, open=False):
            self.preset = gr.Radio(
                list(PRESETS),
                value=texts.BALANCED,
                label=texts.PRESET_LABEL,
                info=texts.PRESET_HELP,
            )
            for name in SAMPLING:
                self.add(name)
        with gr.Row(elem_classes="seed-row"):
            self.add("seed", min_width=120)
            self.dice = gr.Button(texts.DICE, size="sm", min_width=90, scale=0)
        self.is_random = gr.Checkbox(True, label=texts.RANDOM_SEED)

    def _lay_out_length(self) -> None:
        bars = self.limits.most("bars", LONGEST_ON_SLIDER_BARS)
        tokens = self.limits.most("gen_length", LONGEST_ON_SLIDER_TOKENS)
        self.add("bars", maximum=bars, value=min(USUAL_BARS, bars))
        usual = min(self.studio.config.generation.gen_length, tokens)
        self.add("gen_length", maximum=tokens, value=usual, step=1, visible=False)
        self.length_unit = gr.Radio(
            [texts.BARS, texts.TOKENS], value=texts.BARS, label=texts.LENGTH_UNIT
        )

    def add(self, name: str, **options: Any) -> None:
        """Place the control of one more knob."""
        self.knobs[name] = knob_control(self.studio.config.generation, name, **options)

    def _wire(self) -> None:
        self.used_seed = gr.State("")
        self.usual = gr.State(sampling_of(self.studio.config.generation))
        self.length_unit.change(
            self.show_length,
            self.length_unit,
            [self.knobs["gen_length"], self.knobs["bars"]],
            **QUIET,
        )
        self.knobs["seed"].change(
            self.respect_seed, [self.knobs["seed"], self.used_seed], self.is_random, **QUIET
        )
        self.dice.click(self.draw_seed, outputs=[self.knobs["seed"], self.is_random], **QUIET)
        self.preset.input(
            self.apply_preset,
            [self.preset, self.usual],
            [self.knobs[name] for name in SAMPLING],
            **QUIET,
        )

    # Handlers

    def respect_seed(self, seed: str, used: str) -> Any:
        """A seed that somebody writes is meant; one that the last piece has left is not."""
        return gr.skip() if seed.strip() in ("", used) else False

    def draw_seed(self) -> list[Any]:
        """A fresh seed that stays until another is wanted."""
        return [str(new_seed()), False]

    def show_length(self, unit: str) -> list[Any]:
        """Show the slider of the chosen unit."""
        return [gr.update(visible=unit == texts.TOKENS), gr.update(visible=unit == texts.BARS)]

    def apply_preset(self, preset: str, usual: Mapping[str, float]) -> list[Any]:
        """Set the sampling knobs."""
        values = {**usual, **PRESETS.get(preset, {})}
        return [values[name] for name in SAMPLING]

    @for_people
    def fit_model(
        self,
        model: str | None,
        before: Mapping[str, float],
        style: str,
        metre: str,
        *sampling: float,
    ) -> dict[Any, Any]:
        """Offer what the chosen model can do; what it cannot, cannot be chosen.

        It is sampled as it is meant to be, but for what the visitor has set.

        Args:
            model: the chosen one.
            before: how the one before it was meant.
            style, metre, sampling: what the controls show.
        """
        if not is_model(self.studio, model):
            model = None  # it went while the page showed it
        styles = self.studio.styles(model) if model else ()
        is_density = model is not None and self.studio.tells_densities(model)
        usual = sampling_of(usual_request(self.studio, model))
        untouched = [n for n, v in zip(SAMPLING, sampling, strict=True) if v == before[n]]
        updates = {name: gr.update(value=usual[name]) for name in untouched}
        return {
            **{self.knobs[name]: updates.get(name, gr.update()) for name in SAMPLING},
            self.usual: usual,
            self.knobs["style"]: self._offer_styles(styles, style, is_density),
            self.knobs["style_strength"]: gr.update(visible=bool(styles) and not is_density),
            self.knobs["time_signature"]: self._offer_metres(model, metre),
            self.knobs["recall"]: {**updates.get("recall", {}), **self._offer_recall(model)},
        }

    def _offer_styles(self, known: Sequence[str], style: str, is_density: bool) -> Any:
        names = [
            (say(texts.DENSITY_NAMES[each]), each) if is_density else (each, each) for each in known
        ]
        return gr.update(
            choices=[(say(texts.ANY_STYLE), ""), *names],
            value=style if style in known else "",
            info=say(texts.DENSITY_HELP if is_density else texts.STYLE_HELP),
            visible=bool(known),
        )

    def _offer_metres(self, model: str | None, metre: str) -> Any:
        known = self.studio.metres(model) if model else ()
        choices = [(say(texts.AUTOMATIC), ""), *((each, each) for each in known)]
        return gr.update(choices=choices, value=metre if metre in known else "")

    def _offer_recall(self, model: str | None) -> Any:
        """Only a model with a cache can recall; for another the help says why it cannot."""
        if model is not None and not self.studio.can_recall(model):
            return gr.update(interactive=False, info=say(texts.NO_RECALL))
        helps = {each.name: each.help for each in knobs_of(GenerationRequest)}
        return gr.update(interactive=True, info=say(helps["recall"]))


def sampling_of(request: GenerationRequest) -> dict[str, float]:
    """The values of the sampling knobs, by name."""
    return {name: getattr(request, name) for name in SAMPLING}
