"""Reads the MIDI files of a data set as token ids, in parallel, and keeps them on disk meanwhile.

What is read is written in shards of some hundred files, so that an interrupted reading goes on
where it was, and so that memory holds facts alone, never the tokens of a whole data set.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from midigen import atomic
from midigen.config import Config, DataConfig, PreprocessingConfig, TokenizerConfig
from midigen.errors import UserError
from midigen.isolated import map_isolated, n_cores
from midigen.music.key import estimate_key
from midigen.music.score import duration_s, n_bars, parse_file, transpose
from midigen.music.tokenizer import ScoreTokenizer
from midigen.progress import Progress

SHARD_FILES = 500
SECONDS_PER_FILE = 60.0
WHAT = "Reading MIDI"


@dataclass(frozen=True, slots=True)
class PieceFacts:
    """What is known of a piece beside its tokens; see `store.StoredPiece`."""

    n_notes: int
    n_bars: int
    duration_s: float
    key: str
    pitch_low: int
    pitch_high: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading one file gave.

    Attributes:
        file: path within the data set.
        refusal: why there is nothing of it; empty for a piece that can be used.
        n_tokens: from BOS to EOS.
        fingerprint: of the tokens; two pieces with the same one are the same music.
        facts: of a piece that can be used.
    """

    file: str
    refusal: str
    n_tokens: int = 0
    fingerprint: str = ""
    facts: PieceFacts | None = None


class Readings:
    """The readings of a data set.

    Args:
        folder: MIDI files at any depth.
        files: their paths within it.
        scratch: the folder for the shards.
        config: its sections data, tokenizer and preprocessing.
    """

    def __init__(self, folder: Path, files: Sequence[str], scratch: Path, config: Config) -> None:
        self._folder = folder
        self._files = files
        self._scratch = scratch
        self._config = config

    def read(self, progress: Progress) -> Iterator[Reading]:
        """Each file in its order; shards that an earlier, interrupted call wrote are not read anew.

        Args:
            progress: told of every file.
        """
        n_files = len(self._files)
        for start, shard in self._shards():
            progress(start, n_files, WHAT)
            if not shard.exists():
                _write_shard(shard, self._read_some(start, progress))
            with np.load(shard, allow_pickle=False) as content:
                yield from map(_from_row, json.loads(str(content["table"])))
        progress(n_files, n_files, WHAT)

    def ids(self, files: Container[str]) -> Iterator[tuple[str, np.ndarray]]:
        """The tokens of those of `files` that could be read, (T,) uint16 each, in their order."""
        for _, shard in self._shards():
            with np.load(shard, allow_pickle=False) as content:
                tokens, end = content["tokens"], 0
                for reading in map(_from_row, json.loads(str(content["table"]))):
                    end += reading.n_tokens
                    if reading.file in files:
                        yield reading.file, tokens[end - reading.n_tokens : end]

    def discard(self) -> None:
        """Delete the shards."""
        shutil.rmtree(self._scratch, ignore_errors=True)

    def _shards(self) -> Iterator[tuple[int, Path]]:
        for start in range(0, len(self._files), SHARD_FILES):
            yield start, self._scratch / f"{start:08d}.shard.npz"

    def _read_some(self, start: int, progress: Progress) -> list[tuple[Reading, np.ndarray]]:
        config, read = self._config, []
        tasks = [
            _Task(self._folder, name, config.data, config.tokenizer, config.preprocessing)
            for name in self._files[start : start + SHARD_FILES]
        ]
        n_workers = config.preprocessing.workers or n_cores()
        outcomes = map_isolated(_read, tasks, n_workers, SECONDS_PER_FILE, (__name__, "miditok"))
        for outcome in outcomes:
            nothing = (Reading(outcome.item.file, outcome.refusal), np.array([], dtype=np.uint16))
            read.append(outcome.result or nothing)
            progress(start + len(read), len(self._files), WHAT)
        return sorted(read, key=lambda each: each[0].file)


@dataclass(frozen=True)
class _Task:
    """One file to read, with all that a worker must know."""

    folder: Path
    file: str
    data: DataConfig
    tokenizer: TokenizerConfig
    preprocessing: PreprocessingConfig


def _read(task: _Task) -> tuple[Reading, np.ndarray]:
    """Read and spell one file, in a worker process."""
    score = parse_file(task.folder / task.file, task.data)
    limits = task.preprocessing
    key = estimate_key(score)
    if limits.key_handling == "normalise":
        score = transpose(score, key.semitones_to_natural)
    tokenizer = _tokenizer(task.tokenizer)
    ids = tokenizer.encode(score)
    notes = int(tokenizer.is_pitch[ids].sum())
    if not limits.min_notes <= notes <= limits.max_notes:
        raise UserError(
            f"it has {notes} notes; wanted are {limits.min_notes} to {limits.max_notes}"
        )
    pitches = tokenizer.midi_pitch[ids]
    pitches = pitches[pitches >= 0]
    facts = PieceFacts(
        n_notes=notes,
        n_bars=n_bars(score),
        duration_s=round(duration_s(score), 3),
        key=str(key),
        pitch_low=int(pitches.min(initial=127)),
        pitch_high=int(pitches.max(initial=0)),
    )
    fingerprint = hashlib.sha256(ids.tobytes()).hexdigest()
    return Reading(task.file, "", len(ids), fingerprint, facts), ids


@lru_cache(maxsize=4)
def _tokenizer(config: TokenizerConfig) -> ScoreTokenizer:
    return ScoreTokenizer(config)


def _write_shard(path: Path, read: Sequence[tuple[Reading, np.ndarray]]) -> None:
    table = json.dumps([_to_row(reading) for reading, _ in read])
    tokens = np.concatenate([ids for _, ids in read])
    with atomic.replacing(path) as draft, draft.open("wb") as file:
        np.savez(file, table=np.array(table), tokens=tokens)


def _to_row(reading: Reading) -> dict[str, Any]:
    """As `asdict` has it, which takes longer than all else that is done to keep a piece."""
    row = {name: getattr(reading, name) for name in Reading.__slots__}
    if reading.facts is not None:
        row["facts"] = {name: getattr(reading.facts, name) for name in PieceFacts.__slots__}
    return row


def _from_row(row: dict[str, Any]) -> Reading:
    facts = row.pop("facts")
    return Reading(**row, facts=PieceFacts(**facts) if facts else None)
