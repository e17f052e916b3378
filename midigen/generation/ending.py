"""When a piece shall come to its end: how many bars are left."""

from __future__ import annotations

from midigen.config import GenerationRequest
from midigen.music.grammar import Cursor

# A length in tokens is a limit: the last bars are planned a little denser than those before.
SPARE = 1.05
FEWEST_BARS = 2  # to know how many tokens a bar takes


class Ending:
    """Plans the end of one piece.

    Args:
        request: tells the length.
        cursor: has read the prompt.
    """

    def __init__(self, request: GenerationRequest, cursor: Cursor) -> None:
        self._request = request
        self._cursor = cursor
        self._prompt_bars = cursor.n_bars

    def bars_left(self, n_new: int) -> int | None:
        """Bars to be played, the present one included; None: nobody can say yet.

        A length in tokens is turned into bars by the tokens that a bar has taken so far.

        Args:
            n_new: tokens composed so far.
        """
        if self._request.bars is not None:
            return self._request.bars - self._cursor.n_bars + 1
        if self._cursor.bars_left is not None:  # it has begun, and goes on bar by bar
            return self._cursor.bars_left
        whole_bars = self._cursor.n_bars - self._prompt_bars - 1
        if whole_bars < FEWEST_BARS:
            return None
        per_bar = n_new / whole_bars
        return max(1, int((self._request.gen_length - n_new) / (SPARE * per_bar)))
