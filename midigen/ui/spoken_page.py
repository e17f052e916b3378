"""The page in the language of each visitor's browser: its labels are translated as it is sent.

The page is laid out once, in English; gradio sends a description of it to every browser. Here the
shown words of that description are translated on their way. What handlers compare, such as the
value behind a choice, stays English.
"""

from __future__ import annotations

import html
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, cast

import gradio as gr

from midigen.ui.language import language, say, speaking, wanted

_PAGES = ("", "/config")  # where gradio sends the description
_NAMING = ("label", "info", "placeholder")
_WORDS = re.compile(r"(?<=>)[^<>]+(?=<)")  # between two tags

Message = MutableMapping[str, Any]


class SpokenPage(gr.Blocks):
    """Blocks whose description is in the language that is spoken where it is read."""

    @property
    def config(self) -> Any:
        if language() == "en":
            return self._config
        return {**self._config, "components": [translated(each) for each in self._components]}

    @config.setter
    def config(self, config: Any) -> None:
        self._config = config

    @property
    def _components(self) -> list[dict[str, Any]]:
        return cast("list[dict[str, Any]]", self._config["components"])


class SpeaksToBrowser:
    """ASGI middleware: while the page is sent, the browser's language is spoken."""

    def __init__(self, app: Callable[..., Awaitable[None]]) -> None:
        self.app = app

    async def __call__(self, scope: Message, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["path"].rstrip("/") not in _PAGES:
            await self.app(scope, receive, send)
            return
        accepted = dict(scope["headers"]).get(b"accept-language", b"")
        with speaking(wanted(accepted.decode("latin-1"))):
            await self.app(scope, receive, send)


def translated(component: Mapping[str, Any]) -> dict[str, Any]:
    """A component's description with its shown words translated."""
    props = dict(component["props"])
    for name in _NAMING:
        if isinstance(props.get(name), str):
            props[name] = say(props[name])
    if "choices" in props:
        props["choices"] = [(say(name), value) for name, value in props["choices"]]
    if "texts" in props.get("props", {}):  # of our own components
        props["props"] = {**props["props"], "texts": _said(props["props"]["texts"])}
    match component["type"], props.get("value"):
        case "button", str(word):
            props["value"] = say(word)
        case "html", str(content):
            props["value"] = translated_html(content)
    return {**component, "props": props}


def translated_html(content: str) -> str:
    """HTML of ours with the words between its tags translated."""
    return _WORDS.sub(lambda found: html.escape(say(html.unescape(found[0]))), content)


def _said(texts: Mapping[str, str]) -> dict[str, str]:
    return {name: say(text) for name, text in texts.items()}
