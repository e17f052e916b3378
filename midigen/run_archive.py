"""A run as a zip to take along, and such a zip as a run: models go from computer to computer.

What is packed is the model, what is known of it, the fingerprints by which its pieces are checked
for copies, and how it learned; the checkpoint and the music are not. What is unpacked is
distrusted: only known files are taken, bytes are counted, nothing is a pickle, and the model must
load before it gets its place.
"""

from __future__ import annotations

import json
import math
import re
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from midigen import atomic
from midigen.bundle import load_bundle
from midigen.corpus.archive import CHUNK_BYTES, PLAIN_METHODS, open_zip
from midigen.errors import UserError
from midigen.evaluation.copy_check import FINGERPRINTS, CopyIndex
from midigen.evaluation.profile import FILE as PROFILE
from midigen.evaluation.profile import read_profile
from midigen.model_folder import CARD, read_card, save_card
from midigen.runs import Run
from midigen.workspace import Workspace, name_from

MOST_FILES = 4000
MOST_WEIGHTS_BYTES = 2 * 10**9
MOST_FINGERPRINTS_BYTES = 400 * 10**6  # of a hundred million notes
MOST_BYTES = 50 * 10**6  # of any other file
# Of a run's files those that are told below here; the order is that of the zip.
_TAKEN = re.compile(
    r"config\.yaml|tokenizer\.json|card\.json|model\.safetensors|evaluation\.json|profile\.json"
    r"|fingerprints\.npz|usual_runs\.json"
    r"|metrics\.jsonl|train\.log|(examples|samples)/[A-Za-z0-9][A-Za-z0-9._-]{0,79}\.(mid|json)"
)
_WEIGHTS = "model.safetensors"
_HISTORY = "metrics.jsonl"
_FIELDS_OF_EVENTS: Mapping[str, tuple[str, ...]] = {  # the numbers that readers rely on
    "started": ("step", "total_steps", "unigram_nats", "fivegram_nats"),
    "planned": ("step", "total_steps"),
    "step": ("step", "loss", "learning_rate", "tokens_per_s", "eta_s"),
    "evaluated": ("step", "validation_loss", "bits_per_note"),
    "sampled": ("step",),
    "finished": ("step", "seconds", "validation_loss"),
    "failed": (),
}


def pack_run(run: Run, path: Path) -> None:
    """Write a run as a zip, all within one folder of its name.

    Raises:
        UserError: it has no model yet.
    """
    if not run.has_model():
        raise UserError(f"'{run.name}' has no model yet.", "Wait for its first evaluation.")
    with (
        atomic.replacing(path) as draft,
        zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
    ):
        for inside in parts(run):
            archive.write(run.folder / inside, f"{run.name}/{inside}")


def unpack_run(path: Path, workspace: Workspace, name: str = "") -> Run:
    """Make a run of a zip that `pack_run` wrote, whoever sent it.

    Args:
        path: the zip.
        workspace: where it goes.
        name: what to call it; nothing takes that of its folder. A taken one gets a number.

    Raises:
        UserError: it is no such zip, tries to escape its folder, is too large, or its model cannot
            be loaded.
    """
    with open_zip(path) as archive, draft_folder(workspace.models) as draft:
        top, entries = _entries(archive, path)
        for inside, entry in entries.items():
            _unpack(archive, entry, draft / inside)
        return take_in(draft, workspace, name or top or path.stem)


def parts(run: Run) -> list[str]:
    """The files of a run that are taken along, as paths within it."""
    files = [each for each in run.folder.rglob("*") if each.is_file() and not each.is_symlink()]
    inside = sorted(each.relative_to(run.folder).as_posix() for each in files)
    return [each for each in inside if is_part(each)]


def is_part(inside: str) -> bool:
    """Whether a file of this name belongs to a model or its history; no pickle does."""
    return _TAKEN.fullmatch(inside) is not None


def check_size(inside: str, n_bytes: int, source: str) -> None:
    """Refuse a part that is larger than a model's would be.

    Raises:
        UserError: it is.
    """
    limits = {_WEIGHTS: MOST_WEIGHTS_BYTES, FINGERPRINTS: MOST_FINGERPRINTS_BYTES}
    if n_bytes > limits.get(inside, MOST_BYTES):
        raise UserError(f"{inside} in {source} is larger than a model's would be.")


def take_in(draft: Path, workspace: Workspace, name: str) -> Run:
    """Make a run of files of unknown origin, which lie in a `draft_folder`.

    Args:
        draft: the folder; nothing but parts of a model is in it.
        workspace: where it goes.
        name: what to call it, as far as that can be a name; a taken one gets a number.

    Raises:
        UserError: the model cannot be loaded.
    """
    load_bundle(draft).network()
    _check_comparisons(draft)
    _check_card(draft)
    _check_history(draft / _HISTORY)
    return _placed(draft, workspace, name_from(name))


@contextmanager
def draft_folder(models: Path) -> Iterator[Path]:
    """A folder that no list of runs shows; it goes where it was not given a name."""
    models.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".import-", dir=models))
    try:
        yield draft
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _entries(
    archive: zipfile.ZipFile, path: Path
) -> tuple[str, Mapping[PurePosixPath, zipfile.ZipInfo]]:
    """The folder that the zip holds, if any, and the files of a run in it."""
    files = [each for each in archive.infolist() if not each.is_dir()]
    if len(files) > MOST_FILES:
        raise UserError(f"{path.name} holds more than {MOST_FILES:,} files.", "It is no model.")
    named = {PurePosixPath(each.filename.replace("\\", "/")): each for each in files}
    tops = {each.parent for each in named if each.name == _WEIGHTS}
    if len(tops) != 1:
        found = "no model" if not tops else "several models"
        raise UserError(f"There is {found} in {path.name}.", "A model's zip holds one.")
    top = tops.pop()
    inside = {
        each.relative_to(top): entry for each, entry in named.items() if each.is_relative_to(top)
    }
    taken = {each: entry for each, entry in inside.items() if is_part(str(each))}
    for each, entry in taken.items():
        check_size(str(each), entry.file_size, path.name)
        if entry.flag_bits & 1 or entry.compress_type not in PLAIN_METHODS:
            raise UserError(f"{path.name} is packed in an unusual way.", "Pack it again.")
    return top.name, taken


def _unpack(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path) -> None:
    """Write one file; `zipfile` never reads more of it than was judged before."""
    target.parent.mkdir(exist_ok=True)
    try:
        with archive.open(entry) as source, target.open("wb") as file:
            shutil.copyfileobj(source, file, CHUNK_BYTES)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError) as error:
        raise UserError(f"{target.name} is damaged in the zip.", "Pack it again.") from error


def _check_comparisons(folder: Path) -> None:
    """Keep what pieces are compared with as far as it can be read.

    A model composes without it; its pieces are then said to be unchecked, which is true.
    """
    fingerprints, profile = folder / FINGERPRINTS, folder / PROFILE
    try:
        if fingerprints.exists():
            CopyIndex.load(fingerprints)
    except UserError:
        fingerprints.unlink()
    try:
        if profile.exists():
            read_profile(profile)
    except ValueError:
        profile.unlink()


def _check_card(folder: Path) -> None:
    """Keep of a card what is as it should be: the whole page relies on it."""
    if not (folder / CARD).exists():
        return
    save_card(folder, read_card(folder))


def _check_history(file: Path) -> None:
    """Keep of a history what is as it should be."""
    if not file.exists():
        return
    kept = []
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict) and _is_event(event):
            kept.append(event)
    atomic.write_text(file, "".join(json.dumps(event) + "\n" for event in kept))


def _is_event(event: Mapping[str, Any]) -> bool:
    needed = _FIELDS_OF_EVENTS.get(str(event.get("type")))
    return needed is not None and all(_is_number(event.get(each)) for each in needed)


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value)


def _placed(draft: Path, workspace: Workspace, wanted: str) -> Run:
    """Give a checked draft its place among the runs, under a name that is free."""
    for n in range(1, MOST_FILES):
        name = wanted if n == 1 else f"{wanted[:74]}-{n}"
        target = workspace.run_folder(name)
        if target.exists() or workspace.ships(name):
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        draft.chmod(0o755)  # a temporary folder is its owner's alone
        draft.rename(target)
        if card := read_card(target):
            save_card(target, {**card, "name": name})
        return Run(target)
    raise UserError(f"Every name like '{wanted}' is taken.", "Give it another one.")
