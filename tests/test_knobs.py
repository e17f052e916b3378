from __future__ import annotations

import math
from typing import Any

import pytest

from midigen.config import Config, GenerationRequest, PreprocessingConfig, TokenizerConfig
from midigen.config_file import SECTIONS
from midigen.errors import UserError
from midigen.knobs import knobs_of


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("temperature", 0),
        ("temperature", -1.0),
        ("temperature", math.nan),
        ("temperature", math.inf),
        ("temperature", "hot"),
        ("temperature", None),
        ("temperature", True),
        ("top_p", 0),
        ("top_p", 2),
        ("top_k", 1.5),
        ("seed", -1),
        ("key", "H"),
        ("gen_length", 0),
    ],
)
def test_an_impossible_value_is_named_with_its_limits(name: str, value: Any) -> None:
    with pytest.raises(UserError, match=f"^{name} is ") as caught:
        GenerationRequest(**{name: value})
    assert caught.value.hint


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [("temperature", 1, 1.0), ("seed", None, None), ("key", "Eb", "Eb"), ("top_p", 1.0, 1.0)],
)
def test_a_possible_value_is_kept_as_its_kind(name: str, value: Any, kept: Any) -> None:
    result = getattr(GenerationRequest(**{name: value}), name)
    assert result == kept
    assert type(result) is type(kept)


def test_choices_come_from_the_type() -> None:
    knobs = {each.name: each for each in knobs_of(PreprocessingConfig)}
    assert knobs["key_handling"].choices == ("normalise", "transpose", "none")


def test_a_pitch_range_must_not_be_empty() -> None:
    with pytest.raises(UserError, match="pitch_low is 80 and pitch_high 60"):
        TokenizerConfig(pitch_low=80, pitch_high=60)


@pytest.mark.parametrize("name", SECTIONS)
def test_every_default_lies_within_its_own_limits(name: str) -> None:
    section = getattr(Config(), name)
    for each in knobs_of(type(section)):
        assert each.check(each.default) == each.default
        assert each.help.endswith(".")
