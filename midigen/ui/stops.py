"""Who wishes to stop: one wish per open page, never one for all visitors."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Stops:
    """The wishes of all visitors whose work is waiting or under way."""

    def __init__(self) -> None:
        self._wishes: dict[str, threading.Event] = {}

    def expect(self, visitor: str) -> None:
        """Hear the visitor from now on, also while the work still waits for its turn."""
        self._wishes[visitor] = threading.Event()

    @contextmanager
    def listening(self, visitor: str) -> Iterator[Callable[[], bool]]:
        """Give a question for the length of a piece of work: does this visitor wish to stop?"""
        wish = self._wishes.setdefault(visitor, threading.Event())
        try:
            yield wish.is_set
        finally:
            if self._wishes.get(visitor) is wish:
                del self._wishes[visitor]

    def ask(self, visitor: str) -> None:
        """Make the visitor's work end soon; nothing happens where there is none."""
        wish = self._wishes.get(visitor)
        if wish is not None:
            wish.set()
