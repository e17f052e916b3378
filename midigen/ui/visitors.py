"""Who a visitor is: a name that nobody can guess, kept in their own browser and nowhere else."""

from __future__ import annotations

import gradio as gr

from midigen.takes import is_visitor, new_visitor

_KEY = "midigen-visitor"


def visitors() -> gr.BrowserState:
    """The visitor's name; where a browser keeps nothing, it lasts until the page is reloaded.

    Gradio hides it with a secret that has to be the same after a restart; the name itself is what
    nobody can guess.
    """
    return gr.BrowserState("", storage_key=_KEY, secret=_KEY)


def known_or_new(name: object) -> str:
    """The name that a browser kept, or a new one where it kept none of ours."""
    return name if isinstance(name, str) and is_visitor(name) else new_visitor()
