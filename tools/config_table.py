"""Writes docs/configuration.md: every knob, from the dataclasses that define it.

python -m tools.config_table

`tests/test_docs.py` compares.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from midigen.config import Config, Preset
from midigen.config_file import SECTIONS
from midigen.knobs import Knob, knobs_of

PAGE = Path(__file__).resolve().parent.parent / "docs" / "configuration.md"
_HEAD = """# Every knob

Written by `python -m tools.config_table`; do not edit it here. [config.yaml](../config.yaml) holds
the same, ready to be changed. For a single command, `--set training.max_steps=500` sets one; the
knobs of `train`, `generate` and `app` are flags too (`--max-steps 500`). A wrong name or value is
refused, and the right one named. What is said here is also what the page says.
"""


def config_page() -> str:
    """The page."""
    return "\n".join([_HEAD, *_lines()])


def _lines() -> Iterator[str]:
    for name, section in SECTIONS.items():
        yield f"## {name}\n\n{(section.__doc__ or '').strip()}\n"
        yield "| knob | default | values | what it does |\n|---|---|---|---|"
        yield from (_row(each) for each in knobs_of(section))
        yield ""
    yield "## Presets\n\nKnobs that are set together: `--preset quick`.\n"
    for name, preset in Config().presets.items():
        yield from _preset(name, preset)


def _row(each: Knob) -> str:
    return f"| `{each.name}` | {_code(each.default)} | {_values(each)} | {_cell(each.help)} |"


def _preset(name: str, preset: Preset) -> Iterator[str]:
    yield f"**{name}**: {preset.help}\n"
    yield from (f"- `{key}`: {_code(value)}" for key, value in preset.values.items())
    yield ""


def _values(each: Knob) -> str:
    if each.choices:
        return ", ".join(map(_code, each.choices))
    if each.low is not None and each.high is not None:
        return f"{each.low:g} to {each.high:g}"
    if each.low is not None:
        return f"{each.low:g} or more"
    return {bool: "yes or no", int: "a number", float: "a number", str: "a text"}[each.kind]


def _code(value: Any) -> str:
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"`{value:,}`" if isinstance(value, int) and value > 9999 else f"`{value}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(config_page(), encoding="utf-8")
    print(PAGE)
