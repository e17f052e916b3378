"""A Space that runs as its host would run it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def started(space: Path) -> Iterator[str]:
    """The Space as its host starts it: the app file in its folder, and an address to listen on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("MIDIGEN", "PYTHONPATH"))
    }
    environment |= {"GRADIO_SERVER_NAME": "127.0.0.1", "GRADIO_TEMP_DIR": str(space / "cache")}
    settings = (space / "config.yaml").read_text(encoding="utf-8")
    (space / "config.yaml").write_text(settings.replace("port: 7860", f"port: {port}"), "utf-8")
    log = space / "app.log"
    with log.open("wb") as said:
        app = subprocess.Popen(
            [sys.executable, "app.py"], cwd=space, env=environment, stdout=said, stderr=said
        )
    try:
        for _ in range(3000):  # up to five minutes, on a busy computer
            assert app.poll() is None, log.read_text(encoding="utf-8")
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        app.terminate()
        app.wait(20)
