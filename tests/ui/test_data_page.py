"""The Data tab as a person uses it: ten files, two of them broken, are dropped on the page."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.conftest import make_score
from tests.corpus.test_survey import free_score
from tests.ui.browser import Visit, served, visiting
from tests.ui.test_page import SMALL, tile

pytestmark = pytest.mark.browser

DROP = """(files) => {
  const carried = new DataTransfer();
  for (const { name, content } of files) {
    const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
    carried.items.add(new File([bytes], name));
  }
  return carried;
}"""
CAN_PLAY = """() => [...document.querySelectorAll(".player")].some((player) =>
  player.getClientRects().length && player.querySelector("audio").duration > 1)"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    root = tmp_path_factory.mktemp("workspace")
    (root / "config.yaml").write_text(SMALL, encoding="utf-8")
    with served(root) as address:
        yield address


@pytest.fixture
def visit(chromium: Browser, home: str) -> Iterator[Visit]:
    with visiting(chromium, home) as visit:
        visit.open_tab("Data")
        yield visit


@pytest.fixture
def ten_files(tmp_path: Path) -> list[Path]:
    """Six pieces, a double, one that is played freely, one that is cut off, one that is a text."""
    for i in range(6):
        make_score(seed=i).dump_midi(tmp_path / f"piece-{i}.mid")
    make_score(seed=0).dump_midi(tmp_path / "z-copy.mid")
    free_score().dump_midi(tmp_path / "played.mid")
    (tmp_path / "cut.mid").write_bytes((tmp_path / "piece-1.mid").read_bytes()[:300])
    (tmp_path / "text.mid").write_text("no MIDI at all", encoding="utf-8")
    return sorted(tmp_path.iterdir())


def test_ten_files_are_dropped_judged_drawn_and_heard(visit: Visit, ten_files: list[Path]) -> None:
    page = visit.page
    drop(visit, ten_files)
    expect(page.get_by_label("Name of the set")).to_have_value("my-music")
    visit.press("Import")
    expect(page.get_by_text("“my-music” is ready.")).to_be_visible()

    assert tile(page, "Pieces kept") == "7"
    assert tile(page, "Files left out") == "3"
    assert tile(page, "Duplicates") == "1"
    expect(row(visit, "text.mid")).to_contain_text("no MIDI inside")
    expect(row(visit, "cut.mid")).to_contain_text("it is damaged")
    expect(row(visit, "z-copy.mid")).to_contain_text("it is the same music as piece-0.mid")
    expect(page.locator(".figures figure")).to_have_count(5)
    expect(page.get_by_text(re.compile("Little to learn from: 6 pieces"))).to_be_visible()
    expect(page.get_by_text(re.compile("Free playing, .* in 1 of 7 pieces"))).to_be_visible()

    page.get_by_label("Off the beat", exact=True).check()
    expect(row(visit, "played.mid")).to_contain_text("50% by chance")
    expect(row(visit, "piece-0.mid")).to_have_count(0)

    page.get_by_label("All", exact=True).check()
    page.get_by_role("button", name="Listen to z-copy.mid").click()
    expect(page.get_by_role("heading", name="z-copy.mid")).to_be_visible()
    page.wait_for_function(CAN_PLAY)
    page.get_by_role("button", name="Listen to cut.mid").click()
    expect(page.get_by_text(re.compile("cut.mid cannot be played: it is damaged"))).to_be_visible()

    visit.press("Train on this set")
    expect(
        page.get_by_text(re.compile("Little to learn from")).locator("visible=true")
    ).to_be_visible()
    assert visit.foreign == []
    assert visit.errors == []


def test_deleting_is_asked_about_and_seen_by_everybody(
    chromium: Browser, home: str, visit: Visit, tmp_path: Path
) -> None:
    for i in range(2):
        make_score(seed=90 + i).dump_midi(tmp_path / f"brief-{i}.mid")
    drop(visit, sorted(tmp_path.glob("brief-*.mid")))
    expect(visit.page.get_by_label("Name of the set")).to_have_value("my-music")
    visit.page.get_by_label("Name of the set").fill("brief")
    visit.press("Import")
    expect(visit.page.get_by_text("“brief” is ready.")).to_be_visible()
    with visiting(chromium, home) as other:
        other.open_tab("Data")
        expect(other.page.get_by_role("cell", name="brief", exact=True)).to_be_visible()
        visit.press("Delete")
        expect(visit.page.get_by_text("Delete “brief” and all its files?")).to_be_visible()
        visit.press("Keep it")
        expect(visit.page.get_by_text("Delete “brief” and all its files?")).to_be_hidden()
        visit.press("Delete")
        visit.press("Delete for good")
        for each in (visit, other):
            expect(each.page.get_by_role("cell", name="brief", exact=True)).to_have_count(0)
        assert visit.errors == other.errors == []


def drop(visit: Visit, files: Sequence[Path]) -> None:
    """Drag files over the card for uploads and let go."""
    content = [
        {"name": each.name, "content": base64.b64encode(each.read_bytes()).decode()}
        for each in files
    ]
    carried = visit.page.evaluate_handle(DROP, content)
    target = visit.page.get_by_role("button", name="Click to Upload").locator("visible=true")
    for event in ("dragenter", "dragover", "drop"):
        target.dispatch_event(event, {"dataTransfer": carried})


def row(visit: Visit, file: str) -> Locator:
    return (
        visit.page.get_by_role("row")
        .filter(has_text=file)
        .filter(has_text=re.compile("kept|left out"))
    )
