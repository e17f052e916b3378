"""Takes MIDI out of a zip of unknown origin without trusting a word of what it says.

A zip can name paths outside its folder, hide links, lie about sizes and unpack to far more than a
disk holds. Nothing is extracted by the library: names are judged first, and bytes are counted while
they are read.
"""

from __future__ import annotations

import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from midigen.config import DataConfig
from midigen.corpus.intake import (
    Intake,
    is_clutter,
    is_midi_name,
    kind_of,
    printable,
    wrapper_depth,
)
from midigen.errors import UserError
from midigen.progress import Progress

# Others (bzip2, LZMA) unpack a whole block at once, however large.
PLAIN_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
CHUNK_BYTES = 1 << 16

_DRIVE = re.compile(r"[A-Za-z]:")
# What `zipfile` raises on damaged content; RuntimeError for a password, which is asked for late.
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, struct.error, ValueError, NotImplementedError)


def fill_from_zip(path: Path, intake: Intake, progress: Progress) -> None:
    """Offer every file of a zip to the intake.

    Raises:
        UserError: it is no zip, tries to escape its folder, or holds more than allowed.
    """
    what = f"Unpacking {path.name}"
    progress(0, None, what)
    with open_zip(path) as archive:
        files = [each for each in archive.infolist() if _may_enter(each, intake)]
        intake.check_count(len(files), path.name)
        depth = wrapper_depth(_parts(each) for each in files)
        room = int(intake.config.max_archive_mb * 1e6)
        for done, entry in enumerate(files):
            progress(done, len(files), what)
            room -= _offer(archive, entry, depth, intake)
            if room < 0:
                raise _too_large(path, intake.config)
        progress(len(files), len(files), what)


@contextmanager
def open_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open a zip whose names all stay inside its folder.

    Raises:
        UserError: it cannot be read, or a name leads elsewhere.
    """
    try:
        archive = zipfile.ZipFile(path)
    except _DAMAGE as error:
        raise UserError(
            f"{path.name} is no zip, or a damaged one.", "Pack it again, or give its folder."
        ) from error
    except OSError as error:
        raise UserError(f"Cannot read {path}: {error.strerror}.") from error
    with archive:
        for entry in archive.infolist():
            _refuse_escape(entry, path)
        yield archive


def check_unpacked_size(path: Path, config: DataConfig) -> None:
    """Refuse a zip that somebody else will extract whole.

    The sizes that it states can be believed here: `zipfile` never writes more of an entry than it
    states.

    Raises:
        UserError: as `open_zip`, or it would unpack to more than `data.max_archive_mb`.
    """
    with open_zip(path) as archive:
        if sum(each.file_size for each in archive.infolist()) > config.max_archive_mb * 1e6:
            raise _too_large(path, config)


def _refuse_escape(entry: zipfile.ZipInfo, path: Path) -> None:
    name = entry.orig_filename.replace("\\", "/")
    is_link = stat.S_ISLNK(entry.external_attr >> 16)
    escapes = name.startswith("/") or ".." in name.split("/") or _DRIVE.match(name)
    if is_link or escapes or "\0" in name:
        kind = "a link" if is_link else "a path that leads out of it"
        raise UserError(
            f"A zip that escapes its folder: '{printable(entry.orig_filename)}' in {path.name} is "
            f"{kind}.",
            "Nothing was unpacked. Do not use this zip unless you know who made it.",
        )


def _may_enter(entry: zipfile.ZipInfo, intake: Intake) -> bool:
    parts = _parts(entry)
    if entry.is_dir() or not parts or is_clutter(parts):
        return False
    file_type = stat.S_IFMT(entry.external_attr >> 16)
    reason = ""
    if not is_midi_name(parts[-1]):
        reason = kind_of(parts[-1])
    elif file_type not in (0, stat.S_IFREG):
        reason = "not a regular file"
    elif entry.flag_bits & 1:
        reason = "locked with a password; unpack it yourself and give the folder"
    elif entry.compress_type not in PLAIN_METHODS:
        reason = "packed by an unusual method; pack it again as an ordinary zip"
    elif entry.file_size > intake.max_file_bytes:
        reason = intake.too_large()
    if reason:
        intake.leave_out(entry.filename, reason)
    return not reason


def _parts(entry: zipfile.ZipInfo) -> tuple[str, ...]:
    names = entry.filename.replace("\\", "/").split("/")
    return tuple(each for each in names if each not in ("", "."))


def _offer(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, depth: int, intake: Intake) -> int:
    """Offer one entry; return how many bytes it really unpacked to."""
    content = bytearray()
    try:
        with archive.open(entry) as file:
            while len(content) <= intake.max_file_bytes and (chunk := file.read(CHUNK_BYTES)):
                content += chunk
    except (*_DAMAGE, RuntimeError, OSError):
        intake.leave_out(entry.filename, "damaged in the archive")
    else:
        intake.take(entry.filename, _parts(entry)[depth:], bytes(content))
    return len(content)


def _too_large(path: Path, config: DataConfig) -> UserError:
    return UserError(
        f"{path.name} unpacks to more than {config.max_archive_mb:g} MB.",
        "Raise data.max_archive_mb if you trust it.",
    )
