"""Where the page's own files lie: styles, scripts, pictures."""

from __future__ import annotations

from pathlib import Path

import midigen


def asset(name: str) -> Path:
    """The path of a file of `assets/`, which lies beside the package."""
    return Path(midigen.__file__).resolve().parent.parent / "assets" / name


def asset_text(name: str) -> str:
    """The content of such a file."""
    return asset(name).read_text(encoding="utf-8")
