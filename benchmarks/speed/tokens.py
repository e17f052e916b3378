"""Row 9: from MIDI files to ids, against MidiTok."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from symusic import Score

from benchmarks.corpora import corpus
from benchmarks.same_tokens import by_arrays, by_miditok, for_miditok
from benchmarks.speed.measuring import Row, by_turns, ratios, row
from midigen.config import TokenizerConfig
from midigen.music.tokenizer import ScoreTokenizer

N_FILES = 20
ALPHABETS: Mapping[str, Mapping[str, Any]] = {
    "as it comes": {},
    "tempo and programs": {"use_tempos": True, "use_programs": True},
    "tempo, programs, chords, rests": {
        **{"use_tempos": True, "use_programs": True},
        **{"use_chords": True, "use_rests": True},
    },
}


def rows(rounds: int) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        files, what = corpus(Path(folder, "music"), N_FILES)
        for name, options in ALPHABETS.items():
            tokenizer = ScoreTokenizer(replace(TokenizerConfig(), **options))
            for file in files:
                assert np.array_equal(_arrays(tokenizer, file), _miditok(tokenizer, file)), file
            ways = [partial(_all, way, tokenizer, files) for way in (_miditok, _arrays)]
            taken = by_turns(*ways, rounds=rounds)
            yield row(
                f"MIDI files to REMI ids against MidiTok, {name}",
                ratios(*taken),
                15,
                note=f"{what}, identical ids",
            )


def _all(way: Any, tokenizer: ScoreTokenizer, files: list[Path]) -> None:
    for file in files:
        way(tokenizer, file)


def _miditok(tokenizer: ScoreTokenizer, file: Path) -> np.ndarray:
    return by_miditok(tokenizer, for_miditok(tokenizer, Score(file)))


def _arrays(tokenizer: ScoreTokenizer, file: Path) -> np.ndarray:
    return by_arrays(tokenizer, Score(file))
