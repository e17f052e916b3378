"""A prepared data set on disk: all tokens in one file, and a table of where each piece lies.

data/tokens/<data set>-<key>/
  tokens.bin      uint16, piece after piece, each from BOS to EOS
  pieces.json     offset, length, split, … of every piece
  report.json     what became of every file, the left out ones with the reason
  tokenizer.json  the alphabet
  survey.json     what the kept pieces are like, see survey.py

Where too little of a data set can be used there is the report alone.
"""

from __future__ import annotations

import functools
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np

from midigen import atomic
from midigen.config import Split
from midigen.errors import UserError
from midigen.music.tokenizer import ScoreTokenizer

SAME_MUSIC = "it is the same music as "


@dataclass(frozen=True, slots=True)
class StoredPiece:
    """One piece of a store.

    Attributes:
        file: path within the data set.
        split: which part it belongs to.
        offset, length: its place in `tokens.bin`, in tokens.
        n_notes, n_bars, duration_s: its size.
        key: the key it was found to be in, before any transposition.
        pitch_low, pitch_high: its range as stored, in MIDI pitches.
        style: the folder that it lies in, also where there is too little of it to be learned apart.
    """

    file: str
    split: Split
    offset: int
    length: int
    n_notes: int
    n_bars: int
    duration_s: float
    key: str
    pitch_low: int
    pitch_high: int
    style: str = ""


@dataclass(frozen=True, slots=True)
class FileReport:
    """What became of one file.

    Attributes:
        file: path within the data set.
        kept: whether it is in the store.
        reason: why not; empty for a kept file.
        split, n_notes, n_tokens, duration_s: of a kept file.
    """

    file: str
    kept: bool
    reason: str = ""
    split: str = ""
    n_notes: int = 0
    n_tokens: int = 0
    duration_s: float = 0.0

    @property
    def double_of(self) -> str:
        """The file that holds the same music; nothing for one that was left out otherwise."""
        return self.reason.removeprefix(SAME_MUSIC) if self.reason.startswith(SAME_MUSIC) else ""


@dataclass(frozen=True)
class CorpusReport:
    """What became of every file of a data set."""

    files: tuple[FileReport, ...]

    @property
    def kept(self) -> tuple[FileReport, ...]:
        return tuple(each for each in self.files if each.kept)

    @property
    def left_out(self) -> tuple[FileReport, ...]:
        return tuple(each for each in self.files if not each.kept)

    @property
    def doubles(self) -> tuple[FileReport, ...]:
        return tuple(each for each in self.files if each.double_of)

    @property
    def is_enough(self) -> bool:
        """Whether there is something to learn from and something to judge by."""
        return bool(self.count("train") and self.count("validation"))

    def total(self, what: Literal["n_notes", "n_tokens", "duration_s"]) -> float:
        return float(sum(getattr(each, what) for each in self.kept))

    def count(self, split: Split) -> int:
        return sum(each.split == split for each in self.kept)

    def reasons(self) -> list[tuple[str, int]]:
        """Why files were left out, the most frequent reason first."""
        return Counter(each.reason for each in self.left_out).most_common()

    def summary(self) -> str:
        """One line for people."""
        text = (
            f"{len(self.kept)} of {len(self.files)} files kept: "
            f"{self.total('n_notes'):,.0f} notes, {self.total('n_tokens'):,.0f} tokens, "
            f"{self.total('duration_s') / 3600:.1f} hours; "
            f"{self.count('train')} to train, {self.count('validation')} to validate"
        )
        return text + (f", {self.count('test')} to test." if self.count("test") else ".")


@dataclass(frozen=True)
class TokenStore:
    """A store on disk, opened for reading."""

    folder: Path
    pieces: tuple[StoredPiece, ...]
    tokenizer: ScoreTokenizer
    key_handling: str

    @cached_property
    def tokens(self) -> np.ndarray:
        """All tokens, (N,) uint16, memory-mapped: read only what is used."""
        return np.memmap(self.folder / "tokens.bin", dtype=np.uint16, mode="r")

    def of(self, split: Split) -> list[StoredPiece]:
        return [piece for piece in self.pieces if piece.split == split]

    def ids(self, piece: StoredPiece) -> np.ndarray:
        """The ids of a piece from BOS to EOS, (T,) uint16."""
        return self.tokens[piece.offset : piece.offset + piece.length]

    def report(self) -> CorpusReport:
        return read_report(self.folder)


def open_store(folder: Path) -> TokenStore:
    """Open a prepared data set.

    Raises:
        UserError: it is missing or damaged.
    """
    try:
        content = json.loads((folder / "pieces.json").read_text(encoding="utf-8"))
        pieces = tuple(StoredPiece(**each) for each in content["pieces"])
        expected = 2 * sum(piece.length for piece in pieces)
        actual = (folder / "tokens.bin").stat().st_size
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"The token store {folder} is damaged ({error}).", "Delete it; it is made anew."
        ) from error
    if actual != expected:
        raise UserError(
            f"The token store {folder} holds {actual} bytes instead of {expected}.",
            "Delete it; it is made anew.",
        )
    tokenizer = ScoreTokenizer.load(folder / "tokenizer.json")
    return TokenStore(folder, pieces, tokenizer, content["key_handling"])


def write_store(
    folder: Path,
    pieces: Sequence[StoredPiece],
    ids: Iterable[np.ndarray],
    tokenizer: ScoreTokenizer,
    key_handling: str,
    report: CorpusReport,
) -> None:
    """Write a store, whole or not at all.

    Args:
        folder: where it shall lie.
        pieces: the table, in the order of `ids`.
        ids: the tokens of each piece, (T,) uint16; they are written as they come.
        tokenizer: the alphabet of the ids.
        key_handling: how keys were treated (`preprocessing.key_handling`).
        report: what became of every file.
    """
    with atomic.replacing_folder(folder) as draft:
        with (draft / "tokens.bin").open("wb") as tokens:
            tokens.writelines(each.astype(np.uint16).tobytes() for each in ids)
        tokenizer.save(draft / "tokenizer.json")
        _write_report(draft, report)
        rows = _json_rows(pieces)
        path = draft / "pieces.json"
        with atomic.replacing(path) as part, part.open("w", encoding="utf-8") as file:
            file.write(f'{{"key_handling": {json.dumps(key_handling)}, "pieces": ')
            file.writelines(rows)
            file.write("}\n")


def write_report(folder: Path, report: CorpusReport) -> None:
    """Write the report alone, where there is too little for a store."""
    with atomic.replacing_folder(folder) as draft:
        _write_report(draft, report)


def read_report(folder: Path) -> CorpusReport:
    """Read the report of a store; the page asks for those of all sets whenever one changes."""
    path = folder / "report.json"
    return _read_report(path, path.stat().st_mtime_ns)


@functools.lru_cache(maxsize=8)
def _read_report(path: Path, _written_at: int) -> CorpusReport:
    content = json.loads(path.read_text(encoding="utf-8"))
    return CorpusReport(tuple(FileReport(**each) for each in content))


def _write_report(folder: Path, report: CorpusReport) -> None:
    path = folder / "report.json"
    with atomic.replacing(path) as part, part.open("w", encoding="utf-8") as file:
        file.writelines(_json_rows(report.files))


def _json_rows(rows: Iterable[StoredPiece | FileReport]) -> Iterator[str]:
    """A JSON list, a row on a line, without ever holding all of its text."""
    yield "["
    for i, row in enumerate(rows):
        yield ",\n" if i else "\n"
        fields = {name: getattr(row, name) for name in row.__slots__}
        yield json.dumps(fields, ensure_ascii=False)
    yield "\n]"
