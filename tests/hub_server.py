"""A stand-in for the Hugging Face Hub on this machine, that its own client talks to.

with serve_hub() as hub:
    hub.lead_here(monkeypatch)
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from huggingface_hub import constants

TOKEN = "hf_of_the_tests"
_API = re.compile(
    r"/api/(models|spaces)/(?P<repo>[^/]+/[^/]+)(/(?P<call>revision|tree|preupload|commit)/(?P<revision>[^/]+))?"
)
_FILE = re.compile(r"/(?P<repo>[^/]+/[^/]+)/resolve/(?P<revision>[^/]+)/(?P<path>.+)")


@dataclass
class HubServer:
    """What lies on the Hub, and what was asked of it.

    Attributes:
        url: where it listens.
        commits: the files of each commit, by repository, the oldest first.
        made: what the repositories were made with.
        asked: the paths that were asked for.
    """

    url: str = ""
    commits: dict[str, list[dict[str, bytes]]] = field(default_factory=dict)
    made: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def lead_here(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let the client of this process ask here, with a token."""
        monkeypatch.setattr(constants, "ENDPOINT", self.url)
        template = self.url + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
        monkeypatch.setenv("HF_TOKEN", TOKEN)

    def files(self, repo: str, revision: str) -> dict[str, bytes] | None:
        """The files of a commit, or of the newest for `main`."""
        commits = self.commits.get(repo, [])
        if revision == "main":
            return commits[-1] if commits else None
        return next(
            (each for i, each in enumerate(commits) if commit_id(repo, i) == revision), None
        )


def commit_id(repo: str, number: int) -> str:
    """The name of a commit, as long as those of git."""
    return hashlib.sha1(f"{repo} {number}".encode()).hexdigest()


@contextmanager
def serve_hub() -> Iterator[HubServer]:
    """A Hub with nothing on it, as long as the block lasts."""
    hub = HubServer()

    class Handler(_Handler):
        served = hub

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    served: HubServer

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        self.served.asked.append(path)
        if (file := _FILE.fullmatch(path)) is not None:
            files = self.served.files(file["repo"], file["revision"])
            if files is None or file["path"] not in files:
                return self._refuse(404, "EntryNotFound")
            return self._answer(files[file["path"]], file["revision"])
        asked = _API.fullmatch(path)
        if asked is None or asked["repo"] not in self.served.commits:
            return self._refuse(404, "RepoNotFound")
        revision = asked["revision"] or "main"
        files = self.served.files(asked["repo"], revision)
        if files is None:
            return self._refuse(404, "RevisionNotFound")
        if asked["call"] == "tree":
            return self._json(
                [
                    {"type": "file", "path": name, "size": len(content), "oid": _blob(content)}
                    for name, content in files.items()
                ]
            )
        number = next(
            i for i, each in enumerate(self.served.commits[asked["repo"]]) if each is files
        )
        return self._json({"id": asked["repo"], "sha": commit_id(asked["repo"], number)})

    def do_POST(self) -> None:
        path = unquote(urlsplit(self.path).path)
        self.served.asked.append(path)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if path == "/api/validate-yaml":
            return self._json({"errors": [], "warnings": []})
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self._refuse(401, "Unauthorized")
        if path == "/api/repos/create":
            told = json.loads(body)
            repo = f"{told.get('organization') or 'me'}/{told['name']}"
            self.served.made.append(told)
            self.served.commits.setdefault(repo, [])
            return self._json({"url": f"{self.served.url}/{repo}"})
        asked = _API.fullmatch(path)
        assert asked is not None, path
        if asked["call"] == "preupload":
            names = [each["path"] for each in json.loads(body)["files"]]
            told = [{"path": n, "uploadMode": "regular", "shouldIgnore": False} for n in names]
            return self._json({"files": told})
        files = {}
        for line in body.splitlines():
            entry = json.loads(line)
            if entry["key"] == "file":
                files[entry["value"]["path"]] = base64.b64decode(entry["value"]["content"])
        commits = self.served.commits[asked["repo"]]
        commits.append({**(commits[-1] if commits else {}), **files})
        oid = commit_id(asked["repo"], len(commits) - 1)
        address = f"{self.served.url}/{asked['repo']}/commit/{oid}"
        return self._json({"commitOid": oid, "commitUrl": address, "success": True})

    def _answer(self, content: bytes, revision: str) -> None:
        self.send_response(200)
        self.send_header("ETag", f'"{_blob(content)}"')
        self.send_header("X-Repo-Commit", revision)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)

    def _json(self, content: Any) -> None:
        body = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _refuse(self, status: int, code: str) -> None:
        self.send_response(status)
        self.send_header("X-Error-Code", code)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *said: Any) -> None:
        """Say nothing on the screen of the tests."""


def _blob(content: bytes) -> str:
    """The name that git gives to the content of a file."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
