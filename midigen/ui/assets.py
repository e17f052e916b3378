"""Where the page's own files lie: styles, scripts, pictures."""

from __future__ import annotations

from pathlib import Path

from midigen.workspace import shipped_folder


def asset(name: str) -> Path:
    """The path of a file of `assets/`."""
    return shipped_folder("assets") / name


def asset_text(name: str) -> str:
    """The content of such a file."""
    return asset(name).read_text(encoding="utf-8")
