"""How far scores and free playing lie apart on the measure of `midigen/music/beat_grid.py`.

    python -m benchmarks.beat_grid SCORES… [--played PLAYED…]

Folders of MIDI after `--played` are recordings. Files with a tempo map among the scores are
measured a second time with it taken away: their seconds at 120 quarters a minute are what a
recording holds.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from symusic import Note, Score, Track

from midigen.config import DataConfig
from midigen.corpus.prepare import midi_files
from midigen.errors import UserError
from midigen.music.beat_grid import FREE_PLAYING, share_on_grid
from midigen.music.score import parse_file

TICKS = 480
FEWEST_TEMPI = 20  # of a tempo map that somebody played or shaped by hand


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scores", nargs="+", type=Path)
    parser.add_argument("--played", nargs="*", type=Path, default=[])
    options = parser.parse_args()
    for folder in options.scores:
        scores = list(_read(folder))
        _print(f"{folder.name}: as it is", [share_on_grid(score) for score in scores])
        shaped = [score for score in scores if len(score.tempos) >= FEWEST_TEMPI]
        if shaped:
            _print(f"{folder.name}: without tempo map", [share_on_grid(_flat(s)) for s in shaped])
    for folder in options.played:
        _print(f"{folder.name}: recordings", [share_on_grid(score) for score in _read(folder)])


def _read(folder: Path) -> Iterator[Score]:
    for file in midi_files(folder):
        try:
            yield parse_file(folder / file, DataConfig())
        except UserError:
            continue


def _flat(score: Score) -> Score:
    """The same sound at a constant 120 quarters a minute."""
    flat, seconds = Score(TICKS), score.to("second")
    flat.tracks = [Track()]
    for track in seconds.tracks:
        for note in track.notes:
            flat.tracks[0].notes.append(Note(round(note.time * 2 * TICKS), 1, note.pitch, 64))
    return flat


def _print(name: str, shares: Sequence[float]) -> None:
    low, fifth, median, last, high = np.percentile(shares, (0, 5, 50, 95, 100))
    n_free = sum(share < FREE_PLAYING for share in shares)
    print(
        f"{name}: {len(shares)} pieces, lowest {low:.3f}, 5 % {fifth:.3f}, median {median:.3f}, "
        f"95 % {last:.3f}, highest {high:.3f}; free playing: {n_free}"
    )


if __name__ == "__main__":
    main()
