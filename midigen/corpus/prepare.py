"""Turns a folder of MIDI files into a token store, and says of every file what became of it."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import random
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from midigen import atomic
from midigen.config import Config, DataConfig, PreprocessingConfig, Split, TokenizerConfig
from midigen.corpus.datasets import MIDI_SUFFIXES
from midigen.corpus.store import (
    SAME_MUSIC,
    CorpusReport,
    FileReport,
    StoredPiece,
    TokenStore,
    open_store,
    write_report,
    write_store,
)
from midigen.corpus.styles import folder_styles, with_styles
from midigen.errors import UserError
from midigen.isolated import map_isolated, n_cores
from midigen.music.key import estimate_key
from midigen.music.score import duration_s, n_bars, parse_file, transpose
from midigen.music.tokenizer import SPELLING, ScoreTokenizer
from midigen.progress import Progress, silent

SHARD_FILES = 500
SECONDS_PER_FILE = 60.0


@dataclass(frozen=True)
class _Task:
    """One file to read, with all that a worker must know."""

    folder: Path
    file: str
    data: DataConfig
    tokenizer: TokenizerConfig
    preprocessing: PreprocessingConfig


@dataclass(frozen=True)
class _Reading:
    """What reading one file gave: tokens and facts, or the reason why not."""

    file: str
    refusal: str
    ids: np.ndarray
    facts: Mapping[str, Any]

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(self.ids.tobytes()).hexdigest()


def midi_files(folder: Path) -> list[str]:
    """Paths of the MIDI files below a folder, relative to it, sorted; any depth, any case."""
    found = (
        Path(base, name)
        for base, _, names in os.walk(folder)
        for name in names
        if name.lower().endswith(MIDI_SUFFIXES) and not name.startswith(".")
    )
    return sorted(each.relative_to(folder).as_posix() for each in found)


def store_folder(tokens: Path, dataset: str, folder: Path, config: Config) -> Path:
    """Where the store of this data set with these settings lies; new files give a new place."""
    settings = [asdict(config.tokenizer), asdict(config.preprocessing), asdict(config.data)]
    for section in settings:
        for irrelevant in ("workers", "dataset"):
            section.pop(irrelevant, None)
    files = [(file, (folder / file).stat()) for file in midi_files(folder)]
    state = [(file, stat.st_size, stat.st_mtime_ns) for file, stat in files]
    split = config.preprocessing.split_csv
    table = Path(split).read_text(encoding="utf-8") if split and Path(split).is_file() else ""
    read_as = [settings, state, table, SPELLING]
    key = hashlib.sha256(json.dumps(read_as).encode()).hexdigest()[:10]
    return tokens / f"{dataset}-{key}"


def prepare(
    folder: Path, destination: Path, config: Config, progress: Progress = silent
) -> TokenStore:
    """Read, spell and split a data set; open it where that is done already.

    Files are read in parallel. What is read stays beside `destination` until all is done, so that
    an interrupted preparation goes on where it was.

    Args:
        folder: MIDI files at any depth.
        destination: where the store shall lie; see `store_folder`.
        config: its sections data, tokenizer and preprocessing.
        progress: told of every file.

    Raises:
        UserError: no file can be used, or too few to hold some out for validation; what became of
            the files is in `destination` all the same.
    """
    if (destination / "pieces.json").exists():
        return open_store(destination)
    files = midi_files(folder)
    if not files:
        raise UserError(
            f"There are no MIDI files in {folder}.", "Files must end in .mid or .midi, in any case."
        )
    if len(files) > config.data.max_files:
        raise UserError(
            f"There are {len(files)} files in {folder}; the limit is {config.data.max_files}.",
            "Raise data.max_files.",
        )
    scratch = destination.with_name(f".reading-{destination.name}")
    readings = list(_read_all(folder, files, scratch, config, progress))
    refusals = {each.file: each.refusal for each in readings if each.refusal}
    refusals |= _doubles(each for each in readings if each.file not in refusals)
    usable = [each for each in readings if each.file not in refusals]
    splits = _split([each.file for each in usable], config.preprocessing)
    refusals |= {
        each.file: "the split table does not name it" for each in usable if each.file not in splits
    }
    usable = [each for each in usable if each.file in splits]
    report = CorpusReport(tuple(_report(each, splits, refusals) for each in readings))
    if not report.is_enough:
        write_report(destination, report)
        shutil.rmtree(scratch, ignore_errors=True)
        raise _too_little(report)
    styles = folder_styles([each.file for each in usable])
    tokenizer = ScoreTokenizer(with_styles(config.tokenizer, styles, splits))
    write_store(
        destination,
        _lay_out(usable, splits, styles),
        [tokenizer.in_style(each.ids, styles[each.file]) for each in usable],
        tokenizer,
        config.preprocessing.key_handling,
        report,
    )
    shutil.rmtree(scratch, ignore_errors=True)
    return open_store(destination)


def _read_all(
    folder: Path, files: Sequence[str], scratch: Path, config: Config, progress: Progress
) -> Iterator[_Reading]:
    """Read in shards; a shard that an earlier, interrupted call has written is taken from disk."""
    for start in range(0, len(files), SHARD_FILES):
        progress(start, len(files), "Reading MIDI")
        names = files[start : start + SHARD_FILES]
        shard = scratch / f"{start:08d}.npz"
        if not shard.exists():
            tasks = [
                _Task(folder, name, config.data, config.tokenizer, config.preprocessing)
                for name in names
            ]
            _save_shard(shard, _read_some(tasks, config, start, len(files), progress))
        yield from _load_shard(shard)
    progress(len(files), len(files), "Reading MIDI")


def _read_some(
    tasks: Sequence[_Task], config: Config, before: int, total: int, progress: Progress
) -> list[_Reading]:
    readings = []
    n_workers = config.preprocessing.workers or n_cores()
    nothing = np.array([], dtype=np.uint16)
    for outcome in map_isolated(
        _read, tasks, n_workers, SECONDS_PER_FILE, preload=("midigen.corpus.prepare", "miditok")
    ):
        file = outcome.item.file
        readings.append(outcome.result or _Reading(file, outcome.refusal, nothing, {}))
        progress(before + len(readings), total, "Reading MIDI")
    return sorted(readings, key=lambda each: each.file)


def _read(task: _Task) -> _Reading:
    """Read and spell one file, in a worker process."""
    score = parse_file(task.folder / task.file, task.data)
    limits = task.preprocessing
    key = estimate_key(score)
    if limits.key_handling == "normalise":
        score = transpose(score, key.semitones_to_natural)
    tokenizer = _tokenizer(task.tokenizer)
    ids = tokenizer.encode(score)
    pitches = tokenizer.midi_pitch[ids]
    pitches = pitches[pitches >= 0]
    notes = int(tokenizer.is_pitch[ids].sum())
    if not limits.min_notes <= notes <= limits.max_notes:
        raise UserError(
            f"it has {notes} notes; wanted are {limits.min_notes} to {limits.max_notes}"
        )
    facts = {
        "n_notes": notes,
        "n_bars": n_bars(score),
        "duration_s": round(duration_s(score), 3),
        "key": str(key),
        "pitch_low": int(pitches.min(initial=127)),
        "pitch_high": int(pitches.max(initial=0)),
    }
    return _Reading(task.file, "", ids, facts)


def _save_shard(path: Path, readings: Sequence[_Reading]) -> None:
    table = [{"file": r.file, "refusal": r.refusal, "facts": r.facts} for r in readings]
    arrays: dict[str, Any] = {str(i): reading.ids for i, reading in enumerate(readings)}
    with atomic.replacing(path) as draft, draft.open("wb") as file:
        np.savez(file, table=np.array(json.dumps(table)), **arrays)


def _load_shard(path: Path) -> Iterator[_Reading]:
    with np.load(path, allow_pickle=False) as arrays:
        for i, row in enumerate(json.loads(str(arrays["table"]))):
            yield _Reading(ids=arrays[str(i)], **row)


@lru_cache(maxsize=4)
def _tokenizer(config: TokenizerConfig) -> ScoreTokenizer:
    return ScoreTokenizer(config)


def _doubles(readings: Iterable[_Reading]) -> dict[str, str]:
    """Files whose music is, token for token, that of an earlier file."""
    first: dict[str, str] = {}
    return {
        each.file: f"{SAME_MUSIC}{same}"
        for each in readings
        if (same := first.setdefault(each.fingerprint, each.file)) != each.file
    }


def _split(files: Sequence[str], config: PreprocessingConfig) -> dict[str, Split]:
    """Assign whole pieces: by the table if there is one, else at random from the seed."""
    if config.split_csv:
        return _split_by_table(files, Path(config.split_csv))
    shuffled = sorted(files)
    random.Random(config.seed).shuffle(shuffled)
    n_test = round(config.test_share * len(files))
    n_validation = max(1, round(config.validation_share * len(files)))
    n_held_out = n_validation + n_test
    splits: dict[str, Split] = dict.fromkeys(shuffled[n_held_out:], "train")
    splits |= dict.fromkeys(shuffled[:n_validation], "validation")
    return splits | dict.fromkeys(shuffled[n_validation:n_held_out], "test")


def _split_by_table(files: Sequence[str], path: Path) -> dict[str, Split]:
    try:
        with path.open(newline="", encoding="utf-8") as table:
            rows = {row["file"]: row["split"] for row in csv.DictReader(table)}
    except (OSError, KeyError) as error:
        raise UserError(
            f"Cannot read the split table {path} ({error}).", "It needs the columns file and split."
        ) from error
    words: dict[str, Split] = {
        "train": "train",
        "val": "validation",
        "validation": "validation",
        "test": "test",
    }
    unknown = sorted(set(rows.values()) - set(words))
    if unknown:
        raise UserError(f"The split table {path} says '{unknown[0]}'.", "Use train, val or test.")
    return {file: words[rows[file]] for file in files if file in rows}


def _too_little(report: CorpusReport) -> UserError:
    why = "; ".join(f"{n} x {reason}" for reason, n in report.reasons()[:3])
    left_out = f" {len(report.left_out)} files were left out: {why}." if why else ""
    return UserError(
        f"{len(report.kept)} pieces can be used, {report.count('train')} to train and "
        f"{report.count('validation')} to validate.{left_out}",
        "Add MIDI files: at least one piece is learned from and another is held out to judge by.",
    )


def _lay_out(
    readings: Sequence[_Reading], splits: Mapping[str, Split], styles: Mapping[str, str]
) -> list[StoredPiece]:
    """Piece after piece, in the order of the files."""
    pieces, offset = [], 0
    for each in readings:
        piece = StoredPiece(
            each.file,
            splits[each.file],
            offset,
            len(each.ids),
            **each.facts,
            style=styles[each.file],
        )
        pieces.append(piece)
        offset += piece.length
    return pieces


def _report(
    reading: _Reading, splits: Mapping[str, Split], refusals: Mapping[str, str]
) -> FileReport:
    if reading.file in refusals:
        return FileReport(reading.file, kept=False, reason=refusals[reading.file])
    return FileReport(
        reading.file,
        kept=True,
        split=splits[reading.file],
        n_notes=reading.facts["n_notes"],
        n_tokens=len(reading.ids),
        duration_s=reading.facts["duration_s"],
    )
