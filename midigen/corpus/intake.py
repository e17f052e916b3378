"""The gate of a data set: looks at each file, gives it a safe name, counts what stays outside.

Only name, size and the first bytes are judged here; whether the music inside can be read is found
out when the set is prepared.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath

from midigen.config import DataConfig
from midigen.corpus.datasets import MIDI_SUFFIXES, LeftOut
from midigen.errors import UserError
from midigen.untrusted import MB

MAX_LISTED = 500
MAX_REASONS = 40
MAX_DEPTH = 12
MAX_NAME_BYTES = 120  # systems allow 255 in a name, some 260 characters in a whole path
NESTED_ARCHIVES = (".zip", ".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz")
CLUTTER = ("__macosx", "thumbs.db", "desktop.ini")

_RESERVED_ON_WINDOWS = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


class Intake:
    """Takes MIDI files into a draft folder, one by one.

    Args:
        folder: the empty draft.
        config: the limits.
        judge: looks into a file and gives what is to be written, or refuses it with a `UserError`;
            without one files are written as they are.

    Attributes:
        n_files: how many were taken.
        reasons: for each reason, how many files were not.
        left_out: the first of them by name.
    """

    def __init__(
        self, folder: Path, config: DataConfig, judge: Callable[[bytes], bytes] | None = None
    ) -> None:
        self.config = config
        self._judge = judge
        self.n_files = 0
        self.reasons: Counter[str] = Counter()
        self.left_out: list[LeftOut] = []
        self._folder = folder
        self._names: set[str] = set()
        self._namesakes: Counter[str] = Counter()

    @property
    def max_file_bytes(self) -> int:
        return int(self.config.max_file_mb * MB)

    def take(self, file: str, parts: tuple[str, ...], content: bytes) -> None:
        """Write a file if it passes, else leave it out.

        Args:
            file: its name in the source, for people.
            parts: the folders below the data set and the file name; need not be safe.
            content: its bytes, or at least one more than allowed.
        """
        reason = self._objection(parts, content)
        if reason:
            self.leave_out(file, reason)
            return
        if self._judge is not None:
            try:
                content = self._judge(content)
            except UserError as refusal:
                self.leave_out(file, str(refusal))
                return
        path = self._folder / self._free_name(parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        self.n_files += 1

    def leave_out(self, file: str, reason: str) -> None:
        """Count a file that is not taken."""
        known = reason in self.reasons or len(self.reasons) < MAX_REASONS
        self.reasons[reason if known else "something else"] += 1
        if len(self.left_out) < MAX_LISTED:
            self.left_out.append(LeftOut(printable(file), reason))

    def check_count(self, n_files: int, source: str) -> None:
        """Refuse a source with too many files before the first is read.

        Raises:
            UserError: it holds more than `data.max_files`.
        """
        if n_files > self.config.max_files:
            raise UserError(
                f"{source} holds {n_files} MIDI files; the limit is {self.config.max_files}.",
                "Raise data.max_files or split it.",
            )

    def too_large(self) -> str:
        return f"larger than {self.config.max_file_mb:g} MB (data.max_file_mb)"

    def _objection(self, parts: tuple[str, ...], content: bytes) -> str:
        if len(parts) > MAX_DEPTH:
            return f"lies more than {MAX_DEPTH} folders deep"
        if len(content) > self.max_file_bytes:
            return self.too_large()
        if not content:
            return "empty"
        if content[:4] == b"RIFF" and content[8:12] == b"RMID":
            return "MIDI wrapped in RIFF, which cannot be read; save it as a plain MIDI file"
        return "" if content[:4] == b"MThd" else "no MIDI inside, whatever its name says"

    def _free_name(self, parts: tuple[str, ...]) -> PurePosixPath:
        """A safe path that no other file has, also where upper and lower case are the same."""
        folder = PurePosixPath(*(safe_folder_name(each) for each in parts[:-1]))
        name = PurePosixPath(safe_name(parts[-1]))
        free = wanted = folder / name
        while str(free).casefold() in self._names:
            self._namesakes[str(wanted).casefold()] += 1  # so that none is tried twice
            count = self._namesakes[str(wanted).casefold()] + 1
            free = folder / f"{name.stem}-{count}{name.suffix}"
        self._names.add(str(free).casefold())
        return free


def is_midi_name(name: str) -> bool:
    return name.lower().endswith(MIDI_SUFFIXES)


def is_clutter(parts: Iterable[str]) -> bool:
    """Whether a path is hidden or something that systems leave behind; not worth counting."""
    return any(each.startswith(".") or each.lower() in CLUTTER for each in parts)


def kind_of(name: str) -> str:
    """Why a file is not even looked at: `not a MIDI file (.txt)`."""
    suffix = PurePosixPath(name).suffix.lower()
    if suffix in NESTED_ARCHIVES:
        return f"an archive inside ({suffix}); unpack it and import it by itself"
    ending = printable(suffix) if 1 < len(suffix) <= 10 else "no known ending"
    return f"not a MIDI file ({ending})"


def wrapper_depth(paths: Iterable[tuple[str, ...]]) -> int:
    """How many folders on top hold nothing but one folder with folders in it.

    Packing `music/` gives `music/bach/1.mid`, `music/chopin/2.mid`; what counts is inside `music`.
    A lone `bach/1.mid` stays: its folder says something.
    """
    folders = [path[:-1] for path in paths]
    depth = 0
    while folders and all(len(each) > depth + 1 for each in folders):
        if len({each[depth] for each in folders}) > 1:
            break
        depth += 1
    return depth


def safe_folder_name(name: str) -> str:
    """As `safe_name`; never ends like a MIDI file, so that no file can have the same name."""
    safe = safe_name(name)
    return f"{safe}_" if is_midi_name(safe) else safe


def safe_name(name: str) -> str:
    """The nearest name that every system allows; letters of all scripts stay."""
    name = unicodedata.normalize("NFC", name)
    name = "".join(each if each.isalnum() or each in " ._-()+,'&!#=@" else "_" for each in name)
    name = name.strip(" .") or "_"
    if _RESERVED_ON_WINDOWS.fullmatch(name):
        name = f"_{name}"
    path = PurePosixPath(name)
    room = MAX_NAME_BYTES - len(path.suffix.encode())
    if room < 20:
        return _shortened(name, MAX_NAME_BYTES)
    return _shortened(path.stem, room) + path.suffix


def printable(text: str) -> str:
    """The text with characters escaped that no file or page can hold, at a length for people."""
    text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    text = "".join(each if each.isprintable() else "�" for each in text)
    return text if len(text) <= 200 else f"{text[:120]}…{text[-60:]}"


def _shortened(text: str, n_bytes: int) -> str:
    return text.encode()[:n_bytes].decode("utf-8", "ignore").rstrip(" .") or "_"
