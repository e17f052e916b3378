"""A Space as people meet it: in a frame of another site, in a browser that lets it keep nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from midigen.cli import main
from midigen.studio import SHIPPED
from tests.started_space import started
from tests.ui.browser import SLOW_MS

pytestmark = pytest.mark.browser

# What a browser answers in a frame of another site where third parties may store nothing.
NO_STORAGE = """
for (const name of ["localStorage", "sessionStorage"])
  Object.defineProperty(window, name, {
    configurable: true,  // as the browser's own
    get() { throw new DOMException("Access is denied for this document.", "SecurityError"); },
  });
"""


@pytest.fixture
def frame(tmp_path: Path) -> Iterator[str]:
    """The address of a page of another site that shows a Space in a frame."""
    assert main(["space", str(tmp_path / "space"), "--model", SHIPPED[1]]) == 0
    with started(tmp_path / "space") as address:
        page = f"<iframe src='{address}' style='width:1200px;height:1200px'></iframe>".encode()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Length", str(len(page)))
                self.end_headers()
                self.wfile.write(page)

            def log_message(self, *said: object) -> None:
                """Say nothing on the screen of the tests."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://localhost:{server.server_port}"  # to the browser, not 127.0.0.1
        finally:
            server.shutdown()
            server.server_close()


def test_it_composes_in_a_frame_where_nothing_can_be_kept(chromium: Browser, frame: str) -> None:
    """Gradio threw while it read localStorage, and every other page never finished loading."""
    context = chromium.new_context(viewport={"width": 1220, "height": 1220})
    context.set_default_timeout(SLOW_MS)
    context.add_init_script(NO_STORAGE)
    page, errors = context.new_page(), []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(frame)
    studio = page.frame_locator("iframe")
    studio.get_by_label("Length in bars").first.fill("4", timeout=SLOW_MS)
    studio.get_by_role("button", name="Generate", exact=True).locator("visible=true").click()
    expect(studio.get_by_text("Take 1").first).to_be_visible(timeout=SLOW_MS)
    expect(studio.get_by_text("Played by").first).to_be_visible(timeout=SLOW_MS)
    studio.get_by_role("tab", name="Train").click()
    expect(studio.get_by_text("Training is off on this public page.")).to_be_visible()
    assert errors == []
    context.close()
