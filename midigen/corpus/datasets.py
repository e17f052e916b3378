"""The data sets of a workspace: one folder of MIDI each, with a note of where it came from.

A folder that somebody just puts under `data/midi/` is a data set too; it only has no note.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from midigen.errors import UserError
from midigen.workspace import Workspace

MIDI_SUFFIXES = (".mid", ".midi")
NOTE_FILE = "dataset.json"
PUT_THERE_BY_HAND = "put there by hand"


@dataclass(frozen=True)
class LeftOut:
    """A file that was found but not taken, and why."""

    file: str
    reason: str


@dataclass(frozen=True)
class Dataset:
    """A folder of MIDI files, with sub-folders as in the source.

    Attributes:
        name: the folder's name, by which people choose it.
        folder: where the files are.
        source: where they came from, for people.
        n_files: how many MIDI files it holds.
        reasons: for each reason why files were not taken, how many.
        left_out: the first of those files by name; at most `intake.MAX_LISTED`.
        imported_at: seconds since 1970.
        licence: what is known of the terms of use; may be empty.
    """

    name: str
    folder: Path
    source: str
    n_files: int
    reasons: Mapping[str, int] = field(default_factory=dict)
    left_out: tuple[LeftOut, ...] = ()
    imported_at: float = 0.0
    licence: str = ""

    @property
    def n_left_out(self) -> int:
        return sum(self.reasons.values())


def list_datasets(workspace: Workspace) -> list[Dataset]:
    """All data sets, by name; folders that begin with a dot are drafts."""
    folders = sorted(_folders(workspace), key=lambda each: each.name.casefold())
    return [_read(each) for each in folders]


def find_dataset(workspace: Workspace, name: str) -> Dataset:
    """The data set of this name; one that was put there by hand may have any name.

    Raises:
        UserError: there is none.
    """
    folders = {each.name: each for each in _folders(workspace)}
    if name in folders:
        return _read(folders[name])
    names = sorted(folders, key=str.casefold)
    known = f"There are: {', '.join(names)}." if names else "There is none yet; import one."
    raise UserError(f"No data set named '{name}' in {workspace.midi}.", known)


def delete_dataset(workspace: Workspace, name: str) -> None:
    """Delete the folder of a data set; of a link, only the link.

    Raises:
        UserError: there is no such data set.
    """
    folder = find_dataset(workspace, name).folder
    if folder.is_symlink():
        folder.unlink()
    else:
        shutil.rmtree(folder)


def save_note(dataset: Dataset, folder: Path) -> None:
    """Write into `folder` what the files themselves do not say."""
    note = {
        "source": dataset.source,
        "n_files": dataset.n_files,
        "reasons": dict(dataset.reasons),
        "left_out": [{"file": each.file, "reason": each.reason} for each in dataset.left_out],
        "imported_at": dataset.imported_at,
        "licence": dataset.licence,
    }
    text = json.dumps(note, indent=2, ensure_ascii=False) + "\n"
    (folder / NOTE_FILE).write_text(text, encoding="utf-8")


def is_handmade(folder: Path) -> bool:
    """Whether a folder holds something that no import put there."""
    return folder.is_dir() and not (folder / NOTE_FILE).exists() and any(folder.iterdir())


def _folders(workspace: Workspace) -> list[Path]:
    if not workspace.midi.is_dir():
        return []
    found = workspace.midi.iterdir()
    return [each for each in found if each.is_dir() and not each.name.startswith(".")]


def _read(folder: Path) -> Dataset:
    try:
        note = json.loads((folder / NOTE_FILE).read_text(encoding="utf-8"))
        return _from_note(folder, note)
    except FileNotFoundError:
        return _derive(folder, PUT_THERE_BY_HAND)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return _derive(folder, f"unknown: its {NOTE_FILE} is damaged")


def _from_note(folder: Path, note: Any) -> Dataset:
    return Dataset(
        name=folder.name,
        folder=folder,
        source=str(note["source"]),
        n_files=int(note["n_files"]),
        reasons={str(reason): int(count) for reason, count in note["reasons"].items()},
        left_out=tuple(
            LeftOut(str(each["file"]), str(each["reason"])) for each in note["left_out"]
        ),
        imported_at=float(note["imported_at"]),
        licence=str(note["licence"]),
    )


def _derive(folder: Path, source: str) -> Dataset:
    return Dataset(
        name=folder.name,
        folder=folder,
        source=source,
        n_files=_count_midi(folder),
        imported_at=folder.stat().st_mtime,
    )


def _count_midi(folder: Path) -> int:
    return sum(
        name.lower().endswith(MIDI_SUFFIXES) for _, _, names in os.walk(folder) for name in names
    )
