"""What people see when something goes wrong: a message they can act on, or one calm sentence."""

from __future__ import annotations

import functools
import html
import inspect
import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar, cast

import gradio as gr

from midigen.errors import DISK_TROUBLE, UserError
from midigen.ui import texts
from midigen.ui.language import say, say_message

log = logging.getLogger(__name__)
Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")
# An absolute path up to its last name, not the 3/4 of a metre.
_FOLDERS = re.compile(r"(?<![\w./])(?:/[^/\s'\"]+)+/|\b[A-Za-z]:\\(?:[^\\\s'\"]+\\)*")


def for_people(handler: Callable[Arguments, Answer]) -> Callable[Arguments, Answer]:
    """Make a handler speak to people: a `UserError` is shown, everything else is logged.

    Messages are escaped, since gradio renders them as HTML and file names stand in them. A handler
    that yields is guarded to its end.
    """
    name = handler.__qualname__
    if inspect.isgeneratorfunction(handler):

        @functools.wraps(handler)
        def guarded_to_the_end(*args: Any, **kwargs: Any) -> Any:
            with _guard(name, toast):
                yield from handler(*args, **kwargs)

        return cast("Callable[Arguments, Answer]", guarded_to_the_end)

    return _guarded(handler, toast)


def for_programs(handler: Callable[Arguments, Answer]) -> Callable[Arguments, Answer]:
    """Make a public endpoint speak to programs, as `for_people` does to people: in plain text."""
    return _guarded(handler, answer)


def _guarded(
    handler: Callable[Arguments, Answer], say_it: Callable[[UserError], gr.Error]
) -> Callable[Arguments, Answer]:
    @functools.wraps(handler)
    def guarded(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Answer:
        with _guard(handler.__qualname__, say_it):
            return handler(*args, **kwargs)

    return guarded


@contextmanager
def _guard(name: str, say_it: Callable[[UserError], gr.Error]) -> Iterator[None]:
    try:
        yield
    except UserError as error:
        raise say_it(error) from error
    except gr.Error:
        raise
    except OSError as error:
        if error.errno not in DISK_TROUBLE:
            raise _unexpected(name) from error
        trouble = UserError(f"Nothing can be saved: {error.strerror}.", "Make room on the disk.")
        raise say_it(trouble) from error
    except Exception as error:  # the last stop before a visitor's eyes
        raise _unexpected(name) from error


def _unexpected(name: str) -> gr.Error:
    """What a visitor is told of the error that is being handled; the log has the rest."""
    log.exception("A handler of the page failed: %s", name)
    return gr.Error(say(texts.UNEXPECTED), title=say(texts.UNEXPECTED_TITLE), print_exception=False)


def toast(error: UserError) -> gr.Error:
    """The message of a `UserError` as gradio shows it."""
    lines = [html.escape(each) for each in _lines(error)]
    return gr.Error("<br>".join(lines), title=say(texts.CHECK_TITLE), print_exception=False)


def answer(error: UserError) -> gr.Error:
    """The message of a `UserError` as a program reads it."""
    return gr.Error(" ".join(_lines(error)), title=say(texts.CHECK_TITLE), print_exception=False)


def without_folders(text: str) -> str:
    """The text with absolute paths cut to names: where things lie is no visitor's business."""
    return _FOLDERS.sub("…/", text)


def _lines(error: UserError) -> list[str]:
    return [say_message(without_folders(each)) for each in (error.what, error.hint) if each]
