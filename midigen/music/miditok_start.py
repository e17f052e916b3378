"""Lets MidiTok start without torch, which takes four times as long to load as MidiTok itself."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

_UNWANTED = "miditok.pytorch_data"  # data sets of its own; MidiTok does without, if it must


@contextmanager
def without_torch() -> Iterator[None]:
    """While it lasts, MidiTok may be imported; where it is loaded already, nothing changes."""
    if "miditok" in sys.modules:
        yield
        return
    sys.modules[_UNWANTED] = None  # type: ignore[assignment]  # that is how an import is made fail
    try:
        yield
    finally:
        del sys.modules[_UNWANTED]
