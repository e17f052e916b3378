"""Which language the page speaks, and how it says a text in it. The English text is the key.

A browser says what its person reads, in the header Accept-Language of every request. Nothing is
stored: what is asked for is read where something is said, so visitors cannot mix.
"""

from __future__ import annotations

import functools
import re
import string
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Literal, get_args

from gradio.context import LocalContext

from midigen.ui import russian, russian_errors

Language = Literal["en", "ru"]
_spoken: ContextVar[Language | None] = ContextVar("spoken", default=None)
_RUSSIAN_SIGNS = {ord(","): "\N{NO-BREAK SPACE}", ord("."): ",", ord("%"): "\N{NO-BREAK SPACE}%"}


def language() -> Language:
    """The language of whoever is answered now; English where nobody is, as at the start."""
    spoken = _spoken.get()
    if spoken is not None:
        return spoken
    headers = getattr(LocalContext.request.get(None), "headers", None) or {}
    return wanted(headers.get("accept-language") or "")


def wanted(accepted: str) -> Language:
    """The language of ours that is wanted most: `de, ru-RU;q=0.9, en;q=0.8` -> `ru`.

    Args:
        accepted: the header Accept-Language (RFC 9110, 12.5.4).
    """
    weights: dict[str, float] = {}
    for each in accepted.split(","):
        tag, _, weight = each.replace(" ", "").lower().partition(";q=")
        weights.setdefault(tag.split("-")[0], _number(weight or "1"))
    ours = [each for each in get_args(Language) if weights.get(each, 0) > 0]
    return max(ours, key=lambda each: weights[each], default="en")


@contextmanager
def speaking(spoken: Language) -> Iterator[None]:
    """Speak a language within the block, whatever is asked for."""
    token = _spoken.set(spoken)
    try:
        yield
    finally:
        _spoken.reset(token)


def say(text: str, /, **fields: Any) -> str:
    """A text in the language of whoever is answered; unknown ones, such as names, stay.

    Args:
        text: in English, with `{fields}` as in `str.format` if any are given.
        **fields: the values; numbers are written as the language writes them.
    """
    said = russian.TEXTS.get(text, text) if language() == "ru" else text
    return _Formatter().format(said, **fields) if fields else said


def say_message(message: str) -> str:
    """A message of a room, its values kept; one that is not known stays.

    A value may be a message itself: `The prompt x.mid cannot be used: it is empty.`
    """
    if language() == "en" or message in russian.TEXTS:
        return say(message)
    for pattern, template in _templates():
        found = pattern.fullmatch(message)
        if found is not None:
            return template.format(*(say_message(value) for value in found.groups()))
    return message


@functools.cache
def _templates() -> tuple[tuple[re.Pattern[str], str], ...]:
    """What messages look like, those with most words first: others could match them too."""
    known = sorted(russian_errors.TEMPLATES.items(), key=lambda each: -len(each[0]))
    return tuple(
        (re.compile("(.+?)".join(map(re.escape, english.split("{}"))), re.DOTALL), said)
        for english, said in known
    )


def figure(number: float, form: str) -> str:
    """A number as the language writes it: `1,234.5` is `1 234,5` in Russian."""
    said = format(number, form)
    return said.translate(_RUSSIAN_SIGNS) if language() == "ru" else said


def plural(number: int, one: str, many: str) -> str:
    """The word that goes with a number: 1 `bar`, 2 `bars`; 1 `такт`, 2 `такта`, 5 `тактов`."""
    if language() == "ru":
        return russian.PLURALS[many][russian.plural_form(number)]
    return one if number == 1 else many


class _Formatter(string.Formatter):
    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, int | float):
            return figure(value, format_spec)
        return format(value, format_spec)


def _number(weight: str) -> float:
    try:
        return float(weight)
    except ValueError:
        return 0.0
