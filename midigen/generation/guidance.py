"""Makes an asked style heard: classifier-free guidance (Ho and Salimans 2021; Sanchez et al. 2023).

A model that read part of its training without a style can foretell a piece both ways, told its
style and not. What the style adds is the difference of the two; `strength` times of it is added to
what any piece would go on with. 1 is what the model says by itself, 0 forgets the style.
"""

from __future__ import annotations

import numpy as np

from midigen.music.tokenizer import ScoreTokenizer


class Guidance:
    """How many readers a network needs for a piece, and what comes of what they foretell.

    Without a style, or at strength 1, it is one reader, who is believed. Else there is a second one
    who reads the same piece without its style. Batches hold the rows of the first reader, then
    those of the second.

    Args:
        tokenizer: of the piece.
        style: the asked one, None for none.
        strength: how many times what the style adds is taken.
    """

    def __init__(self, tokenizer: ScoreTokenizer, style: str | None, strength: float) -> None:
        self.n_readers = 1 if style is None or strength == 1 else 2
        self._strength = strength
        every_id = np.arange(len(tokenizer))
        self._without_style = tokenizer.in_style(every_id, "")

    def for_readers(self, ids: np.ndarray) -> np.ndarray:
        """What is read: ids (B, ...) int64 as (R * B, ...)."""
        if self.n_readers == 1:
            return ids
        return np.concatenate([ids, self._without_style[ids]])

    def believed(self, logits: np.ndarray) -> np.ndarray:
        """What comes next: float32 logits (R * B, V) of all readers as (B, V)."""
        if self.n_readers == 1:
            return logits
        told, untold = np.split(logits, 2)
        both: np.ndarray = untold + np.float32(self._strength) * (told - untold)
        return both
