"""What holds for all inputs, tried on many: spelling, filters, settings, mutated files."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from symusic import Note, Score, Track

from midigen.config import Config, GenerationRequest, TokenizerConfig
from midigen.config_file import SECTIONS, load_config, parse_value, render_config
from midigen.errors import UserError
from midigen.generation.filters import draw, filter_logits
from midigen.knobs import Knob, knobs_of
from midigen.music.score import merge_tracks, restruck
from midigen.music.tokenizer import ScoreTokenizer
from midigen.ui.widgets import whole, with_values
from tests.fuzz import fuzz, fuzz_soundfonts, own_seeds, soundfont_seeds
from tests.midi_bytes import open_notes

TICKS, GRID = 480, 40  # ticks per quarter, and of the tokenizer's grid of twelve a beat
calmly = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@cache
def tokenizer() -> ScoreTokenizer:
    return ScoreTokenizer(TokenizerConfig())


@st.composite
def scores(pick: st.DrawFn) -> Score:
    """Notes on the grid, of lengths that the alphabet has."""
    notes = st.tuples(
        st.integers(0, 400), st.integers(1, 48), st.integers(21, 108), st.integers(1, 127)
    )
    score, track = Score(TICKS), Track(program=0)
    for start, length, pitch, velocity in pick(st.lists(notes, min_size=1, max_size=40)):
        track.notes.append(Note(start * GRID, length * GRID, pitch, velocity))
    score.tracks = [track]
    return restruck(merge_tracks(score))


def played(score: Score) -> set[tuple[int, int]]:
    (track,) = score.tracks
    notes, ticks = track.notes.numpy(), score.ticks_per_quarter
    return {
        (int(time) * TICKS // ticks, int(pitch))
        for time, pitch in zip(notes["time"], notes["pitch"], strict=True)
    }


@calmly
@given(scores())
def test_what_is_spelled_is_read_back(score: Score) -> None:
    assert played(tokenizer().decode(tokenizer().encode(score))) == played(score)


@calmly
@given(st.lists(st.integers(0, len(tokenizer()) - 1), max_size=200))
def test_any_ids_can_be_played_and_written(ids: list[int]) -> None:
    score = tokenizer().decode(np.array([tokenizer().bos_id, *ids], dtype=np.int64))
    assert open_notes(score.dumps_midi()) == 0


requests = st.builds(
    GenerationRequest,
    temperature=st.floats(0.1, 2.0),
    top_p=st.floats(0.05, 1.0),
    top_k=st.integers(0, 1000),
    min_p=st.floats(0.0, 0.9),
    repetition_penalty=st.floats(1.0, 2.0),
)


@calmly
@given(requests, st.lists(st.floats(-50, 50, width=32), min_size=2, max_size=64), st.data())
def test_only_allowed_tokens_are_drawn(
    request: GenerationRequest, logits: list[float], data: st.DataObject
) -> None:
    size = len(logits)
    allowed = np.array(data.draw(st.lists(st.booleans(), min_size=size, max_size=size)))
    allowed[data.draw(st.integers(0, size - 1))] = True
    recent = data.draw(st.none() | st.lists(st.integers(0, size - 1), min_size=1, max_size=5))
    penalised = None if recent is None else np.array(recent)
    choice = filter_logits(np.array(logits, dtype=np.float32), request, allowed, penalised)
    token = draw(choice, np.random.default_rng(1))
    assert allowed[token]


def values_of(knob: Knob) -> st.SearchStrategy[Any]:
    """Values that a knob allows."""
    if knob.choices:
        found: st.SearchStrategy[Any] = st.sampled_from(knob.choices)
    elif knob.kind is bool:
        found = st.booleans()
    elif knob.kind is int:
        low = int(knob.low or 0)
        found = st.integers(low, int(knob.high) if knob.high is not None else low + 10**6)
    elif knob.kind is float:
        found = st.floats(knob.low or 0, knob.high if knob.high is not None else 1e6)
    else:
        found = st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1, max_size=20)
    return st.none() | found if knob.optional else found


@calmly
@given(data=st.data())
def test_settings_that_are_written_are_read_back(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    config = Config()
    for name in ("training", "generation", "rendering", "app", "data"):
        changes = {each.name: data.draw(values_of(each)) for each in knobs_of(SECTIONS[name])}
        config = replace(config, **{name: replace(getattr(config, name), **changes)})
    file = tmp_path_factory.getbasetemp() / "config.yaml"
    file.write_text(render_config(config), encoding="utf-8")
    assert load_config(file) == config


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


@calmly
@given(content=st.dictionaries(st.sampled_from([*SECTIONS, "presets"]), anything, max_size=4))
def test_any_settings_are_read_or_refused(
    content: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.getbasetemp() / "any.yaml"
    file.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    with suppress(UserError):
        assert isinstance(load_config(file), Config)


@calmly
@given(st.text(max_size=60))
def test_any_text_is_a_value_or_refused(text: str) -> None:
    with suppress(UserError):
        parse_value(text)


@calmly
@given(st.sampled_from([each.name for each in knobs_of(GenerationRequest)]), anything)
def test_any_value_of_a_control_is_meant_or_refused(name: str, value: Any) -> None:
    try:
        made = with_values(GenerationRequest(), {name: value})
    except UserError:
        return
    for each in knobs_of(GenerationRequest):
        assert each.check(getattr(made, each.name)) == getattr(made, each.name)


@calmly
@given(anything)
def test_a_whole_number_is_one(value: Any) -> None:
    try:
        number = whole(value, "Takes", 1, 4)
    except UserError:
        return
    assert type(number) is int
    assert 1 <= number <= 4


def test_five_hundred_mutated_files_are_taken_or_refused(tmp_path: Path) -> None:
    """The short version of `python -m tests.fuzz --runs 20000`."""
    found = fuzz(500, own_seeds(), seed=1)
    assert found.wrong == []
    assert found.n_taken > 50
    assert found.refusals.total() > 50


def test_a_hundred_mutated_soundfonts_are_taken_or_refused() -> None:
    """The short version of `python -m tests.fuzz soundfonts --runs 20000`."""
    found = fuzz_soundfonts(100, soundfont_seeds(), seed=1)
    assert found.wrong == []
    assert found.n_taken > 20
    assert found.refusals.total() > 20
