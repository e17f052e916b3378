"""Which token may come next, so that everything a model writes can be played.

MidiTok's graph of token types says what may follow what; REMI as written from real music is
stricter still: positions rise within a bar and end with it, instruments come from the top of a
score down within a position, pitches rise within an instrument.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np

from midigen.config import DRUMS
from midigen.music.instruments import place_in_score
from midigen.music.tokenizer import ScoreTokenizer

MAX_EMPTY_BARS = 2


class Grammar:
    """The rules of one alphabet, shared by any number of cursors."""

    def __init__(self, tokenizer: ScoreTokenizer) -> None:
        self.tokenizer = tokenizer
        self.types = tokenizer.types
        self.is_eos = self._of_type("EOS")
        self.is_bar = self._of_type("Bar")
        self.is_left = self._of_type("Left")
        self.positions = self._numbers("Position")
        self.pitches = np.maximum(self._numbers("Pitch"), self._numbers("PitchDrum"))
        self.places = self._places()
        self.is_drum = self._of_type("PitchDrum")
        self.place_of_drums = place_in_score(DRUMS)
        self.counts_after = tokenizer.counts_after if tokenizer.countdown else None
        follows = tokenizer.follows
        self._after = {kind: self._successors(kind, follows) for kind in set(self.types)}

    @cached_property
    def bar_lengths(self) -> dict[int, int]:
        """Positions of a bar, by the id of its time signature."""
        fine = self.tokenizer.config.positions_per_beat
        return {
            i: int(self.tokenizer.values[i].split("/")[0]) * fine
            for i, kind in enumerate(self.types)
            if kind == "TimeSig"
        }

    def after(self, kind: str) -> np.ndarray:
        """(V,) bool: the ids that may follow a token of this type, whatever came before."""
        return self._after[kind]

    def _of_type(self, kind: str) -> np.ndarray:
        return np.array([each == kind for each in self.types])

    def _numbers(self, kind: str) -> np.ndarray:
        """(V,) int: the value of tokens of a type, -1 for all others."""
        pairs = zip(self.types, self.tokenizer.values, strict=True)
        return np.array([int(v) if t == kind else -1 for t, v in pairs])

    def _places(self) -> np.ndarray:
        """(V,) int: where the instrument of a token stands in a score, -1 for all other tokens."""
        pairs = zip(self.types, self.tokenizer.values, strict=True)
        return np.array([place_in_score(int(v)) if t == "Program" else -1 for t, v in pairs])

    def _successors(self, kind: str, graph: Mapping[str, set[str]]) -> np.ndarray:
        follows = graph.get(kind, set()) - {"PAD", "BOS", "EOS"}
        if kind in ("BOS", "PAD"):
            follows = {"Bar"}
        elif kind in ("TimeSig", "Left"):
            follows &= {"Position", "Bar", "Rest", "Left"} - {kind}
        elif kind == "Duration":
            follows |= {"EOS"}
        return np.array([each in follows for each in self.types])


class Cursor:
    """Reads a piece token by token and knows what may come next."""

    def __init__(self, grammar: Grammar) -> None:
        self.grammar = grammar
        self.n_bars = 0
        self.n_notes = 0  # whole ones, from pitch to duration
        self.bars_left: int | None = None  # once the countdown runs; the present one included
        self._bar: int | None = None  # the token of all bars of this piece: its style
        self._kind = "BOS"
        self._position = -1
        self._pitch = -1
        self._empty_bars = 0
        self._bar_length = 4 * grammar.tokenizer.config.positions_per_beat
        self._place = -1  # in the score, of the instrument that was named last at this position

    def advance(self, token: int) -> None:
        """Take one more token of the piece into account."""
        kind = self.grammar.types[token]
        if kind == "Bar":
            self.n_bars += 1
            self._bar = token
            self.bars_left = None if self.bars_left is None else self.bars_left - 1
            self._empty_bars += 1
            self._position = self._pitch = self._place = -1
        elif kind == "TimeSig":
            self._bar_length = self.grammar.bar_lengths[token]
        elif kind == "Left":
            self.bars_left = int(self.grammar.tokenizer.values[token])
        elif kind == "Position":
            self._position = int(self.grammar.positions[token])
            self._pitch = self._place = -1
        elif kind == "Program":
            self._place = int(self.grammar.places[token])
            self._pitch = -1
        elif kind in ("Pitch", "PitchDrum"):
            self._pitch = int(self.grammar.pitches[token])
            self._empty_bars = 0
        elif kind == "Duration":
            self.n_notes += 1
        elif kind == "Rest":
            self._pitch = self._place = -1
        self._kind = kind

    @property
    def _is_drum(self) -> bool:
        return self._place == self.grammar.place_of_drums

    @property
    def is_at_bar(self) -> bool:
        """Whether a bar has just begun."""
        return self._kind == "Bar"

    def allowed(self, may_end: bool, bars_left: int | None = None) -> np.ndarray:
        """(V,) bool: the tokens that may come next; at least one is.

        Args:
            may_end: whether the piece may come to its end (EOS) here; it ends in the bar that is
                counted or planned to be the last, and there alone.
            bars_left: how many bars are to be played, the present one included; None: nobody knows.
        """
        grammar = self.grammar
        mask = grammar.after(self._kind).copy()
        if self._kind == grammar.counts_after:
            count = grammar.tokenizer.countdown.get(bars_left or 0)
            if count is not None:
                mask[:] = False
                mask[count] = True
                return mask
            mask &= ~grammar.is_left
        if self._bar is not None:  # a piece keeps its style
            style = mask[self._bar]
            mask &= ~grammar.is_bar
            mask[self._bar] = style
        if self._kind in ("TimeSig", "Bar", "Left", "Duration"):
            spent = grammar.positions <= self._position
            beyond = grammar.positions >= self._bar_length
            mask &= (grammar.positions < 0) | ~(spent | beyond)
        plays = (grammar.pitches > self._pitch) & (grammar.is_drum == self._is_drum)
        mask &= (grammar.pitches < 0) | plays
        mask &= (grammar.places < 0) | (grammar.places > self._place)
        if self._empty_bars > MAX_EMPTY_BARS:
            without_bar = mask & ~grammar.is_bar
            mask = without_bar if without_bar.any() else mask
        left = self.bars_left if grammar.counts_after is not None else bars_left
        if left == 1:  # no bar follows the last one
            mask &= ~grammar.is_bar
        elif left is not None or grammar.counts_after is not None:
            may_end = False
        if not (may_end and self.n_notes):
            mask &= ~grammar.is_eos
        return mask
