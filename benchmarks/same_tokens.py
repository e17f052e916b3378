"""Whether the tokenizer's ids are MidiTok's own, file by file, for every kind of alphabet.

    python -m benchmarks.same_tokens FOLDER…

Each file is spelled by `midigen/music/fast_remi.py` and by MidiTok, in a child process that either
may crash. Ends with 1 if anything differs.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from symusic import Score, TimeSignature

from midigen.config import DataConfig, TokenizerConfig
from midigen.corpus.prepare import midi_files
from midigen.isolated import map_isolated, n_cores
from midigen.music.score import parse_file, simple_metres
from midigen.music.tokenizer import ScoreTokenizer

SECONDS_PER_FILE = 120.0
ALPHABETS: tuple[Mapping[str, Any], ...] = (
    {},
    {"use_tempos": True},
    {"use_chords": True},
    {"use_rests": True},
    {"use_velocities": False},
    {"use_time_signatures": False},
    {"use_programs": True},
    {"use_programs": True, "programs": "families", "use_tempos": True, "use_chords": True},
    {"use_programs": True, "programs": "53, 0, drums", "use_rests": True, "positions_per_beat": 8},
    {"use_tempos": True, "tempos": 5, "positions_per_beat": 3, "max_duration_beats": 1},
    {"positions_per_beat": 24, "max_duration_beats": 40, "use_rests": True, "use_chords": True},
)


def for_miditok(tokenizer: ScoreTokenizer, score: Score) -> Score:
    """The score that MidiTok has to be given: its parts, in metres that the alphabet has."""
    prepared = Score(score.ticks_per_quarter)
    prepared.tempos = score.tempos
    prepared.time_signatures = [TimeSignature(*each) for each in simple_metres(score)]
    prepared.tracks = [part.track() for part in tokenizer.parts(score)]
    return prepared


def by_miditok(tokenizer: ScoreTokenizer, score: Score) -> np.ndarray:
    """MidiTok's ids of what `for_miditok` gave, (T,)."""
    encoded: Any = tokenizer.miditok.encode(score)
    sequence = encoded if tokenizer.config.use_programs else encoded[0]
    return np.array(sequence.ids, dtype=np.int32)


def by_arrays(tokenizer: ScoreTokenizer, score: Score) -> np.ndarray:
    """Our ids of a score as it was read, (T,)."""
    return tokenizer.fast_remi.encode(score, tokenizer.parts(score))


def main() -> int:
    parser = argparse.ArgumentParser(description="Compare ids with MidiTok's.")
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    verdicts = [_compare(folder) for folder in parser.parse_args().folders]
    return 0 if all(verdicts) else 1


def _compare(folder: Path) -> bool:
    """Compare and tell; whether all ids are the same."""
    counts: Counter[str] = Counter()
    tasks = [folder / file for file in midi_files(folder)]
    outcomes = map_isolated(_differences, tasks, n_cores(), SECONDS_PER_FILE, ("miditok",))
    for outcome in outcomes:
        if outcome.result is None:
            counts["files refused"] += 1
            continue
        n_compared, differences = outcome.result
        counts["files compared"] += 1
        counts["spellings compared"] += n_compared
        counts["different"] += len(differences)
        for each in differences:
            print(f"{outcome.item}: {each}", flush=True)
    print(f"{folder.name}: {', '.join(f'{counts[name]} {name}' for name in _NAMES)}", flush=True)
    return counts["different"] == 0


_NAMES = ("files compared", "files refused", "spellings compared", "different")


def _differences(path: Path) -> tuple[int, list[str]]:
    score = parse_file(path, DataConfig())
    n_compared, different = 0, []
    for i, alphabet in enumerate(ALPHABETS):
        tokenizer = _tokenizer(i)
        if not tokenizer.parts(score):
            continue  # drums alone
        wanted = by_miditok(tokenizer, for_miditok(tokenizer, score))
        if tokenizer.is_pitch[wanted].any():
            n_compared += 1
            if not np.array_equal(wanted, by_arrays(tokenizer, score)):
                different.append(str(alphabet))
    return n_compared, different


@lru_cache(maxsize=len(ALPHABETS))
def _tokenizer(i: int) -> ScoreTokenizer:
    return ScoreTokenizer(TokenizerConfig(**ALPHABETS[i]))


if __name__ == "__main__":
    sys.exit(main())
