from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from midigen.config import AppConfig
from midigen.ui import public_door
from midigen.ui.public_door import PublicDoor

SMALL_MB = 0.01  # of a file; the room for all else comes on top


@pytest.fixture
def read() -> list[int]:
    """How much of each request the page has read."""
    return []


@pytest.fixture
def visitor(read: list[int]) -> TestClient:
    async def page(scope: Any, receive: Any, send: Any) -> None:
        n_bytes, more = 0, True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                break
            n_bytes += len(message.get("body", b""))
            more = message.get("more_body", False)
        read.append(n_bytes)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"here"})

    config = AppConfig(public=True, public_max_prompt_mb=SMALL_MB, public_requests_per_hour=10)
    return TestClient(PublicDoor(page, config))


@pytest.mark.parametrize(
    "path",
    ["/", "/config", "/assets/index.js", "/gradio_api/info", "/gradio_api/file=/tmp/a/b.mid",
     "/gradio_api/queue/data", "/gradio_api/heartbeat/abc", "/theme.css"],
)  # fmt: skip
def test_what_the_page_needs_is_there(visitor: TestClient, path: str) -> None:
    assert visitor.get(path).status_code == 200


@pytest.mark.parametrize(
    "path",
    ["/monitoring", "/monitoring/summary", "/gradio_api/runs", "/gradio_api/run-history/buckets",
     "/gradio_api/deep_link", "/gradio_api/proxy=http://x", "/gradio_api/process_recording",
     "/gradio_api/vibe-code/", "/gradio_api/component_server", "/gradio_api/dev/reload",
     "/gradio_api/mcp/", "/login", "/docs", "/openapi.json", "/gradio_api/stream/1"],
)  # fmt: skip
def test_what_it_does_not_need_is_not(visitor: TestClient, path: str, read: list[int]) -> None:
    assert visitor.get(path).status_code == 404
    assert visitor.post(path).status_code == 404
    assert read == []


def test_a_large_body_is_refused_unread(visitor: TestClient, read: list[int]) -> None:
    answer = visitor.post("/gradio_api/queue/join", content=b"x" * 10**6)
    assert answer.status_code == 413
    assert "larger" in answer.json()["detail"]
    assert read == []


def test_a_body_that_does_not_say_how_long_it_is_ends_where_it_is_too_long(
    visitor: TestClient, read: list[int]
) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(100):
            yield b"x" * 10_000

    visitor.post("/gradio_api/queue/join", content=pieces())
    assert sum(read) < 300_000


def test_too_many_requests_are_refused_in_the_visitors_language(visitor: TestClient) -> None:
    for _ in range(10):
        assert visitor.post("/gradio_api/run/predict").status_code == 200
    answer = visitor.post("/gradio_api/upload", headers={"accept-language": "ru"})
    assert answer.status_code == 429
    assert "Продолжить можно" in answer.json()["detail"]
    assert visitor.get("/").status_code == 200  # looking is free


def test_a_full_disk_takes_no_more_files(
    visitor: TestClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    monkeypatch.setattr(public_door, "LEAST_FREE_BYTES", 10**18)
    assert visitor.post("/gradio_api/upload").status_code == 507
    assert visitor.get("/").status_code == 200
