"""Brings music into the workspace: from Kaggle, the built-in chorales, or a person's own files.

A data set appears whole or not at all, and replaces one of the same name whole. Sources are only
read.
"""

from __future__ import annotations

import errno
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from midigen import atomic
from midigen.config import DEFAULT_KAGGLE_DATASET, DataConfig
from midigen.corpus import archive, chorales, folder, kaggle
from midigen.corpus.datasets import Dataset, is_handmade, save_note
from midigen.corpus.intake import Intake, is_midi_name, printable
from midigen.errors import UserError
from midigen.isolated import isolated
from midigen.music.score import SECONDS_TO_PARSE, rewritten
from midigen.progress import Progress
from midigen.workspace import Workspace, name_from

THREE_WAYS = (
    f"Give {chorales.NAME} for the built-in chorales, a Kaggle data set as owner/name "
    f"(such as {DEFAULT_KAGGLE_DATASET}), or the path of a folder, zip or MIDI file of your own."
)


@dataclass(frozen=True)
class _Supply:
    """Where music comes from, decided but not yet opened.

    Attributes:
        name: what the data set is called unless the person says otherwise.
        fill: offers all files to the intake; returns the source and the licence, for people.
        path: the person's own file or folder, if it is one.
    """

    name: str
    fill: Callable[[Intake, Progress], tuple[str, str]]
    path: Path | None = None


def import_dataset(
    source: str, name: str | None, workspace: Workspace, config: DataConfig, progress: Progress
) -> Dataset:
    """Import a data set into `data/midi/<name>`, with the sub-folders of its source.

    Args:
        source: `bach-chorales`, a folder, a zip or a MIDI file, or a Kaggle handle; what exists as
            a path is taken as a path.
        name: what to call it; None derives it from the source.
        workspace: where it goes.
        config: the limits.
        progress: told in bytes while downloading, then in files.

    Raises:
        UserError: the source is none of these, cannot be had, is unsafe or holds no MIDI.
    """
    supply = _find_supply(source.strip(), config)
    name = name or supply.name
    target = workspace.dataset_folder(name)
    _protect(target, supply)
    with _room_on_disk(), atomic.replacing_folder(target) as draft:
        intake = Intake(draft, config)
        origin, licence = supply.fill(intake, progress)
        if intake.n_files == 0:
            raise _no_midi(source, intake)
        dataset = Dataset(
            name=name,
            folder=target,
            source=printable(origin),
            n_files=intake.n_files,
            reasons=dict(intake.reasons.most_common()),
            left_out=tuple(intake.left_out),
            imported_at=time.time(),
            licence=licence,
        )
        save_note(dataset, draft)
    return dataset


def take_in(source: Path, target: Path, config: DataConfig, progress: Progress) -> Intake:
    """Look into every MIDI file of a source, and write those that are sound anew into a folder.

    Each is parsed by itself, in a process that may crash or take too much; what is written has
    every note closed. The target appears whole or not at all.

    Args:
        source: a folder, a zip or a MIDI file; it is only read.
        target: a folder that is not there yet, or is empty.
        config: the limits.
        progress: told in files.

    Raises:
        UserError: the source cannot be read, is unsafe or holds no sound MIDI, or the target is
            not empty.
    """
    path = _existing_path(str(source))
    if path is None:
        raise UserError(f"There is no file or folder '{printable(str(source))}'.", THREE_WAYS)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UserError(f"{target} is not empty.", "Choose a new folder; nothing was overwritten.")
    supply = _own_files(path)
    _protect(target, supply)
    with (
        _room_on_disk(),
        isolated(rewritten, SECONDS_TO_PARSE) as rewrite,
        atomic.replacing_folder(target) as draft,
    ):

        def judge(content: bytes) -> bytes:
            if b"MTrk" not in content:  # not worth the way to another process
                raise UserError("it is damaged: it has no track")
            return rewrite((content, config))

        intake = Intake(draft, config, judge)
        supply.fill(intake, progress)
        if intake.n_files == 0:
            raise _no_midi(str(source), intake)
    return intake


def _find_supply(source: str, config: DataConfig) -> _Supply:
    if source == chorales.NAME:
        return _Supply(chorales.NAME, _fill_with_chorales)
    path = _existing_path(source)
    if path is not None:
        return _own_files(path)
    handle = kaggle.parse_handle(source)
    if handle is None:
        raise UserError(f"There is no file or folder '{printable(source)}'.", THREE_WAYS)
    return _from_kaggle(handle, config)


def _existing_path(source: str) -> Path | None:
    try:
        path = Path(source).expanduser()
        return path.absolute() if source and path.exists() else None
    except (OSError, ValueError, RuntimeError):  # too long, a NUL, a ~stranger
        return None


def _own_files(path: Path) -> _Supply:
    def fill(intake: Intake, progress: Progress) -> tuple[str, str]:
        if path.is_dir():
            folder.fill_from_folder(path, intake, progress)
        elif is_midi_name(path.name):
            folder.fill_from_file(path, intake)
        elif path.is_file() and (path.suffix.lower() == ".zip" or zipfile.is_zipfile(path)):
            archive.fill_from_zip(path, intake, progress)
        else:
            raise UserError(f"{path} is neither a folder, nor a zip, nor a MIDI file.", THREE_WAYS)
        return f"your own files ({path.name})", ""  # a path says where somebody lives

    name = path.resolve().name or "my-music"
    return _Supply(name_from(name), fill, path)


def _from_kaggle(handle: kaggle.Handle, config: DataConfig) -> _Supply:
    def fill(intake: Intake, progress: Progress) -> tuple[str, str]:
        fetched = kaggle.fetch(handle, config, progress)
        folder.fill_from_folder(fetched.folder, intake, progress)
        old = "; an earlier copy, since Kaggle could not be reached" if fetched.is_old_copy else ""
        return f"Kaggle: {fetched.handle}{old}", handle.licence

    return _Supply(name_from(handle.name), fill)


def _fill_with_chorales(intake: Intake, progress: Progress) -> tuple[str, str]:
    chorales.fill_with_chorales(intake, progress)
    return chorales.SOURCE, chorales.LICENCE


def _protect(target: Path, supply: _Supply) -> None:
    """Refuse to replace what a person made or gives as the source."""
    if is_handmade(target):
        raise UserError(
            f"{target} is a folder that was not imported, so it is not replaced.",
            "Choose another name, or use it as it is.",
        )
    if supply.path is None:
        return
    source, place = supply.path.resolve(), target.resolve()
    if place.is_relative_to(source) or source.is_relative_to(place):
        raise UserError(
            f"{supply.path} and the data set's own folder {target} lie in each other.",
            "Choose another name, or a source outside the workspace's data.",
        )


@contextmanager
def _room_on_disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
            raise
        raise UserError("The disk is full.", "Make room and import again.") from error


def _no_midi(source: str, intake: Intake) -> UserError:
    found = "; ".join(f"{count} × {reason}" for reason, count in intake.reasons.most_common(8))
    return UserError(
        f"There is no MIDI to take in '{printable(source)}'.",
        f"Found: {found}." if found else "It is empty. MIDI files end in .mid or .midi.",
    )
