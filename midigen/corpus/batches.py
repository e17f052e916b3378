"""Endless training batches whose rows walk through whole pieces.

Each row reads one piece from its start, a chunk at a time, so that a network can carry its memory
from chunk to chunk; then it takes the next piece of a shuffled queue. Where a piece ends in
mid-chunk the rest of the row is padding, which costs half a chunk a piece and keeps every rule
simple.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from midigen.config import Split
from midigen.corpus.store import StoredPiece, TokenStore
from midigen.music.tokenizer import COUNTDOWN

ENDING_BARS = (COUNTDOWN + 1, 3 * COUNTDOWN)  # of a reading that is about the end
IGNORED = -100  # what torch's cross_entropy passes over


@dataclass(frozen=True)
class Batch:
    """One step's worth of music.

    Attributes:
        inputs: (B, T) int64.
        targets: (B, T) int64, the inputs moved by one; `IGNORED` where nothing is to be learned.
        starts: (B,) bool, true for rows that begin a new piece: their memory starts at zero.
        n_targets: targets that are not ignored.
    """

    inputs: Tensor
    targets: Tensor
    starts: Tensor
    n_targets: int


@dataclass
class _Row:
    """Where a row stands: a place in the queue of pieces and a place in the piece.

    The piece, how its tokens are told and where its reading began follow from the turn.
    """

    turn: int
    position: int
    first: int
    piece: StoredPiece
    table: np.ndarray  # (V,) int64: what each token of the store is told as


class TrainingBatches:
    """Batches of the training pieces, the same ones for the same seed.

    Tokens stay in the store's file, memory-mapped: a batch takes the pages that it needs.

    Args:
        store: the prepared data set.
        batch_size: B, rows.
        sequence_length: T, tokens of a chunk.
        seed: of the order of pieces and of their transpositions.
        transpose_semitones: largest random transposition, drawn anew each time a piece is read.
        split: which pieces to read.
        fresh_starts: share of the readings that begin at a random place within the piece.
        styleless: share of the readings whose bars do not tell the style.
        endings: share of the readings that take the last bars alone.
    """

    def __init__(
        self,
        store: TokenStore,
        batch_size: int,
        sequence_length: int,
        seed: int,
        transpose_semitones: int = 0,
        split: Split = "train",
        fresh_starts: float = 0.0,
        styleless: float = 0.0,
        endings: float = 0.0,
    ) -> None:
        self._pieces = store.of(split)
        assert self._pieces, f"the store has no piece to {split}"
        self._tokens = np.asarray(store.tokens)  # (N,) uint16, not a copy
        self._sequence_length = sequence_length
        self._seed = seed
        self._fresh_starts = fresh_starts
        self._endings = endings
        self._is_bar = store.tokenizer.is_bar
        self._styleless = styleless if store.tokenizer.styles else 0.0
        everything = np.arange(len(store.tokenizer))
        self._plain = store.tokenizer.in_style(everything, "")  # (V,)
        self._reach = transpose_semitones
        tables = [store.tokenizer.transposition(k) for k in range(-self._reach, self._reach + 1)]
        self._tables = np.stack(tables).astype(np.int64)  # (2 reach + 1, V)
        self._config = store.tokenizer.config
        self._pad_id = store.tokenizer.pad_id
        self._next_turn = 0
        self._order: tuple[int, np.ndarray] = (-1, np.array([]))
        self._rows = [self._new_row() for _ in range(batch_size)]

    @property
    def n_tokens(self) -> int:
        """Tokens to be predicted in one pass over all pieces."""
        return sum(piece.length - 1 for piece in self._pieces)

    def next(self) -> Batch:
        """The next chunk of every row, on the CPU."""
        B, T = len(self._rows), self._sequence_length  # noqa: N806 - the usual letters
        inputs = np.full((B, T), self._pad_id)
        targets = np.full((B, T), IGNORED)
        starts = np.zeros(B, dtype=bool)
        n_targets = 0
        for i, row in enumerate(self._rows):
            begin = row.piece.offset + row.position
            n = min(T, row.piece.length - 1 - row.position)
            chunk = row.table[self._tokens[begin : begin + n + 1]]
            inputs[i, :n], targets[i, :n] = chunk[:-1], chunk[1:]
            starts[i] = row.position == row.first
            n_targets += n
            row.position += n
            if row.position >= row.piece.length - 1:
                self._rows[i] = self._new_row()
        return Batch(
            torch.from_numpy(inputs), torch.from_numpy(targets), torch.from_numpy(starts), n_targets
        )

    def state(self) -> dict[str, Any]:
        """Where every row stands; with it and the same settings, the same batches follow."""
        rows = [[row.turn, row.position] for row in self._rows]
        return {"next_turn": self._next_turn, "rows": rows}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Go on where `state` was taken."""
        self._next_turn = state["next_turn"]
        self._rows = [
            replace(self._begin_row(turn), position=position) for turn, position in state["rows"]
        ]

    def _new_row(self) -> _Row:
        self._next_turn += 1
        return self._begin_row(self._next_turn - 1)

    def _begin_row(self, turn: int) -> _Row:
        piece, shift = self._piece_and_shift(turn)
        first = self._first_position(turn, piece)
        table = self._tables[shift + self._reach]
        if self._is_styleless(turn):
            table = self._plain[table]
        return _Row(turn, first, first, piece, table)

    def _first_position(self, turn: int, piece: StoredPiece) -> int:
        """Where the reading of a turn begins: at the start of the piece, or somewhere in it."""
        if self._fresh_starts == self._endings == 0:
            return 0
        draw = np.random.default_rng((self._seed, 2, turn))
        anywhere = int(draw.integers(piece.length - 1))
        kind = draw.random()
        if kind < self._fresh_starts:
            return anywhere
        if kind < self._fresh_starts + self._endings:
            return self._before_the_end(piece, int(draw.integers(*ENDING_BARS)))
        return 0

    def _before_the_end(self, piece: StoredPiece, n_bars: int) -> int:
        """Where the last bars of a piece begin."""
        ids = self._tokens[piece.offset : piece.offset + piece.length]
        bars = np.flatnonzero(self._is_bar[ids])
        return int(bars[-n_bars]) if len(bars) > n_bars else 0

    def _is_styleless(self, turn: int) -> bool:
        if self._styleless == 0:
            return False
        draw = np.random.default_rng((self._seed, 3, turn))
        return bool(draw.random() < self._styleless)

    def _piece_and_shift(self, turn: int) -> tuple[StoredPiece, int]:
        """The piece of a turn: every pass over the pieces has its own order and shifts."""
        epoch, place = divmod(turn, len(self._pieces))
        if self._order[0] != epoch:
            order = np.random.default_rng((self._seed, epoch)).permutation(len(self._pieces))
            self._order = (epoch, order)
        piece = self._pieces[self._order[1][place]]
        lowest = max(-self._reach, min(0, self._config.pitch_low - piece.pitch_low))
        highest = min(self._reach, max(0, self._config.pitch_high - piece.pitch_high))
        return piece, int(
            np.random.default_rng((self._seed, 1, turn)).integers(lowest, highest + 1)
        )
