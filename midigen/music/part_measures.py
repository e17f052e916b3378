"""What can be counted in each part of a piece: how much it plays, where, and how thickly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from symusic import Score

from midigen.config import DRUMS
from midigen.music.instruments import place_in_score


@dataclass(frozen=True)
class PartMeasures:
    """One instrument of a piece; its tracks count as one.

    Attributes:
        pitches: of its notes, (N,) int64; of drums the strokes.
        monophony: share of the time in which it sounds that it has one note; legato that overlaps
            by a little counts as two notes for as long as it lasts.
        presence: share of the time in which the piece sounds that this part does.
    """

    pitches: np.ndarray
    monophony: float
    presence: float

    @property
    def n_notes(self) -> int:
        return len(self.pitches)


@dataclass(frozen=True)
class PartsOfPiece:
    """The parts of a piece by program, `DRUMS` for drums; those without notes are left out.

    From the top of a score down.

    Attributes:
        parts: the measures of each.
        together: share of the time in which the piece sounds that two parts or more do.
    """

    parts: dict[int, PartMeasures]
    together: float


def measure_parts(score: Score) -> PartsOfPiece:
    """Measure the parts of a piece; one without notes has none."""
    columns: dict[int, list[dict[str, np.ndarray]]] = {}
    for track in score.tracks:
        if track.note_num():
            part = DRUMS if track.is_drum else int(track.program)
            columns.setdefault(part, []).append(track.notes.numpy())
    notes = {part: _joined(each) for part, each in columns.items()}
    if not notes:
        return PartsOfPiece({}, 0.0)
    edges = np.unique(np.concatenate([np.concatenate(each[:2]) for each in notes.values()]))
    lengths = np.diff(edges)
    thick = {part: _notes_at_once(edges, *each[:2]) for part, each in notes.items()}
    n_parts = sum((each > 0).astype(np.int64) for each in thick.values())
    sounding = max(1, int(lengths[n_parts > 0].sum()))
    return PartsOfPiece(
        {
            part: PartMeasures(
                pitches=notes[part][2],
                monophony=float(lengths[at_once == 1].sum() / lengths[at_once > 0].sum()),
                presence=float(lengths[at_once > 0].sum() / sounding),
            )
            for part, at_once in sorted(thick.items(), key=lambda each: place_in_score(each[0]))
        },
        together=float(lengths[n_parts > 1].sum() / sounding),
    )


def _joined(tracks: list[dict[str, np.ndarray]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Starts, ends and pitches, each (N,) int64; a note lasts a tick at least."""
    start, length, pitch = (
        np.concatenate([each[name].astype(np.int64) for each in tracks])
        for name in ("time", "duration", "pitch")
    )
    return start, start + np.maximum(1, length), pitch


def _notes_at_once(edges: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """How many notes sound between each edge and the next, (len(edges) - 1,) int64."""
    change = np.zeros(len(edges), dtype=np.int64)
    np.add.at(change, np.searchsorted(edges, starts), 1)
    np.add.at(change, np.searchsorted(edges, ends), -1)
    at_once: np.ndarray = np.cumsum(change)[:-1]
    return at_once
