"""A picture of a Score: notes and bars in seconds, ready for a canvas in the page."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
from symusic import Score

from midigen.music.score import bar_ticks
from midigen.rendering.performance import Clock


@dataclass(frozen=True, slots=True)
class RollNote:
    """One note; `track` counts in `PianoRoll.tracks`. Its end is the key's, not the pedal's."""

    start_s: float
    duration_s: float
    pitch: int
    velocity: int
    track: int

    @property
    def end_s(self) -> float:
        return self.start_s + self.duration_s


@dataclass(frozen=True)
class RollTrack:
    """An instrument: its name in the file, its General MIDI program, or a drum kit."""

    name: str
    program: int
    is_drum: bool


@dataclass(frozen=True)
class PianoRoll:
    """Notes in order of time, the start of every bar, and when the last note ends."""

    notes: tuple[RollNote, ...]
    tracks: tuple[RollTrack, ...]
    bars_s: tuple[float, ...]
    duration_s: float

    def to_json(self) -> str:
        """Compact JSON: notes as columns, times in milliseconds; safe inside a script element."""
        columns: dict[str, Any] = {
            "start_ms": [round(note.start_s * 1000) for note in self.notes],
            "duration_ms": [round(note.duration_s * 1000) for note in self.notes],
            "pitch": [note.pitch for note in self.notes],
            "velocity": [note.velocity for note in self.notes],
            "track": [note.track for note in self.notes],
        }
        content = {
            "notes": columns,
            "tracks": [
                {"name": track.name, "program": track.program, "is_drum": track.is_drum}
                for track in self.tracks
            ],
            "bars_ms": [round(bar * 1000) for bar in self.bars_s],
            "duration_ms": round(self.duration_s * 1000),
        }
        return json.dumps(content, separators=(",", ":")).replace("<", "\\u003c")


def pianoroll(score: Score) -> PianoRoll:
    """Draw a score; one without notes gives an empty picture. Tracks without notes are left out."""
    score = score.to("tick")
    clock = Clock(score)
    tracks = [track for track in score.tracks if track.notes]
    notes = [note for i, track in enumerate(tracks) for note in _notes(track, i, clock)]
    return PianoRoll(
        notes=tuple(sorted(notes, key=lambda note: (note.start_s, note.pitch))),
        tracks=tuple(
            RollTrack(each.name, int(each.program), bool(each.is_drum)) for each in tracks
        ),
        bars_s=tuple(clock.seconds(bar_ticks(score)).tolist()),
        duration_s=max((note.end_s for note in notes), default=0.0),
    )


def thumbnail(score: Score, most_notes: int = 160) -> list[tuple[float, float, float]]:
    """A picture small enough for a list: (start, end, pitch) of notes, each from 0 to 1.

    Args:
        score: a piece; without notes the picture is empty.
        most_notes: of longer pieces evenly chosen notes are drawn.
    """
    parts = [track.notes.numpy() for track in score.tracks if track.notes]
    if not parts:
        return []
    start, length, pitch = (
        np.concatenate([part[name] for part in parts]).astype(np.float64)
        for name in ("time", "duration", "pitch")
    )
    end, low = (start + length).max(), pitch.min()
    height = max(12.0, pitch.max() - low)
    chosen = np.argsort(start, kind="stable")[:: -(-len(start) // most_notes)]
    columns = (start / end, (start + length) / end, (pitch - low) / height)
    return list(zip(*(column[chosen].round(4).tolist() for column in columns), strict=True))


def _notes(track: Any, index: int, clock: Clock) -> list[RollNote]:
    columns = track.notes.numpy()
    start_s = clock.seconds(columns["time"])
    end_s = clock.seconds(columns["time"].astype("int64") + columns["duration"])
    rows = zip(
        start_s.tolist(),
        (end_s - start_s).tolist(),
        columns["pitch"].tolist(),
        columns["velocity"].tolist(),
        strict=True,
    )
    return [RollNote(*row, index) for row in rows]
