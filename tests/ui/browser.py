"""A studio that is served, and a visitor in headless Chromium."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, expect, sync_playwright

REPOSITORY = Path(__file__).parent.parent.parent
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]
SLOW_MS = 60_000  # for what a busy computer may take
# Milliseconds from the press of Generate on: `times.drawn` of the first note on the roll and
# `times.sound` of the first recording that can be played; `seen` are the numbers of notes that the
# roll has shown. It listens on the document, since the page may replace its elements.
WATCH_COMPOSING = """() => {
  window.seen = []; window.times = {};
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button?.textContent.trim() === "Generate") window.began ??= performance.now();
  }, true);
  document.addEventListener("canplay", () => {
    if (window.began) window.times.sound ??= performance.now() - window.began;
  }, true);
  new MutationObserver(() => {
    const roll = document.querySelector(".player canvas.notes");
    const notes = Number((roll?.getAttribute("aria-label") || "").match(/\\d+/)?.[0] || 0);
    if (!notes || !window.began) return;
    window.times.drawn ??= performance.now() - window.began;
    if (window.seen.at(-1) !== notes) window.seen.push(notes);
  }).observe(document, { attributes: true, attributeFilter: ["aria-label"], subtree: true });
}"""


@dataclass
class Visit:
    """An open page and what it did behind the visitor's back."""

    page: Page
    errors: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def listen(self, home: str) -> None:
        def on_request(request: Request) -> None:
            if not request.url.startswith((home, "data:", "blob:")):
                self.foreign.append(request.url)

        self.page.on("request", on_request)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on(
            "console",
            lambda said: self.errors.append(said.text) if said.type == "error" else None,
        )

    def open_tab(self, name: str) -> None:
        self.page.get_by_role("tab", name=name, exact=True).click()

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).locator("visible=true").click()

    def unfold(self, name: str) -> None:
        """Open an accordion, whose button holds an arrow beside the name."""
        self.page.get_by_role("button", name=name).locator("visible=true").click()


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser, headless."""
    path = (
        os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    )
    if path is None:
        pytest.fail("These tests need Chromium: `apt install chromium`, or set $CHROMIUM.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@contextmanager
def visiting(browser: Browser, home: str, path: str = "") -> Iterator[Visit]:
    """A visitor of their own, with nothing kept from others."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    context.set_default_timeout(SLOW_MS)
    expect.set_options(timeout=SLOW_MS)
    visit = Visit(context.new_page())
    visit.listen(home)
    visit.page.goto(home + path)
    yield visit
    context.close()


@contextmanager
def served(workspace: Path) -> Iterator[str]:
    """The address of a running app over a workspace."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "app.py", "--port", str(port), "--open-browser", "false"]
    environment = {
        **os.environ,
        "MIDIGEN_HOME": str(workspace),
        "GRADIO_TEMP_DIR": str(workspace / "cache"),
    }
    with (workspace / "app.log").open("wb") as log:
        app = subprocess.Popen(command, cwd=REPOSITORY, env=environment, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_until_served(address, app, workspace / "app.log")
        yield address
    finally:
        app.terminate()
        app.wait(20)


def _wait_until_served(address: str, app: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        assert app.poll() is None, log.read_text(encoding="utf-8")
        try:
            urllib.request.urlopen(address, timeout=1).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    pytest.fail(f"the app did not answer:\n{log.read_text(encoding='utf-8')}")
