"""How long a visitor waits: until the page is usable, for the first drawn note, for sound.

    python benchmarks/page_times.py [--times 3]

Serves a workspace with the shipped model to headless Chromium; each visitor is new and composes
with the default settings, the first one with a model that is not in memory yet. It needs what
`make test` needs. The load of the machine is told beside the figures, for other work makes them
longer.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page

PROJECT = Path(__file__).parent.parent
sys.path.insert(0, str(PROJECT))

from tests.ui.browser import WATCH_COMPOSING, chromium, served, visiting  # noqa: E402

USABLE = """[...document.querySelectorAll("button.primary")].some(
  (button) => button.textContent.trim() === "Generate" && !button.disabled
)"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--times", type=int, default=3, help="how many visitors")
    times = parser.parse_args().times
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        shutil.copytree(
            PROJECT / "models" / "classical-piano", Path(folder, "models/classical-piano")
        )
        with served(Path(folder)) as home:
            rows = [one_visit(browser, home) for _ in range(times)]
    print("| | " + " | ".join(f"visitor {n}" for n in range(1, times + 1)) + " | median |")
    print("|---" * (times + 2) + "|")
    for name in rows[0]:
        figures = [row[name] for row in rows]
        shown = " | ".join(f"{each:.2f}" for each in [*figures, statistics.median(figures)])
        print(f"| {name} | {shown} |")


def one_visit(browser: Browser, home: str) -> dict[str, float]:
    """Seconds until each, and the load of the machine (mean of the last minute) before."""
    load = os.getloadavg()[0]
    with visiting(browser, home) as visit:
        usable = usable_s(visit.page)
        visit.page.evaluate(WATCH_COMPOSING)
        visit.press("Generate")
        visit.page.wait_for_function("window.times.drawn && window.times.sound")
        times = visit.page.evaluate("window.times")
    return {
        "page usable (s)": usable,
        "click to the first drawn note (s)": times["drawn"] / 1000,
        "click to sound (s)": times["sound"] / 1000,
        "load": load,
    }


def usable_s(page: Page) -> float:
    """Since the browser began to ask for the page, by its own clock."""
    page.wait_for_function(USABLE)
    return float(page.evaluate("performance.now()")) / 1000


if __name__ == "__main__":
    main()
