"""Pictures of every state that a training can be in, for docs/training_states.md.

    python tools/picture_states.py [--out assets/states]

Serves an empty workspace to headless Chromium, gets the built-in chorales, and lets trainings with
the quick preset learn, be stopped, die, fail, and be asked for twice. It takes some minutes, and
needs what `make test` needs.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

PROJECT = Path(__file__).parent.parent
sys.path.insert(0, str(PROJECT))

from midigen.runs import Run  # noqa: E402
from midigen.workspace import Workspace  # noqa: E402
from tests.ui.browser import Visit, chromium, served, visiting  # noqa: E402

DARK = "?__theme=dark"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=PROJECT / "assets" / "states")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        workspace = Workspace(Path(folder))
        with served(workspace.root) as home:
            _get_chorales(browser, home)
            _picture_all(browser, home, workspace, out)


def _get_chorales(browser: Browser, home: str) -> None:
    with visiting(browser, home) as visit:
        visit.open_tab("Data")
        visit.press("Use the chorales")
        expect(visit.page.get_by_text(re.compile("bach-chorales")).first).to_be_visible(
            timeout=300_000
        )
        visit.page.wait_for_timeout(3000)


def _picture_all(browser: Browser, home: str, workspace: Workspace, out: Path) -> None:
    with visiting(browser, home) as visit:
        visit.open_tab("Train")
        _begin(visit, "first-try")
        expect(visit.page.get_by_label("Step 250", exact=True)).to_be_visible(timeout=900_000)
        _wait_for_step(visit.page, workspace, "first-try", 400)
        _picture(visit.page, out / "learning.png")

        _begin(visit, "second-try", waits=False)
        refusal = visit.page.get_by_text("'first-try' is training already.")
        expect(refusal).to_be_visible()
        visit.page.screenshot(path=out / "refused.png")
        visit.page.add_style_tag(content="[data-testid='toast-body'] { display: none !important; }")
        visit.press("Stop")
        expect(visit.page.get_by_text(re.compile("Stopped at step"))).to_be_visible()
        _picture(visit.page, out / "stopped.png")

        _begin(visit, "second-try")
        _wait_for_step(visit.page, workspace, "second-try", 300)
        pid = Run(workspace.run_folder("second-try")).status().pid
        assert pid is not None, "a run that learns has a process"
        os.kill(pid, signal.SIGKILL)
        expect(visit.page.get_by_text(re.compile("Died: the process"))).to_be_visible()
        _picture(visit.page, out / "died.png")

        _begin(visit, "third-try")
        _wait_for_step(visit.page, workspace, "third-try", 10)
        # A file stands where its samples should go.
        (workspace.run_folder("third-try") / "samples").write_text("", encoding="utf-8")
        expect(visit.page.get_by_text(re.compile("Failed"))).to_be_visible(timeout=600_000)
        _picture(visit.page, out / "failed.png")
    with visiting(browser, home, DARK) as visit:
        visit.page.set_viewport_size({"width": 390, "height": 844})
        visit.open_tab("Train")
        visit.page.get_by_label("Run", exact=True).scroll_into_view_if_needed()
        visit.page.wait_for_timeout(1000)
        visit.page.screenshot(path=out / "phone-dark.png")


def _begin(visit: Visit, name: str, waits: bool = True) -> None:
    visit.page.get_by_label("Name of the run").fill(name)
    visit.press("Start training")
    if waits:
        expect(visit.page.get_by_label("Run", exact=True)).to_have_value(name)


def _wait_for_step(page: Page, workspace: Workspace, name: str, step: int) -> None:
    while Run(workspace.run_folder(name)).status().step < step:
        page.wait_for_timeout(500)


def _picture(page: Page, path: Path) -> None:
    """The right side of the tab: the run, its curves, what it composes."""
    page.wait_for_timeout(1500)  # a curve is drawn
    page.locator(".run-status").locator(
        "xpath=ancestor::*[contains(@class,'column')][2]"
    ).screenshot(path=path)


if __name__ == "__main__":
    main()
