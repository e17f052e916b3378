from __future__ import annotations

import errno
import logging

import gradio as gr
import pytest

from midigen.errors import UserError
from midigen.ui import texts
from midigen.ui.errors import for_people, without_folders


def test_a_user_error_is_shown_escaped() -> None:
    @for_people
    def handler() -> None:
        raise UserError("No file '<img src=x onerror=alert(1)>'.", "Choose & try again.")

    with pytest.raises(gr.Error) as raised:
        handler()
    assert "<img" not in raised.value.message
    assert "&lt;img" in raised.value.message
    assert "Choose &amp; try again." in raised.value.message


def test_a_bug_is_logged_with_its_traceback_and_shown_as_one_calm_sentence(
    caplog: pytest.LogCaptureFixture,
) -> None:
    @for_people
    def handler() -> None:
        raise KeyError("/secret/path")

    with caplog.at_level(logging.ERROR), pytest.raises(gr.Error) as raised:
        handler()
    assert raised.value.message == texts.UNEXPECTED
    assert "/secret/path" in caplog.text
    assert "Traceback" in caplog.text


def test_an_answer_passes_through() -> None:
    assert for_people(lambda a, b=1: a + b)(1, b=2) == 3


def test_a_disk_that_cannot_be_written_is_said() -> None:
    @for_people
    def save() -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    with pytest.raises(gr.Error, match="Nothing can be saved: Read-only file system"):
        save()


def test_where_things_lie_is_not_told() -> None:
    assert without_folders("There is no model in /home/me/x.") == "There is no model in …/x."
    assert without_folders("a metre of 3/4 is/was") == "a metre of 3/4 is/was"
    assert without_folders("in C:\\Users\\me\\x.mid") == "in …/x.mid"
