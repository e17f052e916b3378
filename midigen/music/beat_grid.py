"""How near the notes of a piece lie to a beat grid: near in a score, anywhere in free playing."""

from __future__ import annotations

import numpy as np
from symusic import Score

# Lines a quarter note: sixteenths, thirty-seconds, tuplets of 5, 6 and 7; 12 holds sixteenths and
# triplets.
GRIDS = (4, 5, 6, 7, 8, 12)
BY_CHANCE = 0.5
# Between what was measured, see benchmarks/README.md: recordings of MAESTRO have 0.53 at most, 333
# of 337 pieces of piano-midi.de less once their tempo map is taken away; 4,321 scores 0.71 or more.
FREE_PLAYING = 0.65


def share_on_grid(score: Score) -> float:
    """The share of onsets near a line of the beat grid that fits best, by the file's own beats.

    Near is within a quarter of the distance of two lines, so half of all places are near: onsets
    anywhere give 0.5 on every grid, exact ones 1. The grid may be shifted, since some files begin a
    little late as a whole. An onset counts once, however many notes begin then; a piece without
    notes has none that is off.
    """
    parts = [track.notes.numpy()["time"] for track in score.tracks if track.note_num()]
    if not parts:
        return 1.0
    onsets = np.unique(np.concatenate(parts).astype(np.int64))
    beats = (onsets % score.ticks_per_quarter) / score.ticks_per_quarter
    return max(_share_near(beats, lines) for lines in GRIDS)


def _share_near(beats: np.ndarray, lines: int) -> float:
    """Of positions within a quarter, (N,) from 0 to 1, the share that is near a line."""
    around = np.exp(2j * np.pi * lines * beats)  # (N,): 1 on a line, -1 between two
    mean = around.mean()
    shift = mean / abs(mean) if abs(mean) > 1e-9 else 1.0
    return float(np.mean((around * np.conj(shift)).real >= -1e-9))
