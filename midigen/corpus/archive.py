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
from midigen.untrusted import MB, check_file

# Others (bzip2, LZMA) unpack a whole block at once, however large.
PLAIN_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
CHUNK_BYTES = 1 << 16
ALWAYS_BYTES = 20e6  # that a zip may unpack to, however small it is
MOST_ARCHIVE_BYTES = 100e9
MOST_DIRECTORY_BYTES = 32 * 10**6  # twice that of 200,000 files
_END_AND_COMMENT = 22 + 65_535 + 76  # the longest end of a zip

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
        n_bytes, room = 0, _room(path, intake.config)
        if sum(each.file_size for each in files) > room:  # what it states; it may be even more
            raise _too_large(path, intake.config)
        for done, entry in enumerate(files):
            progress(done, len(files), what)
            n_bytes += _offer(archive, entry, depth, intake)
            if n_bytes > room:
                raise _too_large(path, intake.config)
        progress(len(files), len(files), what)


@contextmanager
def open_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open a zip whose names all stay inside its folder.

    Raises:
        UserError: it cannot be read, or a name leads elsewhere.
    """
    try:
        check_file(path, MOST_ARCHIVE_BYTES)
    except UserError as error:
        raise UserError(f"Cannot read {path}: {error.what}.") from error
    try:
        _check_directory(path)
        archive = zipfile.ZipFile(path)
    except (*_DAMAGE, RecursionError, OverflowError) as error:
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
        if sum(each.file_size for each in archive.infolist()) > _room(path, config):
            raise _too_large(path, config)


def _room(path: Path, config: DataConfig) -> float:
    """How many bytes a zip may unpack to."""
    by_ratio = max(ALWAYS_BYTES, config.max_archive_ratio * path.stat().st_size)
    return min(config.max_archive_mb * MB, by_ratio)


def _check_directory(path: Path) -> None:
    """Refuse a list of contents that would take gigabytes to read.

    `zipfile` reads it whole, by its size at the end of the file and not by the count beside it.

    Raises:
        ValueError: it is longer than that of any honest zip.
    """
    with path.open("rb") as file:
        length = file.seek(0, 2)
        file.seek(max(0, length - _END_AND_COMMENT))
        tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if 0 <= at <= len(tail) - 22:
        (size,) = struct.unpack("<I", tail[at + 12 : at + 16])
        before = tail.rfind(b"PK\x06\x06", 0, at)  # of a zip of more than 4 GB or 65,535 entries
        if size == 0xFFFFFFFF and 0 <= before <= len(tail) - 56:
            (size,) = struct.unpack("<Q", tail[before + 40 : before + 48])
        if min(size, length) > MOST_DIRECTORY_BYTES:
            raise ValueError("the list of its contents is too long")


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
        f"{path.name} unpacks to more than {_room(path, config) / MB:.0f} MB.",
        "Raise data.max_archive_mb or data.max_archive_ratio if you trust it.",
    )
