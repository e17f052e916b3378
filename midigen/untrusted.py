"""The door for files of unknown origin: how a file is opened before anybody looks into it.

Every file that a person names or sends comes through here: MIDI, settings, alphabets, cards, zips
and weights. What is behind the door (a pipe, a device, terabytes of zeros) is found out first, and
no more is read than is allowed.
"""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

from midigen.errors import UserError

MOST_TEXT_BYTES = 256_000  # of settings: forty times what `config.yaml` is
MOST_JSON_BYTES = 5_000_000  # of an alphabet or a card
MB = 1e6


def check_file(path: Path, most_bytes: float) -> int:
    """Refuse what is no ordinary file, or too large; return its size.

    Raises:
        UserError: why, as the end of a sentence: `it is a folder`.
    """
    try:
        facts = path.stat()
    except FileNotFoundError:
        raise UserError("it cannot be read: there is no such file") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in its name
        raise UserError(f"it cannot be read: {_why(error)}") from error
    if stat.S_ISDIR(facts.st_mode):
        raise UserError("it is a folder")
    if not stat.S_ISREG(facts.st_mode):
        raise UserError("it is not a regular file")
    if facts.st_size > most_bytes:
        raise UserError(f"it is {facts.st_size / MB:.1f} MB; the limit is {most_bytes / MB:g} MB")
    return facts.st_size


def read_bytes(path: Path, most_bytes: float) -> bytes:
    """The content of a file; it may grow while it is read.

    Raises:
        UserError: as `check_file`, or it cannot be read.
    """
    check_file(path, most_bytes)
    try:
        with path.open("rb") as file:
            content = file.read(int(most_bytes) + 1)
    except OSError as error:
        raise UserError(f"it cannot be read: {_why(error)}") from error
    if len(content) > most_bytes:
        raise UserError(f"it is larger than {most_bytes / MB:g} MB")
    return content


def read_text(path: Path, most_bytes: float = MOST_TEXT_BYTES) -> str:
    """The text of a file in UTF-8.

    Raises:
        UserError: as `read_bytes`, or it is no text.
    """
    try:
        return read_bytes(path, most_bytes).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"it is no text in UTF-8: byte {error.start} is wrong") from error


def read_json(path: Path, most_bytes: float = MOST_JSON_BYTES) -> Any:
    """What a JSON file holds; anything of any type.

    Raises:
        UserError: as `read_text`, or it is no JSON.
    """
    text = read_text(path, most_bytes)
    try:
        return json.loads(text)
    except RecursionError:
        raise UserError("it is nested too deeply") from None
    except ValueError as error:  # also a number of thousands of digits
        raise UserError(f"it is no JSON: {str(error)[:100]}") from error


def _why(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)
