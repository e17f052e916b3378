"""Reads and writes `config.yaml`, strictly: an unknown or impossible value is never passed over."""

from __future__ import annotations

import difflib
import typing
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import yaml

from midigen import atomic
from midigen.config import Config, Preset
from midigen.errors import UserError
from midigen.knobs import SHOWN, Knob, Section, knobs_of, short
from midigen.untrusted import read_text

MOST_PRESETS, LONGEST_HELP = 100, 300
AnySection = TypeVar("AnySection", bound=Section)
SECTIONS: Mapping[str, type[Section]] = {
    name: hint
    for name, hint in typing.get_type_hints(Config).items()
    if isinstance(hint, type) and issubclass(hint, Section)
}


def load_config(
    path: Path | None = None, overrides: Iterable[str] = (), preset: str | None = None
) -> Config:
    """Build the configuration: defaults, then the file, then the preset, then the overrides.

    Args:
        path: a YAML file; None takes the defaults.
        overrides: texts such as `training.max_steps=500`.
        preset: a name in the file's (or the built-in) presets.

    Raises:
        UserError: the file cannot be read, or holds an unknown key or an impossible value.
    """
    config = _from_mapping(_read(path), str(path)) if path is not None else Config()
    if preset is not None:
        config = apply_preset(config, preset)
    return apply_overrides(config, overrides)


def section_from_dict(kind: type[AnySection], content: Any, source: str) -> AnySection:
    """Build one section from the JSON of a run or a bundle, as strictly as from YAML.

    Raises:
        UserError: unknown keys or impossible values.
    """
    if not isinstance(content, dict):
        raise UserError(f"{source} is damaged: it holds no settings.")
    known = [each.name for each in knobs_of(kind)]
    for key in content:
        if key not in known:
            raise _unknown(f"{_word(key)}' in '{source}", known)
    return kind(**content)


def section_to_dict(section: Section) -> dict[str, Any]:
    """The values of a section, ready for JSON."""
    return {each.name: getattr(section, each.name) for each in knobs_of(type(section))}


def apply_preset(config: Config, name: str) -> Config:
    """Set the knobs of a preset.

    Raises:
        UserError: there is no preset of this name.
    """
    if name not in config.presets:
        raise UserError(f"No preset named '{name}'.", f"There are: {', '.join(config.presets)}.")
    return _set_all(config, config.presets[name].values)


def apply_overrides(config: Config, overrides: Iterable[str]) -> Config:
    """Set single knobs from texts such as `generation.seed=7`.

    Raises:
        UserError: a text is not `section.knob=value`, or the knob or the value does not exist.
    """
    values = {}
    for text in overrides:
        key, equals, value = text.partition("=")
        if not equals:
            raise UserError(f"Cannot read '{text}'.", "Write it as section.knob=value.")
        values[key.strip()] = parse_value(value)
    return _set_all(config, values)


def parse_value(text: str) -> Any:
    """A value as YAML would read it, with `3e-4` and `1e6` as the numbers that people mean."""
    try:
        return _number(_loaded(text))
    except UserError as error:
        raise UserError(
            f"Cannot read the value '{text[:60]}'.", "Quote texts that hold : or #."
        ) from error


def save_config(config: Config, path: Path) -> None:
    """Write every knob with its help, so that the file explains itself."""
    atomic.write_text(path, render_config(config))


def render_config(config: Config) -> str:
    """The text of a `config.yaml` with these values; reading it gives an equal `Config`."""
    blocks = [
        "# Every knob of midigen. `--set section.knob=value` changes one for a single command.\n"
    ]
    for name, section in SECTIONS.items():
        values = getattr(config, name)
        blocks.append(f"{name}:  # {(section.__doc__ or '').strip()}\n")
        blocks += [_line(each, getattr(values, each.name)) for each in knobs_of(section)]
        blocks.append("\n")
    blocks.append("presets:  # Named sizes: knobs that are set together (`--preset quick`).\n")
    for name, preset in config.presets.items():
        blocks.append(f"  {name}:\n    help: {_yaml(preset.help)}\n")
        blocks += [f"    {key}: {_yaml(value)}\n" for key, value in preset.values.items()]
    return "".join(blocks)


def _line(each: Knob, value: Any) -> str:
    limits = ""
    if each.choices and len(each.choices) < 10:
        limits = f" [{', '.join(each.choices)}]"
    elif each.low is not None and each.high is not None:
        limits = f" [{each.low:g} to {each.high:g}]"
    return f"  {each.name}: {_yaml(value)}  # {each.help}{limits}\n"


def _yaml(value: Any) -> str:
    return yaml.safe_dump(value, width=10**6, allow_unicode=True).removesuffix("...\n").strip()


class _Loader(yaml.SafeLoader):
    """YAML of plain values; a few lines of aliases of aliases could stand for terabytes."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases are not used")
        return super().compose_node(parent, index)


def _loaded(text: str) -> Any:
    """What a YAML text says.

    Raises:
        UserError: nothing that can be read, in one line.
    """
    try:
        return yaml.load(text, _Loader)
    except RecursionError:
        raise UserError("it is nested too deeply") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f" in line {mark.line + 1}, column {mark.column + 1}" if mark is not None else ""
        raise UserError(f"{str(error.problem)[:100]}{place}") from error
    except (yaml.YAMLError, ValueError, OverflowError) as error:  # a date that is none, long digits
        raise UserError(" ".join(str(error).split())[:100]) from error


def _read(path: Path) -> Mapping[str, Any]:
    if not path.exists():
        raise UserError(f"There is no file {path}.", "Copy config.yaml and edit it.")
    try:
        content = _loaded(read_text(path))
    except UserError as error:
        raise UserError(f"Cannot read {path}: {error.what}.", "It must be a YAML file.") from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise UserError(f"{path} holds no sections.", "Start from the config.yaml of the project.")
    return content


def _from_mapping(content: Mapping[str, Any], source: str) -> Config:
    presets = content.get("presets")
    config = Config() if presets is None else Config(presets=_presets(presets, source))
    if len(config.presets) > MOST_PRESETS:
        raise UserError(f"{source} has {len(config.presets)} presets; the limit is {MOST_PRESETS}.")
    for name, values in content.items():
        if name == "presets":
            continue
        if name not in SECTIONS:
            raise _unknown(_word(name), [*SECTIONS, "presets"])
        if values is None:
            continue
        if not isinstance(values, dict):
            raise UserError(f"'{name}' in {source} is {short(values)}; it must hold knobs.")
        config = _set_all(config, {f"{name}.{_word(key)}": value for key, value in values.items()})
    for preset in config.presets.values():
        _set_all(
            config, preset.values
        )  # a preset that cannot work is reported now, not when chosen
    return config


def _presets(content: Any, source: str) -> dict[str, Preset]:
    if not isinstance(content, dict) or not all(
        isinstance(each, dict) for each in content.values()
    ):
        raise UserError(f"'presets' in {source} must hold names, each with its knobs.")
    return {
        _word(name): Preset(
            str(values.get("help") or "")[:LONGEST_HELP]
            if isinstance(values.get("help"), str | None)
            else "",
            {_word(k): v for k, v in values.items() if k != "help"},
        )
        for name, values in content.items()
    }


def _set_all(config: Config, values: Mapping[str, Any]) -> Config:
    """Set dotted names, all knobs of a section at once, so that each section is checked once."""
    grouped: dict[str, dict[str, Any]] = {}
    for key, value in values.items():
        name, _, knob_name = _word(key).partition(".")
        known = {each.name for each in knobs_of(SECTIONS[name])} if name in SECTIONS else set()
        if knob_name not in known:
            everything = [f"{s}.{k.name}" for s, kind in SECTIONS.items() for k in knobs_of(kind)]
            raise _unknown(_word(key), everything)
        grouped.setdefault(name, {})[knob_name] = _number(value)
    for name, changes in grouped.items():
        knobs = {each.name: each for each in knobs_of(SECTIONS[name])}
        for key, value in changes.items():
            knobs[key].check(value, f"{name}.{key}")
        config = replace(config, **{name: replace(getattr(config, name), **changes)})
    return config


def _number(value: Any) -> Any:
    """YAML 1.1 reads 3e-4 as a text; people mean a number."""
    if isinstance(value, str) and "e" in value.lower():
        try:
            return float(value)
        except ValueError:
            return value
    return value


def _word(key: Any) -> str:
    """A key for a message: YAML allows anything as one, of any length."""
    return key[:SHOWN] if isinstance(key, str) else short(key)


def _unknown(key: str, known: list[str]) -> UserError:
    close = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    listed = f"Known: {', '.join(known)}." if len(known) < 40 else "config.yaml has them all."
    hint = f"Did you mean '{close[0]}'?" if close else listed
    return UserError(f"Unknown key '{key}'.", hint)
