"""Copies MIDI out of a person's own folder, which is only read."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from midigen.corpus.intake import Intake, is_clutter, is_midi_name, kind_of, wrapper_depth
from midigen.errors import UserError
from midigen.progress import Progress
from midigen.untrusted import read_bytes

WHAT = "Copying MIDI files"


def fill_from_folder(folder: Path, intake: Intake, progress: Progress) -> None:
    """Offer every file below `folder` to the intake, in the order of names.

    Raises:
        UserError: there are more than allowed.
    """
    root = folder.resolve()
    progress(0, None, WHAT)
    files = [each for each in _walk(root, intake) if _may_enter(each, root, intake)]
    intake.check_count(len(files), str(folder))
    depth = wrapper_depth(each.relative_to(root).parts for each in files)
    for done, path in enumerate(files):
        progress(done, len(files), WHAT)
        _offer(path, path.relative_to(root), depth, intake)
    progress(len(files), len(files), WHAT)


def fill_from_file(path: Path, intake: Intake) -> None:
    """Offer a single file."""
    _offer(path, Path(path.name), 0, intake)


def _walk(root: Path, intake: Intake) -> Iterator[Path]:
    def unreadable(error: OSError) -> None:
        intake.leave_out(str(error.filename), "a folder that cannot be read")

    for base, folders, names in os.walk(root, onerror=unreadable):
        folders[:] = sorted(each for each in folders if not is_clutter([each]))
        for each in folders:
            if Path(base, each).is_symlink():  # os.walk does not follow it
                intake.leave_out(each, "a link to another folder")
        yield from (Path(base, each) for each in sorted(names) if not is_clutter([each]))


def _may_enter(path: Path, root: Path, intake: Intake) -> bool:
    """Judge by name and kind, without opening: opening a pipe would wait for ever."""
    file = str(path.relative_to(root))
    if not is_midi_name(path.name):
        intake.leave_out(file, kind_of(path.name))
        return False
    try:
        target = path.resolve(strict=True)
        facts = target.stat()
    except (OSError, RuntimeError):  # RuntimeError: links in a circle, before Python 3.13
        intake.leave_out(file, "a link to nothing" if path.is_symlink() else "cannot be read")
        return False
    reason = ""
    if not target.is_relative_to(root):
        reason = "a link that leads outside the folder"
    elif not stat.S_ISREG(facts.st_mode):
        reason = "not a regular file"
    elif facts.st_size > intake.max_file_bytes:
        reason = intake.too_large()
    if reason:
        intake.leave_out(file, reason)
    return not reason


def _offer(path: Path, relative: Path, depth: int, intake: Intake) -> None:
    try:
        content = read_bytes(path, intake.max_file_bytes)
    except UserError as error:  # a single file was not looked at before
        intake.leave_out(str(relative), str(error))
        return
    intake.take(str(relative), relative.parts[depth:], content)
