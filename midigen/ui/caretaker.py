"""Keeps the disk of a public page: files and takes of visitors go when old, or too many."""

from __future__ import annotations

import logging
import re
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from gradio.utils import get_upload_folder

from midigen.studio import Studio
from midigen.untrusted import MB

log = logging.getLogger(__name__)
SECONDS_BETWEEN_ROUNDS = 30.0
# What gradio and `temporary` put into the cache: names from a hash, or our prefix.
_OURS = re.compile(r"[0-9a-f]{40,64}|midigen-.*|deep_links")


class Caretaker:
    """Makes its rounds while the page is served.

    Args:
        studio: whose visitors' files it keeps, within the limits of a public page.
    """

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    def start(self) -> None:
        """Make rounds from now on, beside everything else."""
        threading.Thread(target=self._stay, name="caretaker", daemon=True).start()

    def go_round(self) -> None:
        """Delete what is older than it may be, and the oldest of what is too much."""
        app = self._studio.config.app
        kept_s = app.public_kept_hours * 3600
        self._studio.clear_old_takes(kept_s)
        entries = sorted(_entries(Path(get_upload_folder())), reverse=True)  # the newest first
        room = app.public_stored_mb * MB
        for changed_at, entry in entries:
            room -= _size(entry)
            if room < 0 or time.time() - changed_at > kept_s:
                _delete(entry)

    def _stay(self) -> None:
        while True:
            try:
                self.go_round()
            except OSError:
                log.exception("The caretaker could not finish a round")
            time.sleep(SECONDS_BETWEEN_ROUNDS)


def _entries(cache: Path) -> Iterator[tuple[float, Path]]:
    if not cache.exists():
        return
    for entry in cache.iterdir():
        if _OURS.fullmatch(entry.name):
            yield entry.stat().st_mtime, entry


def _size(entry: Path) -> int:
    files = [entry, *entry.rglob("*")] if entry.is_dir() else [entry]
    return sum(each.lstat().st_size for each in files)


def _delete(entry: Path) -> None:
    if entry.is_dir() and not entry.is_symlink():
        shutil.rmtree(entry, ignore_errors=True)
    else:
        entry.unlink(missing_ok=True)
