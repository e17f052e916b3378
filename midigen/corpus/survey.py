"""What the kept pieces of a data set are like as they were written: pitches, metres, instruments.

It is read from the MIDI files, since tokens do not hold all of it, and kept beside the tokens.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from symusic import Score

from midigen import atomic
from midigen.config import Config, DataConfig
from midigen.corpus.store import CorpusReport
from midigen.errors import UserError
from midigen.isolated import map_isolated, n_cores
from midigen.music.beat_grid import FREE_PLAYING, share_on_grid
from midigen.music.instruments import programs_of
from midigen.music.score import duration_s, parse_file
from midigen.progress import Progress, silent

FILE = "survey.json"
FORMAT = "midigen-survey-2"
N_PITCHES = 128
SECONDS_PER_FILE = 60.0
USUAL_METRE = "4/4"  # of a file that states none (Standard MIDI Files 1.0)
USUAL_TEMPO = 120.0


@dataclass(frozen=True)
class SurveyedPiece:
    """One piece as it was written.

    Attributes:
        file: path within the data set.
        on_grid: the share of onsets near the beat grid, see `beat_grid`.
        notes_per_s: how dense it is.
        metre: the one that it has for longest, such as `3/4`.
        tempo_bpm: quarters a minute on average.
        programs: the instruments that play, from the top of a score down; `DRUMS` for drums.
    """

    file: str
    on_grid: float
    notes_per_s: float
    metre: str
    tempo_bpm: float
    programs: tuple[int, ...]

    @property
    def is_free(self) -> bool:
        """Whether it looks like playing that was recorded without a click."""
        return self.on_grid < FREE_PLAYING


@dataclass(frozen=True)
class Survey:
    """The kept pieces of a data set.

    Attributes:
        pieces: in the order of the report.
        pitches: how many notes each MIDI pitch has, (128,), drums aside.
    """

    pieces: tuple[SurveyedPiece, ...]
    pitches: tuple[int, ...]

    @property
    def free(self) -> tuple[SurveyedPiece, ...]:
        """The pieces that look like free playing, the freest first."""
        found = (each for each in self.pieces if each.is_free)
        return tuple(sorted(found, key=lambda each: each.on_grid))

    @property
    def ensembles(self) -> list[tuple[tuple[int, ...], int]]:
        """Which instruments play together, and in how many pieces; the most frequent first."""
        return Counter(each.programs for each in self.pieces).most_common()

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        pieces = [asdict(each) for each in self.pieces]
        return {"format": FORMAT, "pitches": list(self.pitches), "pieces": pieces}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Survey:
        """From what `to_dict` gave.

        Raises:
            ValueError: it is no survey of this version.
        """
        try:
            if content["format"] != FORMAT or len(content["pitches"]) != N_PITCHES:
                raise ValueError(f"it is {content['format']}, not {FORMAT}")
            pieces = tuple(
                SurveyedPiece(**{**each, "programs": tuple(each["programs"])})
                for each in content["pieces"]
            )
            return cls(pieces, tuple(int(each) for each in content["pitches"]))
        except (KeyError, TypeError) as error:
            raise ValueError(f"it lacks or has too much: {error}") from error


def open_survey(
    store: Path, folder: Path, report: CorpusReport, config: Config, progress: Progress = silent
) -> Survey:
    """The survey of a prepared data set, made where there is none.

    Args:
        store: the folder of its tokens, where the survey is kept.
        folder: its MIDI files.
        report: names those that are in the store.
        config: the limits, and how many processes read.
        progress: told of every file.
    """
    known = read_survey(store)
    if known is not None:
        return known
    survey = survey_files(folder, [each.file for each in report.kept], config, progress)
    atomic.write_json(store / FILE, survey.to_dict())
    return survey


def read_survey(store: Path) -> Survey | None:
    """The survey beside the tokens; None where there is none, or one that cannot be read."""
    try:
        return Survey.from_dict(json.loads((store / FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return None


def survey_files(
    folder: Path, files: Iterable[str], config: Config, progress: Progress = silent
) -> Survey:
    """Look at each file in processes of their own; one that cannot be read any more is left out."""
    tasks = [(folder, file, config.data) for file in files]
    workers = config.preprocessing.workers or n_cores()
    found: dict[str, tuple[SurveyedPiece, np.ndarray]] = {}
    outcomes = map_isolated(_look, tasks, workers, SECONDS_PER_FILE, preload=(__name__,))
    for done, outcome in enumerate(outcomes):
        progress(done, len(tasks), "Looking at the music")
        if outcome.result is not None:
            found[outcome.item[1]] = outcome.result
    pieces = [found[file] for _, file, _ in tasks if file in found]
    pitches = sum((counts for _, counts in pieces), np.zeros(N_PITCHES, dtype=np.int64))
    return Survey(tuple(piece for piece, _ in pieces), tuple(int(each) for each in pitches))


def survey_piece(file: str, score: Score) -> SurveyedPiece:
    """What one piece is like.

    Raises:
        UserError: it holds no notes.
    """
    if not score.note_num():
        raise UserError("it holds no notes")
    seconds = duration_s(score)
    quarters = _end_tick(score) / score.ticks_per_quarter
    return SurveyedPiece(
        file=file,
        on_grid=round(share_on_grid(score), 4),
        notes_per_s=round(score.note_num() / seconds, 3) if seconds else 0.0,
        metre=_longest_metre(score),
        tempo_bpm=round(60 * quarters / seconds, 2) if seconds else USUAL_TEMPO,
        programs=programs_of(score),
    )


def pitch_counts(score: Score) -> np.ndarray:
    """How many notes each MIDI pitch has, (128,), drums aside."""
    parts = [
        track.notes.numpy()["pitch"]
        for track in score.tracks
        if not track.is_drum and track.note_num()
    ]
    pitches = np.concatenate(parts).astype(np.int64) if parts else np.array([], dtype=np.int64)
    return np.bincount(pitches.clip(0, N_PITCHES - 1), minlength=N_PITCHES)


def _look(task: tuple[Path, str, DataConfig]) -> tuple[SurveyedPiece, np.ndarray]:
    folder, file, limits = task
    score = parse_file(folder / file, limits)
    return survey_piece(file, score), pitch_counts(score)


def _longest_metre(score: Score) -> str:
    """What comes before the first time signature counts as 4/4."""
    stated = sorted(score.time_signatures, key=lambda each: each.time)
    changes = [(each.time, f"{each.numerator}/{each.denominator}") for each in stated]
    end = max(_end_tick(score), *(time + 1 for time, _ in changes), 1)
    ticks: Counter[str] = Counter()
    for (start, metre), (stop, _) in pairwise([(0, USUAL_METRE), *changes, (end, "")]):
        ticks[metre] += stop - start
    return ticks.most_common(1)[0][0]


def _end_tick(score: Score) -> int:
    parts = [track.notes.numpy() for track in score.tracks if track.note_num()]
    return max((int((part["time"] + part["duration"]).max()) for part in parts), default=0)
