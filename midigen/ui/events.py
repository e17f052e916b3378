"""How handlers are wired: all private, the light ones quietly and past the queue.

Gradio makes every handler a public endpoint unless it is told otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

PRIVATE: Final[dict[str, Any]] = {"api_visibility": "private"}
QUIET: Final[dict[str, Any]] = {**PRIVATE, "show_progress": "hidden", "queue": False}
# While a handler is busy gradio drops what is pressed, unless it is told otherwise. LAST remembers
# that something was, and asks again with the values of then, but with the first event's own data:
# where the event itself tells what is wished, it must be EACH.
LAST: Final[dict[str, Any]] = {"trigger_mode": "always_last"}
EACH: Final[dict[str, Any]] = {"trigger_mode": "multiple"}


def afterwards(event: Any, handler: Callable[..., Any], **options: Any) -> None:
    """Call a handler when an event is over, however it ended.

    Gradio's `then` alone, in 6.31, is not called after a handler that refused.
    """
    event.success(handler, **options, **QUIET)
    event.failure(handler, **options, **QUIET)
