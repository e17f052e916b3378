"""Turns a folder of MIDI files into a token store, and says of every file what became of it."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from midigen.config import Config, PreprocessingConfig, Split
from midigen.corpus.datasets import MIDI_SUFFIXES
from midigen.corpus.densities import density_borders, in_densities
from midigen.corpus.readings import Reading, Readings
from midigen.corpus.store import (
    SAME_MUSIC,
    CorpusReport,
    FileReport,
    StoredPiece,
    TokenStore,
    open_store,
    read_report,
    write_report,
    write_store,
)
from midigen.corpus.styles import folder_styles, with_styles
from midigen.errors import UserError
from midigen.music.tokenizer import SPELLING, ScoreTokenizer
from midigen.progress import Progress, silent


def midi_files(folder: Path) -> list[str]:
    """Paths of the MIDI files below a folder, relative to it, sorted; any depth, any case."""
    found = []
    for base, _, names in os.walk(folder):  # texts, since a hundred thousand paths take seconds
        inside = Path(base).relative_to(folder).as_posix()
        prefix = "" if inside == "." else f"{inside}/"
        found += [
            prefix + name
            for name in names
            if name.lower().endswith(MIDI_SUFFIXES) and not name.startswith(".")
        ]
    return sorted(found)


def store_folder(tokens: Path, dataset: str, folder: Path, config: Config) -> Path:
    """Where the store of this data set with these settings lies; new files give a new place."""
    settings = [asdict(config.tokenizer), asdict(config.preprocessing), asdict(config.data)]
    for section in settings:
        for irrelevant in ("workers", "dataset"):
            section.pop(irrelevant, None)
    files = [(file, os.stat(f"{folder}/{file}")) for file in midi_files(folder)]  # noqa: PTH116 - as above
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
    readings = Readings(folder, files, scratch, config)
    _sort_out(list(readings.read(progress)), readings, destination, config)
    readings.discard()
    if not (destination / "pieces.json").exists():
        raise _too_little(read_report(destination))
    return open_store(destination)


def _sort_out(table: list[Reading], readings: Readings, destination: Path, config: Config) -> None:
    """Decide what is kept and for what, and write it; the report alone where that is too little."""
    refusals = {each.file: each.refusal for each in table if each.refusal}
    refusals |= _doubles(each for each in table if each.file not in refusals)
    usable = [each for each in table if each.file not in refusals]
    splits = _split([each.file for each in usable], config.preprocessing)
    refusals |= {
        each.file: "the split table does not name it" for each in usable if each.file not in splits
    }
    usable = [each for each in usable if each.file in splits]
    report = CorpusReport(tuple(_report(each, splits, refusals) for each in table))
    if not report.is_enough:
        write_report(destination, report)
        return
    styles = folder_styles([each.file for each in usable])
    tokenizer = ScoreTokenizer(with_styles(config.tokenizer, styles, splits))
    if tokenizer.tells_densities:
        styles = dict.fromkeys(styles, "")  # no piece is of one
        to_learn = {file for file in styles if splits[file] == "train"}
        borders = density_borders(tokenizer, (ids for _, ids in readings.ids(to_learn)))
        spelled = (in_densities(tokenizer, ids, borders) for _, ids in readings.ids(styles))
    else:
        spelled = (tokenizer.in_style(ids, styles[file]) for file, ids in readings.ids(styles))
    write_store(
        destination,
        _lay_out(usable, splits, styles),
        spelled,
        tokenizer,
        config.preprocessing.key_handling,
        report,
    )


def _doubles(readings: Iterable[Reading]) -> dict[str, str]:
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
    left_out = f" Files left out: {len(report.left_out)}: {why}." if why else ""
    return UserError(
        f"Pieces that can be used: {len(report.kept)}, {report.count('train')} to train and "
        f"{report.count('validation')} to validate.{left_out}",
        "Add MIDI files: at least one piece is learned from and another is held out to judge by.",
    )


def _lay_out(
    readings: Sequence[Reading], splits: Mapping[str, Split], styles: Mapping[str, str]
) -> list[StoredPiece]:
    """Piece after piece, in the order of the files."""
    pieces, offset = [], 0
    for each in readings:
        assert each.facts is not None, f"{each.file} was not read"
        piece = StoredPiece(
            each.file,
            splits[each.file],
            offset,
            each.n_tokens,
            **asdict(each.facts),
            style=styles[each.file],
        )
        pieces.append(piece)
        offset += piece.length
    return pieces


def _report(
    reading: Reading, splits: Mapping[str, Split], refusals: Mapping[str, str]
) -> FileReport:
    if reading.facts is None or reading.file in refusals:
        return FileReport(reading.file, kept=False, reason=refusals[reading.file])
    return FileReport(
        reading.file,
        kept=True,
        split=splits[reading.file],
        n_notes=reading.facts.n_notes,
        n_tokens=reading.n_tokens,
        duration_s=reading.facts.duration_s,
    )
