"""Files that belong to one visitor for a while.

Every folder is fresh and has a name that cannot be guessed, so that two visitors never meet. They
lie in gradio's cache, from where it serves files, and go when they are old.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path

from gradio.utils import get_upload_folder

KEPT_FOR_S = 24 * 3600
_PREFIX = "midigen-"


def fresh_folder() -> Path:
    """A new, empty folder; folders that nobody needs any more go at the same time."""
    cache = Path(get_upload_folder())
    cache.mkdir(parents=True, exist_ok=True)
    sweep(cache)
    return Path(tempfile.mkdtemp(prefix=_PREFIX, dir=cache))


def sweep(cache: Path, older_than_s: float = KEPT_FOR_S) -> None:
    """Delete folders of visitors that are older than this."""
    for folder in cache.glob(f"{_PREFIX}*"):
        if time.time() - folder.stat().st_mtime > older_than_s:
            shutil.rmtree(folder, ignore_errors=True)
