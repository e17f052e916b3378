"""What a ZeroGPU Space asks of its page: a function that may be given a GPU.

midigen composes note by note with a small network, which one core does as fast as a GPU, so no
visitor's quota is spent. But a ZeroGPU Space in which no function is marked does not start.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec


def announce() -> bool:
    """Mark a function for a GPU, where the package `spaces` is; before the page is launched.

    Elsewhere than on ZeroGPU the mark changes nothing.
    """
    if find_spec("spaces") is None:
        return False
    import_module("spaces").GPU(_never_called)
    return True


def _never_called() -> None:
    """Composing is done on the processor."""
