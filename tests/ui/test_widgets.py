from __future__ import annotations

import math
from typing import Any

import gradio as gr
import pytest

from midigen.config import GenerationRequest, PreprocessingConfig, TrainingConfig
from midigen.errors import UserError
from midigen.knobs import knobs_of
from midigen.ui.widgets import knob_control, label_of, with_values


@pytest.mark.parametrize(
    ("section", "name", "kind"),
    [
        (GenerationRequest(), "temperature", gr.Slider),
        (GenerationRequest(), "top_k", gr.Slider),
        (GenerationRequest(), "key", gr.Dropdown),
        (GenerationRequest(), "tempo_bpm", gr.Textbox),
        (GenerationRequest(), "seed", gr.Textbox),
        (TrainingConfig(), "max_steps", gr.Number),
        (TrainingConfig(), "learning_rate", gr.Number),
        (TrainingConfig(), "tensorboard", gr.Checkbox),
        (PreprocessingConfig(), "key_handling", gr.Radio),
    ],
)
def test_each_kind_of_knob_has_its_control(section: Any, name: str, kind: type) -> None:
    assert type(knob_control(section, name)) is kind


def test_a_control_shows_label_help_and_limits_of_its_knob() -> None:
    control: Any = knob_control(GenerationRequest(temperature=0.7), "temperature")
    assert (control.label, control.value) == ("Temperature", 0.7)
    assert (control.minimum, control.maximum, control.step) == (0.1, 2.0, 0.05)
    assert control.info == "Higher is more surprising."


def test_every_knob_of_a_request_has_a_control_with_a_label() -> None:
    for each in knobs_of(GenerationRequest):
        control: Any = knob_control(GenerationRequest(), each.name)
        assert control.label == label_of(each.name)
        assert "_" not in control.label


def test_what_controls_show_by_default_is_the_default_request() -> None:
    shown = {
        each.name: knob_control(GenerationRequest(), each.name).value
        for each in knobs_of(GenerationRequest)
    }
    assert with_values(GenerationRequest(), shown) == GenerationRequest()


@pytest.mark.parametrize(
    ("raw", "meant"),
    [
        ({"seed": ""}, None),
        ({"seed": "7"}, 7),
        ({"seed": " 7 "}, 7),
        ({"seed": 7.0}, 7),
        ({"tempo_bpm": "92,5"}, 92.5),
        ({"gen_length": 200.0}, 200),
        ({"temperature": 1}, 1.0),
        ({"key": ""}, None),
        ({"key": "Eb"}, "Eb"),
    ],
)
def test_what_gradio_hands_over_is_understood(raw: dict[str, Any], meant: Any) -> None:
    request = with_values(GenerationRequest(), raw)
    value = getattr(request, next(iter(raw)))
    assert value == meant
    assert type(value) is type(meant)


@pytest.mark.parametrize(
    "raw",
    [
        {"temperature": math.nan},
        {"temperature": 5},
        {"temperature": None},
        {"seed": "abc"},
        {"seed": "1.5"},
        {"seed": -1},
        {"key": "H"},
        {"gen_length": 100.5},
    ],
)
def test_impossible_values_are_refused_in_words(raw: dict[str, Any]) -> None:
    with pytest.raises(UserError):
        with_values(GenerationRequest(), raw)
