"""How long work tells that it moves, without knowing who listens."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Called by long work now and then; a bar, a file or a page shows it."""

    def __call__(self, done: int, total: int | None, what: str) -> None:
        """Report progress.

        Args:
            done: how much is done, in files, bytes, tokens or steps.
            total: how much there is in all, or None where nobody knows.
            what: what is being done, for people: `Reading MIDI`.
        """


def silent(done: int, total: int | None, what: str) -> None:
    """The listener for work that nobody watches."""
