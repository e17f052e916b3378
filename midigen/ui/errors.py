"""What people see when something goes wrong: a message they can act on, or one calm sentence."""

from __future__ import annotations

import functools
import html
import logging
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import gradio as gr

from midigen.errors import UserError
from midigen.ui import texts

log = logging.getLogger(__name__)
Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")


def for_people(handler: Callable[Arguments, Answer]) -> Callable[Arguments, Answer]:
    """Make a handler speak to people: a `UserError` is shown, everything else is logged.

    Messages are escaped, since gradio renders them as HTML and file names stand in them.
    """

    @functools.wraps(handler)
    def guarded(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Answer:
        try:
            return handler(*args, **kwargs)
        except UserError as error:
            raise toast(error) from error
        except gr.Error:
            raise
        except Exception as error:  # the last stop before a visitor's eyes
            log.exception("A handler of the page failed: %s", handler.__qualname__)
            raise gr.Error(
                texts.UNEXPECTED, title=texts.UNEXPECTED_TITLE, print_exception=False
            ) from error

    return guarded


def toast(error: UserError) -> gr.Error:
    """The message of a `UserError` as gradio shows it."""
    lines = [html.escape(each) for each in (error.what, error.hint) if each]
    return gr.Error("<br>".join(lines), title=texts.CHECK_TITLE, print_exception=False)
