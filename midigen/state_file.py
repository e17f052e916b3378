"""The state of work that another process does, told by files alone.

The worker holds a lock on its folder for as long as it lives; the system frees the lock even after
`kill -9`. Whoever finds "running" written and the lock free knows that the worker died.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from midigen import atomic
from midigen.errors import UserError

# A reader that probes the lock holds it for an instant; a worker waits that long.
_PATIENCE_S = 2.0
# A process that was just started is given that long to take the lock.
STARTING_S = 90.0


@dataclass(frozen=True)
class StateFile:
    """`state.json` and the lock of one folder."""

    folder: Path

    @contextmanager
    def held(self, what: str) -> Iterator[None]:
        """Own the folder; the block is the worker's life.

        Raises:
            UserError: another process owns it.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self._lock_path, timeout=_PATIENCE_S)
        try:
            lock.acquire()
        except Timeout:
            pid = self.read().get("pid")
            raise UserError(
                f"{what} is being worked on by another process (pid {pid}).",
                "Wait for it, or stop it first.",
            ) from None
        try:
            yield
        finally:
            lock.release()

    def is_held(self) -> bool:
        """Whether the worker lives."""
        if not self._lock_path.exists():
            return False
        try:
            with FileLock(self._lock_path, timeout=0):
                return False
        except Timeout:
            return True
        except OSError:  # a read-only folder has no worker
            return False

    def write(self, content: Mapping[str, Any], pid: int | None = None) -> None:
        """Replace the state; the time and the process, by default this one, are added."""
        stamped = {**content, "pid": pid or os.getpid(), "updated_at": time.time()}
        atomic.write_json(self.folder / "state.json", stamped)

    def has_worker(self) -> bool:
        """Whether a worker lives, or was started so lately that it may not hold the lock yet."""
        if self.is_held():
            return True
        written = self.read()
        is_young = time.time() - written.get("updated_at", 0.0) < STARTING_S
        return bool(written.get("starting")) and is_young and _exists(written.get("pid", 0))

    def read(self) -> dict[str, Any]:
        """The last written state; empty where there is none."""
        try:
            content = json.loads((self.folder / "state.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return content if isinstance(content, dict) else {}

    @property
    def _lock_path(self) -> Path:
        return self.folder / ".lock"


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it exists, and is not ours
        return True
    return True
