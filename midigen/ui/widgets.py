"""Controls made from knobs, and the way back: from what gradio hands over to a section."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

import gradio as gr
from gradio.components import Component

from midigen.errors import UserError
from midigen.knobs import Knob, Section, knobs_of
from midigen.progress import Progress
from midigen.ui import texts

AnySection = TypeVar("AnySection", bound=Section)
SLIDER_GRAINS = 200  # of a slider whose knob names no step
WIDEST_SLIDER = 5000  # steps
SECONDS_BETWEEN_REPORTS = 0.1
READING: dict[str, Any] = {  # of a `gr.Code` that is only read
    "show_label": False,
    "interactive": False,
    "wrap_lines": True,
    "show_line_numbers": False,
    "lines": 1,
}


def knob_control(section: Section, name: str, **options: Any) -> Component:
    """A labelled control for one knob, showing the value it has in `section`.

    A number with two limits is a slider, a choice a dropdown; a number that may be empty is a
    textbox, since gradio's number box shows nothing as 0.

    Args:
        section: the knob's section, with the values to show.
        name: the knob.
        **options: passed on to the component, such as `maximum` or `value`.
    """
    each = {knob.name: knob for knob in knobs_of(type(section))}[name]
    options = {"value": shown(getattr(section, name)), "info": each.help, **options}
    options.setdefault("label", label_of(name))
    if each.choices and not each.optional:
        return gr.Radio(choices=_choices(each), **options)
    if each.choices:
        return gr.Dropdown(choices=_choices(each), filterable=False, **options)
    if each.kind is bool:
        return gr.Checkbox(**options)
    if each.kind is str:
        return gr.Textbox(**options)
    maximum = options.pop("maximum", each.high)
    step = options.pop("step", each.step)
    if each.optional and options["value"] == "":
        return gr.Textbox(placeholder=texts.AUTOMATIC, max_lines=1, **options)
    if each.low is None or maximum is None or _is_too_wide(each, maximum, step):
        return gr.Number(precision=0 if each.kind is int else None, **options)
    return gr.Slider(each.low, maximum, step=step or _grain(each, maximum), buttons=[], **options)


def label_of(name: str) -> str:
    """The name of a knob as a label: `repetition_penalty` -> `Repetition penalty`."""
    return texts.LABELS.get(name, name.replace("_", " ").capitalize())


def shown(value: Any) -> Any:
    """A knob's value as its control shows it; "nothing" is an empty text."""
    return "" if value is None else value


def with_values(section: AnySection, values: Mapping[str, Any]) -> AnySection:
    """The section with the values of its controls.

    Raises:
        UserError: a value is impossible; the knob says why.
    """
    knobs = {each.name: each for each in knobs_of(type(section))}
    return replace(section, **{name: _meant(knobs[name], raw) for name, raw in values.items()})


def whole(raw: Any, label: str, low: int, high: int) -> int:
    """A whole number that a control sent, which may have sent anything else.

    Raises:
        UserError: it is none, or outside the limits.
    """
    number: Any = raw
    if isinstance(raw, str) and raw.strip().isdecimal() and len(raw) < 10:
        number = int(raw)
    is_number = isinstance(number, int | float) and not isinstance(number, bool)
    if not (is_number and low <= number <= high and number == int(number)):
        raise UserError(
            f"{label} is {str(raw)[:20]!r}; it must be a whole number from {low} to {high}."
        )
    return int(number)


def reporting(progress: gr.Progress, title: str = "") -> Progress:
    """A listener that shows progress in the page, not more often than eyes can follow.

    Args:
        progress: gradio's.
        title: shown in place of what the work calls itself.
    """
    last = -math.inf

    def report(done: int, total: int | None, what: str) -> None:
        nonlocal last
        if time.monotonic() - last >= SECONDS_BETWEEN_REPORTS:
            last = time.monotonic()
            progress((done, total) if total else None, desc=title or f"{what} {done}")

    return report


def _meant(each: Knob, raw: Any) -> Any:
    """Gradio gives whole numbers as floats and the other way round, and texts for optional ones."""
    if isinstance(raw, str) and each.kind is not str:
        raw = raw.strip().replace(",", ".")
        if raw == "":
            raw = None
        elif each.kind in (int, float):
            raw = _number(each, raw)
    if raw == "" and each.optional:
        return None
    if each.kind is int and isinstance(raw, float) and raw.is_integer():
        return int(raw)
    return raw


def _number(each: Knob, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise UserError(f"{label_of(each.name)} is '{text}'; it must be a number.") from None


def _choices(each: Knob) -> list[tuple[str, str]]:
    named = [(choice, choice) for choice in each.choices]
    return [(texts.AUTOMATIC, ""), *named] if each.optional else named


def _is_too_wide(each: Knob, maximum: float, step: float | None) -> bool:
    """Whether a slider could not be set to what one means."""
    grain = step or (1 if each.kind is int else each.low) or maximum / SLIDER_GRAINS
    return maximum > WIDEST_SLIDER * grain


def _grain(each: Knob, maximum: float) -> float:
    return 1 if each.kind is int else (maximum - (each.low or 0)) / SLIDER_GRAINS
