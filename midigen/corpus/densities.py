"""How full a bar is, as its style: MidiTok's attribute control of note density, in three steps.

A bar is sparse, medium or dense by the number of its notes, where the borders are those that part
the bars of the training pieces in three equal shares. Asked for, each bar of a piece is begun so.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from midigen.config import DENSITIES
from midigen.music.tokenizer import ScoreTokenizer


def density_borders(tokenizer: ScoreTokenizer, pieces: Iterable[np.ndarray]) -> np.ndarray:
    """The fewest notes of a medium and of a dense bar, (2,).

    Args:
        tokenizer: of the pieces.
        pieces: ids (T,) each, of training pieces.
    """
    counted = [notes_of_bars(tokenizer, ids) for ids in pieces]
    notes = np.concatenate([np.zeros(0, np.int64), *counted])
    shares = np.arange(1, len(DENSITIES)) / len(DENSITIES)
    return np.quantile(notes, shares) if len(notes) else np.zeros(len(shares))


def density_levels(notes: np.ndarray, borders: np.ndarray) -> np.ndarray:
    """Which of `DENSITIES` bars of so many notes are of: (n_bars,) of 0 to 2."""
    return np.searchsorted(borders, notes, side="right")


def in_densities(tokenizer: ScoreTokenizer, ids: np.ndarray, borders: np.ndarray) -> np.ndarray:
    """The same music, (T,), with the density of every bar in its token."""
    levels = density_levels(notes_of_bars(tokenizer, ids), borders)
    spelled = ids.copy()
    bars = np.array([tokenizer.bar(each) for each in DENSITIES], dtype=ids.dtype)
    spelled[tokenizer.is_bar[ids]] = bars[levels]
    return spelled


def notes_of_bars(tokenizer: ScoreTokenizer, ids: np.ndarray) -> np.ndarray:
    """How many notes each bar of a piece, (T,) ids, holds: (n_bars,)."""
    starts = np.flatnonzero(tokenizer.is_bar[ids])
    before = np.concatenate([[0], np.cumsum(tokenizer.is_pitch[ids])])
    return np.diff(before[np.append(starts, len(ids))])
