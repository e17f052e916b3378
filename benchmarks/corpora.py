"""Music to measure with: a person's own folder, or what the installation brings."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from symusic import Note, Score

from midigen.corpus.chorales import convert, find_scores
from midigen.corpus.prepare import midi_files
from midigen.errors import UserError

FOLDER = "MIDIGEN_BENCHMARK_MIDI"  # environment variable: a folder of MIDI files to take instead
CHORALES_A_BOOK = 10
_SOFT, _LOUD = 40, 100


def corpus(folder: Path, n_files: int) -> tuple[list[Path], str]:
    """At most so many files, written to `folder`, and what they are.

    Without a folder of one's own these are books of ten of Bach's chorales: the size of a usual
    piano piece. Of one's own they are spread over all that there are.
    """
    folder.mkdir(parents=True)
    own = os.environ.get(FOLDER)
    if own:
        found = midi_files(Path(own))
        chosen = found[:: max(1, len(found) // n_files)][:n_files]
        files = [folder / f"{i:04d}.mid" for i in range(len(chosen))]
        for name, file in zip(chosen, files, strict=True):
            shutil.copyfile(Path(own, name), file)
        return files, f"{len(files)} files of {Path(own).name}"
    files, scores = [], chorales(n_files * CHORALES_A_BOOK)
    for i in range(0, len(scores), CHORALES_A_BOOK):
        files.append(folder / f"{i:04d}.mid")
        _bound(scores[i : i + CHORALES_A_BOOK]).dump_midi(files[-1])
    return files, f"{len(files)} books of {CHORALES_A_BOOK} chorales"


def chorales(n: int) -> list[Score]:
    """The first of the chorales that come with the installation."""
    found: list[Score] = []
    for path in find_scores():
        if len(found) == n:
            break
        try:
            found.append(Score.from_midi(convert(str(path)).midi))
        except UserError:  # no plain chorale
            continue
    return found


def write_many(folder: Path, n: int, originals: list[Score]) -> None:
    """As many files as wanted, all different: copies in other keys, differently loud.

    The first notes of a copy are loud or soft as the binary digits of its number are one or zero.
    """
    for i, copy in enumerate(_copies(n, originals)):
        path = folder / f"{i // 1000:03d}" / f"{i:06d}.mid"
        path.parent.mkdir(parents=True, exist_ok=True)
        copy.dump_midi(path)


def _copies(n: int, originals: list[Score]) -> Iterator[Score]:
    for i in range(n):
        round_, which = divmod(i, len(originals))
        copy = originals[which].copy()
        notes = copy.tracks[0].notes.numpy()
        pitches = notes["pitch"] + np.int8(round_ % 7 - 3)
        digits = round_ >> np.arange(len(pitches)).clip(max=62) & 1
        loudness = np.where(digits, _LOUD, _SOFT).astype(np.int8)
        copy.tracks[0].notes = Note.from_numpy(**{**notes, "pitch": pitches, "velocity": loudness})
        yield copy


def _bound(scores: list[Score]) -> Score:
    """One after another, each from a bar line of four quarters on."""
    book = scores[0].copy()
    for score in scores[1:]:
        bar = 4 * book.ticks_per_quarter
        begin = -(-book.end() // bar) * bar
        assert score.ticks_per_quarter == book.ticks_per_quarter, "one clock for all chorales"
        for voice, more in zip(book.tracks, score.shift_time(begin).tracks, strict=True):
            voice.notes.extend(more.notes)
    return book
