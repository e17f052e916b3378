"""One definition of a knob, three uses: YAML key, command-line flag and control of the page.

A `Section` is a frozen dataclass whose fields are made with `knob()`. Values are checked whenever a
section is built, wherever they come from, so no other code has to check them again.
"""

from __future__ import annotations

import math
import types
import typing
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Any

from midigen.errors import UserError

LONGEST_TEXT = 10_000  # characters of a value; more has no use and fills logs
SHOWN = 60  # characters of a wrong value that a message repeats


@dataclass(frozen=True)
class Knob:
    """What a person may know about one setting.

    Attributes:
        name: the word for it in YAML, on the command line and in the page.
        kind: `bool`, `int`, `float` or `str`.
        optional: whether "nothing" (`null`, an empty box) is a value.
        default: the only place where the default stands.
        help: one line for people; it explains, it does not repeat the name.
        low, high: inclusive limits of a number.
        step: the grain of its slider.
        choices: the allowed words, or empty where any is allowed.
    """

    name: str
    kind: type[Any]
    optional: bool
    default: Any
    help: str
    low: float | None
    high: float | None
    step: float | None
    choices: tuple[str, ...]

    def check(self, value: Any, where: str = "") -> Any:
        """Return the value as its kind, or say what is wrong with it.

        Raises:
            UserError: the value has the wrong kind or lies outside the limits.
        """
        where = where or self.name
        if value is None:
            if self.optional:
                return None
            raise UserError(f"{where} is empty; it needs {self._wanted()}.", self.help)
        if type(value) is int and value.bit_length() < 64:
            if self.kind is float:
                value = float(value)
            elif self.kind is str:  # as YAML reads `programs: 0`
                value = str(value)
        if not (type(value) is self.kind and self._allows(value)):
            raise UserError(f"{where} is {short(value)}; it must be {self._wanted()}.", self.help)
        return value

    def _allows(self, value: Any) -> bool:
        if self.choices and value not in self.choices:
            return False
        if self.kind is float and not math.isfinite(value):
            return False
        if self.kind is str and len(value) > LONGEST_TEXT:
            return False
        too_low = self.low is not None and value < self.low
        too_high = self.high is not None and value > self.high
        return not (too_low or too_high)

    def _wanted(self) -> str:
        if self.choices:
            return "one of " + ", ".join(self.choices)
        words = {
            bool: "true or false",
            int: "a whole number",
            float: "a number",
            str: f"a text of at most {LONGEST_TEXT:,} characters",
        }
        limits = ""
        if self.low is not None and self.high is not None:
            limits = f" between {self.low:g} and {self.high:g}"
        elif self.low is not None:
            limits = f" of at least {self.low:g}"
        return words[self.kind] + limits + (", or empty" if self.optional else "")


def short(value: Any) -> str:
    """A value for a message, which may be anything and of any length."""
    if isinstance(value, str):
        text = value if len(value) <= SHOWN else f"{value[:SHOWN]}…"
        return repr(text)
    if type(value) is int and value.bit_length() > 200:  # Python does not write thousands of digits
        return "a number of many digits"
    if isinstance(value, list | tuple | dict | set):  # its text could be endless
        return f"a {type(value).__name__}"
    return repr(value)[:SHOWN]


def knob(
    default: Any,
    help: str,  # noqa: A002 - the word that argparse and gradio use for it
    *,
    low: float | None = None,
    high: float | None = None,
    step: float | None = None,
) -> Any:
    """Declare a field of a `Section`; a `Literal` type gives its choices."""
    limits = {"help": help, "low": low, "high": high, "step": step}
    return field(default=default, metadata={"knob": limits})


@dataclass(frozen=True)
class Section:
    """Base of every group of knobs: values are checked and normalised when it is built."""

    def __post_init__(self) -> None:
        for each in knobs_of(type(self)):
            object.__setattr__(self, each.name, each.check(getattr(self, each.name)))


def knobs_of(section: type[Section]) -> tuple[Knob, ...]:
    """The knobs of a section, in the order in which it declares them."""
    if section not in _known:  # every section that is built asks, thousands of times at the start
        _known[section] = tuple(_read(section))
    return _known[section]


_known: dict[type[Section], tuple[Knob, ...]] = {}


def _read(section: type[Section]) -> Iterator[Knob]:
    hints = typing.get_type_hints(section)
    for each in fields(section):
        kind, optional, choices = _unfold(hints[each.name])
        yield Knob(
            each.name, kind, optional, each.default, choices=choices, **each.metadata["knob"]
        )


def _unfold(hint: Any) -> tuple[type, bool, tuple[str, ...]]:
    """`Literal["a", "b"] | None` -> (str, True, ("a", "b"))."""
    optional = False
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union:
        inner = [each for each in typing.get_args(hint) if each is not type(None)]
        assert len(inner) == 1, f"a knob is one type, or one type and None, not {hint}"
        optional, hint = True, inner[0]
    if typing.get_origin(hint) is typing.Literal:
        return str, optional, typing.get_args(hint)
    return hint, optional, ()
