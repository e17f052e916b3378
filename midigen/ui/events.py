"""How handlers are wired: all private, the light ones quietly and past the queue.

Gradio makes every handler a public endpoint unless it is told otherwise.
"""

from __future__ import annotations

from typing import Any, Final

PRIVATE: Final[dict[str, Any]] = {"api_visibility": "private"}
QUIET: Final[dict[str, Any]] = {**PRIVATE, "show_progress": "hidden", "queue": False}
