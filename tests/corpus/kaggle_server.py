"""A stand-in for Kaggle on this machine, that Kaggle's own client talks to.

A process, or a whole browser test, is pointed to it by environment variables alone: the client's
"LOCALHOST" mode asks http://localhost, and the proxy settings send that here.

    with serve_kaggle({"owner/name": zip_bytes}) as server:
        subprocess.run([...], env={**os.environ, **server.environment(cache_folder)})
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit


@dataclass
class KaggleServer:
    """What is served, to be changed while it runs, and what was asked for.

    Attributes:
        url: where it listens.
        archives: the newest version of each data set, by `owner/name`.
        versions: the number of that version; 1 where none is given.
        statuses: data sets that are answered with an error status instead.
        cut_after_bytes: every download breaks off here, if set.
        asked: names of the calls and paths, in order.
        authorizations: the `Authorization` headers that came.
    """

    url: str
    archives: dict[str, bytes]
    versions: dict[str, int] = field(default_factory=dict)
    statuses: dict[str, int] = field(default_factory=dict)
    cut_after_bytes: int | None = None
    asked: list[str] = field(default_factory=list)
    authorizations: list[str] = field(default_factory=list)

    def environment(self, cache_folder: Path) -> dict[str, str]:
        """Variables that lead the client of any process here, with a cache of its own."""
        return kaggle_environment(self.url, cache_folder)


def kaggle_environment(url: str, cache_folder: Path) -> dict[str, str]:
    """Variables that lead Kaggle's client to `url`; a port where nobody listens is "no network".

    Only plain http to `localhost` goes there; 127.0.0.1 stays direct, so a page under test is not
    disturbed.
    """
    return {
        "KAGGLE_API_ENVIRONMENT": "LOCALHOST",
        "HTTP_PROXY": url,
        "http_proxy": url,
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
        "KAGGLEHUB_CACHE": str(cache_folder),
        "KAGGLE_CONFIG_DIR": str(cache_folder / "no-login"),
        "DISABLE_COLAB_CACHE": "true",
    }


@contextmanager
def serve_kaggle(zip_bytes_by_handle: Mapping[str, bytes]) -> Iterator[KaggleServer]:
    """Serve archives as Kaggle does, on a free port of this machine, until the block ends."""
    web = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server = KaggleServer(f"http://127.0.0.1:{web.server_port}", dict(zip_bytes_by_handle))
    web.kaggle = server  # type: ignore[attr-defined] # how a handler finds it
    thread = threading.Thread(target=web.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        web.shutdown()
        web.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    @property
    def kaggle(self) -> KaggleServer:
        return self.server.kaggle  # type: ignore[attr-defined,no-any-return]

    def do_POST(self) -> None:
        """POST …/v1/datasets.DatasetApiService/<call>, with the names as JSON."""
        call = self._note(urlsplit(self.path).path.rsplit("/", 1)[-1])
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        handle = f"{body['ownerSlug']}/{body['datasetSlug']}"
        if handle in self.kaggle.statuses:
            self._answer(self.kaggle.statuses[handle], {"message": "no"})
        elif handle not in self.kaggle.archives:
            self._answer(404, {"code": 404, "message": "Not found"})
        elif call == "GetDataset":
            self._answer(200, {"currentVersionNumber": self.kaggle.versions.get(handle, 1)})
        else:
            self.send_response(302)
            self.send_header("Location", f"{self.kaggle.url}/files/{handle}")
            self.send_header("Content-Length", "0")
            self.end_headers()

    def do_GET(self) -> None:
        """GET /files/<owner>/<name>: the archive, or the rest of it after a broken download."""
        path = self._note(urlsplit(self.path).path)
        content = self.kaggle.archives[path.removeprefix("/files/")]
        start = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").rstrip("-"))
        md5 = base64.b64encode(hashlib.md5(content).digest()).decode()
        self.send_response(206 if start else 200)
        self.send_header("Content-Type", "application/zip")
        self.send_header("Content-Length", str(len(content) - start))
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("x-goog-hash", f"md5={md5}")
        self.end_headers()
        self.wfile.write(content[start : self.kaggle.cut_after_bytes])

    def log_message(self, *_: Any) -> None:
        """Nothing on the terminal."""

    def _note(self, what: str) -> str:
        self.kaggle.asked.append(what)
        if "Authorization" in self.headers:
            self.kaggle.authorizations.append(self.headers["Authorization"])
        return what

    def _answer(self, status: int, content: Mapping[str, Any]) -> None:
        text = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.send_header("X-Kaggle-HubVersion", "999.0.0")  # makes the client nag
        self.end_headers()
        self.wfile.write(text)
