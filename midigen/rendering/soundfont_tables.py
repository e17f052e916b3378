"""Opens SoundFont 2 files: finds the tables and the samples in them, without knowing their meaning.

Format: "SoundFont Technical Specification" 2.04, sections 4 to 7.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Table = npt.NDArray[np.void]


def _row(**columns: str) -> np.dtype[Any]:
    return np.dtype(list(columns.items()))


_BAG = _row(generator="<u2", modulator="<u2")
_GENERATOR = _row(number="<u2", amount="<i2")
_MODULATOR = _row(source="<u2", target="<u2", amount="<i2", amount_source="<u2", transform="<u2")
_ROWS = {
    "phdr": _row(name="S20", program="<u2", bank="<u2", bag="<u2", more="V12"),
    "pbag": _BAG,
    "pmod": _MODULATOR,
    "pgen": _GENERATOR,
    "inst": _row(name="S20", bag="<u2"),
    "ibag": _BAG,
    "imod": _MODULATOR,
    "igen": _GENERATOR,
    "shdr": _row(
        name="S20",
        start="<u4",
        end="<u4",
        loop_start="<u4",
        loop_end="<u4",
        rate_hz="<u4",
        key="u1",
        cents="i1",
        link="<u2",
        type="<u2",
    ),
}


@dataclass(frozen=True, eq=False)
class Tables:
    """The tables by the names that the specification gives them, and where the samples lie.

    The last row of `phdr`, `inst`, `ibag` and `pbag` only marks the end of the row before.
    """

    rows: dict[str, Table]
    samples_at: int
    samples_bytes: int


def read_tables(path: Path) -> Tables:
    """Read everything but the samples.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is no soundfont, or cut off.
    """
    rows: dict[str, Table] = {}
    samples_at = samples_bytes = 0
    with path.open("rb") as file:
        for name, offset, size in _chunks(file):
            if name == "smpl":
                samples_at, samples_bytes = offset, size
            elif name in _ROWS:
                file.seek(offset)
                n_rows = size // _ROWS[name].itemsize
                content = file.read(n_rows * _ROWS[name].itemsize)
                rows[name] = np.frombuffer(content, _ROWS[name], n_rows)
    missing = [name for name in _ROWS if name not in rows]
    if missing or not samples_bytes:
        raise ValueError(f"it lacks {', '.join(missing) or 'samples'}")
    return Tables(rows, samples_at, samples_bytes)


def _chunks(file: io.BufferedReader) -> Iterator[tuple[str, int, int]]:
    """Name, offset and size of every chunk, those inside LIST chunks as well."""
    header = file.read(12)
    if header[:4] != b"RIFF" or header[8:] != b"sfbk":
        raise ValueError("it is not a SoundFont 2 file")
    end = file.seek(0, io.SEEK_END)
    at = 12
    while at + 8 <= end:
        file.seek(at)
        name, size = struct.unpack("<4sI", file.read(8))
        if name == b"LIST":
            at += 12  # its content follows the name of the list
            continue
        if at + 8 + size > end:
            raise ValueError("it is cut off")
        yield name.decode("latin-1"), at + 8, size
        at += 8 + size
        # A zero follows a chunk of odd size, which some writers of .sf3 forget.
        file.seek(at)
        if size % 2 and file.read(1) == b"\0":
            at += 1
