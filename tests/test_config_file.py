from __future__ import annotations

from pathlib import Path

import pytest

from midigen.config import PRESETS, Config
from midigen.config_file import (
    apply_overrides,
    apply_preset,
    load_config,
    render_config,
    save_config,
)
from midigen.errors import UserError

PROJECT = Path(__file__).parent.parent


def test_config_yaml_holds_every_knob_at_its_default() -> None:
    assert (PROJECT / "config.yaml").read_text(encoding="utf-8") == render_config(Config())


def test_what_is_saved_is_read_back(tmp_path: Path) -> None:
    config = apply_overrides(Config(), ["training.max_steps=7", "generation.key=Eb"])
    save_config(config, tmp_path / "config.yaml")
    assert load_config(tmp_path / "config.yaml") == config


def test_a_file_needs_to_name_only_what_it_changes(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("training:\n  max_steps: 9\n")
    assert load_config(file) == apply_overrides(Config(), ["training.max_steps=9"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("training:\n  max_step: 5\n", "'training.max_step'. Did you mean 'training.max_steps'?"),
        ("traning:\n  max_steps: 5\n", "'traning'. Did you mean 'training'?"),
        ("training: 5\n", "'training' in .* is 5; it must hold knobs"),
        ("training:\n  max_steps: many\n", "training.max_steps is 'many'"),
        ("training:\n  max_steps: 0\n", "training.max_steps is 0"),
        ("training: [\n", "Cannot read"),
        ("- a\n- b\n", "holds no sections"),
        ("presets:\n  tiny:\n    model.hidden_sizes: 4\n", "Did you mean 'model.hidden_size'"),
    ],
)
def test_a_wrong_file_is_refused_with_the_word_and_a_hint(
    tmp_path: Path, text: str, message: str
) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(text)
    with pytest.raises(UserError, match=message):
        load_config(file)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"There is no file .*nowhere\.yaml"):
        load_config(tmp_path / "nowhere.yaml")


@pytest.mark.parametrize(
    ("text", "value"), [("3e-4", 3e-4), ("0.001", 0.001), ("1", 1.0), ("1e-3", 1e-3)]
)
def test_overrides_read_numbers_as_people_write_them(text: str, value: float) -> None:
    config = apply_overrides(Config(), [f"training.learning_rate={text}"])
    assert config.training.learning_rate == value


@pytest.mark.parametrize("text", ["training.max_steps", "max_steps=5", "training.nothing=1"])
def test_a_wrong_override_is_refused(text: str) -> None:
    with pytest.raises(UserError):
        apply_overrides(Config(), [text])


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_applies(name: str) -> None:
    assert apply_preset(Config(), name) is not None


def test_an_unknown_preset_names_the_known_ones() -> None:
    with pytest.raises(UserError, match="There are: quick, standard, large"):
        apply_preset(Config(), "huge")


def test_overrides_win_over_presets() -> None:
    config = load_config(None, ["model.hidden_size=100"], preset="large")
    assert config.model.hidden_size == 100
    assert config.model.n_layers == 3
