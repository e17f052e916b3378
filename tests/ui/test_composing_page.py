"""Composing as a person does it, in headless Chromium, with a model that has learned a little."""

from __future__ import annotations

import json
import logging
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from midigen.config import Config
from midigen.config_file import apply_overrides
from midigen.studio import Studio
from midigen.workspace import Workspace
from tests.conftest import make_score
from tests.ui.browser import WATCH_COMPOSING, Visit, served, visiting

log = logging.getLogger(__name__)
pytestmark = pytest.mark.browser

SMALL = [
    "preprocessing.workers=1",
    "preprocessing.validation_share=0.2",
    "model.embedding_size=16",
    "model.hidden_size=32",
    "model.n_layers=1",
    "training.batch_size=4",
    "training.sequence_length=32",
    "training.max_steps=300",
    "training.eval_every=150",
    "training.checkpoint_every=150",
    "training.sample_tokens=150",
    "training.warmup_steps=5",
    "training.threads=1",
    "training.tensorboard=false",
]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A studio with the model `tiny`."""
    root = tmp_path_factory.mktemp("workspace")
    music = tmp_path_factory.mktemp("music") / "melodies"
    music.mkdir()
    for i in range(10):
        make_score(seed=i).dump_midi(music / f"piece-{i}.mid")
    studio = Studio(apply_overrides(Config(), SMALL), Workspace(root))
    studio.import_dataset(str(music))
    for _ in studio.train("tiny", "melodies"):
        pass
    with served(root) as address:
        yield address


@pytest.fixture
def visit(chromium: Browser, home: str) -> Iterator[Visit]:
    with visiting(chromium, home) as visit:
        yield visit
        assert visit.foreign == []
        assert visit.errors == []


def test_the_first_visit_hears_an_example_at_once(visit: Visit) -> None:
    visit.press("Step 300")
    audio_is_ready(visit.page)
    visit.press("Play")
    visit.page.wait_for_function("document.querySelector('.player audio').currentTime > 0.5")


def test_after_a_refusal_another_piece_can_be_asked_for(visit: Visit) -> None:
    """Gradio's `then` is not called after a handler that refused; Generate stayed grey."""
    page = visit.page
    expect(page.get_by_role("button", name="Generate", exact=True)).to_be_enabled()
    visit.unfold("Begin with some music")
    page.get_by_label("a MIDI file", exact=True).check()
    visit.press("Generate")
    expect(page.get_by_text("There is no MIDI file to begin with.")).to_be_visible()
    expect(page.get_by_role("button", name="Generate", exact=True)).to_be_enabled()
    expect(page.get_by_role("button", name="Stop", exact=True).first).to_be_disabled()


def test_an_mp3_is_made_and_taken_along_when_it_is_pressed(visit: Visit) -> None:
    compose(visit, seed=7)
    for role in ("button", "link"):  # once more, it is there
        with visit.page.expect_download() as downloaded:
            visit.page.get_by_role(role, name="MP3", exact=True).first.click()
        assert downloaded.value.suggested_filename == "tiny-seed7.mp3"
        assert Path(downloaded.value.path()).read_bytes()[0] == 0xFF


def test_the_same_seed_gives_the_same_music_and_another_one_does_not(visit: Visit) -> None:
    compose(visit, seed=7)
    first = download(visit.page, "MIDI")
    compose(visit, seed=7)
    assert download(visit.page, "MIDI") == first
    compose(visit, seed=8)
    assert download(visit.page, "MIDI") != first


def test_the_roll_draws_itself_while_the_model_composes(visit: Visit) -> None:
    page = visit.page
    expect(page.locator(".player canvas.notes").first).to_be_attached()
    page.evaluate(WATCH_COMPOSING)
    set_bars(page, 120)
    set_seed(page, 3)
    composes(visit, "Generate")
    page.wait_for_function("window.times.sound")
    seen = page.evaluate("window.seen")
    times = page.evaluate("window.times")
    log.info("click to first note %.0f ms, to sound %.0f ms", times["drawn"], times["sound"])
    assert len(seen) > 2, "the roll was drawn more than once before it was whole"
    assert seen == sorted(seen)
    assert times["drawn"] < times["sound"]


def test_the_beginning_is_heard_while_the_rest_is_composed(visit: Visit) -> None:
    page = visit.page
    growing = page.locator(".player.is-growing")
    set_bars(page, 700)
    set_seed(page, 4)
    visit.press("Generate")
    growing.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function("document.querySelector('.is-growing audio')?.currentTime > 0.3")
    visit.press("Stop")
    expect(page.locator(".take")).to_have_count(1)
    page.wait_for_function(STILL_PLAYS_THE_WHOLE)


def test_several_takes_are_listed_and_each_can_be_shown(visit: Visit) -> None:
    page = visit.page
    page.get_by_label("3", exact=True).check()
    compose(visit, seed=20, bars=6, takes=3)
    cards = page.locator(".take")
    expect(cards).to_have_count(3)
    expect(cards.nth(0)).to_contain_text("seed 22")
    assert cards.nth(0).locator(".mini").evaluate(HAS_INK)
    cards.nth(1).get_by_role("button", name=re.compile("^Show")).click()
    expect(page.get_by_role("heading", name="Take 2: tiny, seed 21")).to_be_visible()
    expect(cards.nth(1)).to_have_class(re.compile("is-shown"))


def test_takes_are_starred_renamed_compared_deleted_and_packed(
    visit: Visit, tmp_path: Path
) -> None:
    page = visit.page
    page.get_by_label("2", exact=True).check()
    compose(visit, seed=30, bars=6, takes=2)
    cards = page.locator(".take")
    expect(cards).to_have_count(2)
    cards.nth(0).get_by_role("button", name=re.compile("^Favourite")).click()
    expect(cards.nth(0).locator(".star")).to_have_attribute("aria-pressed", "true")
    cards.nth(0).get_by_role("button", name="Rename").click()
    name = cards.nth(0).get_by_role("textbox")
    name.fill("<b>Morning</b>")
    name.press("Enter")
    expect(cards.nth(0).locator(".name")).to_have_text("<b>Morning</b>")
    cards.nth(0).get_by_role("button", name="Compare").click()
    expect(page.locator(".player:not(.is-empty)").locator("visible=true")).to_have_count(2)
    cards.nth(0).get_by_role("button", name="Stop comparing").click()
    expect(page.locator(".player:not(.is-empty)").locator("visible=true")).to_have_count(1)
    visit.press("Download all")
    link = page.get_by_role("link", name=re.compile("takes.zip|KB")).first
    with page.expect_download() as downloaded:
        link.click()
    downloaded.value.save_as(tmp_path / "takes.zip")
    with zipfile.ZipFile(tmp_path / "takes.zip") as archive:
        assert len(archive.namelist()) == 4
    cards.nth(0).get_by_role("button", name="Delete").click()
    expect(cards).to_have_count(2)
    cards.nth(0).get_by_role("button", name="Delete for good?").click()
    expect(cards).to_have_count(1)


def test_a_take_grows_and_the_growth_is_undone(visit: Visit) -> None:
    page = visit.page
    compose(visit, seed=40, bars=4)
    composes(visit, "Continue")
    expect(page.get_by_role("heading", name=re.compile("^Take 2:"))).to_be_visible()
    visit.press("Undo")
    expect(page.get_by_role("heading", name="Take 1: tiny, seed 40")).to_be_visible()
    expect(page.locator(".take")).to_have_count(2)


def test_the_rest_is_composed_again_behind_the_bars_that_are_kept(visit: Visit) -> None:
    page = visit.page
    compose(visit, seed=50, bars=8)
    page.get_by_role("spinbutton", name="Bars to keep").fill("3")
    composes(visit, "Compose the rest again")
    expect(page.get_by_role("heading", name=re.compile("^Take 2:"))).to_be_visible()
    recipe = json.loads(download(page, "Recipe (JSON)"))
    assert recipe["request"]["prompt_bars"] == 3


def test_stop_keeps_what_is_there_and_composes_no_more(visit: Visit) -> None:
    page = visit.page
    page.get_by_label("4", exact=True).check()
    page.get_by_label("tokens", exact=True).check()
    page.get_by_label("number input for Length in tokens").fill("4000")
    set_seed(page, 60)
    visit.press("Generate")
    expect(page.locator(".player .progress").first).to_have_text(re.compile("so far"))
    visit.press("Stop")
    expect(page.get_by_role("button", name="Generate", exact=True)).to_be_enabled()
    assert 1 <= page.locator(".take").count() < 4
    audio_is_ready(page)


def test_a_reload_keeps_the_takes(visit: Visit) -> None:
    compose(visit, seed=70, bars=4)
    visit.page.reload()
    expect(visit.page.locator(".take")).to_have_count(1)
    expect(visit.page.get_by_role("heading", name="Take 1: tiny, seed 70")).to_be_visible()
    audio_is_ready(visit.page)


def test_two_visitors_at_once_do_not_meet(visit: Visit, chromium: Browser, home: str) -> None:
    with visiting(chromium, home) as other:
        for each, seed in ((visit, 80), (other, 81)):
            set_bars(each.page, 16)
            set_seed(each.page, seed)
        for each in (visit, other):
            each.press("Generate")
        for each, seed in ((visit, 80), (other, 81)):
            expect(each.page.locator(".take")).to_have_count(1)
            expect(each.page.get_by_role("heading", name=f"tiny, seed {seed}")).to_be_visible()
    compose(visit, seed=81, bars=16)
    alone = download(visit.page, "MIDI")
    with visiting(chromium, home) as third:
        compose(third, seed=81, bars=16)
        assert download(third.page, "MIDI") == alone


def test_who_waits_reads_where_they_stand(visit: Visit, chromium: Browser, home: str) -> None:
    with visiting(chromium, home) as other:
        other.page.get_by_label("tokens", exact=True).check()
        other.page.get_by_label("number input for Length in tokens").fill("4000")
        other.page.get_by_label("4", exact=True).check()
        other.press("Generate")
        expect(other.page.locator(".player .progress").first).to_have_text(re.compile("so far"))
        set_bars(visit.page, 4)
        visit.press("Generate")
        said = visit.page.get_by_text("You are next, and it begins by itself.")
        expect(said).to_be_visible()
        expect(other.page.locator(".place").locator("visible=true")).to_have_count(0)
        other.press("Stop")
        expect(visit.page.locator(".take")).to_have_count(1)
        expect(said).not_to_be_visible()


def test_a_file_is_gone_on_from(visit: Visit, tmp_path: Path) -> None:
    page = visit.page
    make_score(n_bars=3).dump_midi(tmp_path / "mine.mid")
    visit.unfold("Begin with some music")
    page.get_by_label("a MIDI file", exact=True).check()
    page.locator("input[type=file][accept*='.mid']").first.set_input_files(tmp_path / "mine.mid")
    expect(page.get_by_text("mine.mid")).to_be_visible()
    compose(visit, seed=90, bars=6)
    recipe = json.loads(download(page, "Recipe (JSON)"))
    assert recipe["prompt_tokens"] > 10


def test_a_link_opens_the_page_with_the_request_filled_in(chromium: Browser, home: str) -> None:
    with visiting(chromium, home, "/?model=tiny&seed=99&bars=5&temperature=1.3") as visit:
        page = visit.page
        expect(page.get_by_label("Same seed, same music")).to_have_value("99")
        expect(page.get_by_label("New seed each time")).not_to_be_checked()
        expect(page.get_by_label("number input for Length in bars")).to_have_value("5")
        composes(visit, "Generate")
        expect(page.get_by_role("heading", name="Take 1: tiny, seed 99")).to_be_visible()


def test_a_take_is_analysed(visit: Visit) -> None:
    compose(visit, seed=100, bars=8)
    visit.unfold("Look closer")
    visit.press("Analyse the take")
    expect(visit.page.get_by_text(re.compile("^In .* (major|minor), "))).to_be_visible()
    expect(visit.page.locator(".columns-figure")).to_have_count(3)


HAS_INK = """(canvas) => {
  const { width, height } = canvas;
  return canvas.getContext("2d").getImageData(0, 0, width, height).data.some(Boolean);
}"""
STILL_PLAYS_THE_WHOLE = """() => {
  const player = document.querySelector(".player:not(.is-growing)");
  const audio = player?.querySelector("audio");
  const isWhole = Math.abs(audio?.duration - player?.querySelector(".seek").max) < 0.5;
  return isWhole && !audio.paused && audio.currentTime > 0.3;
}"""


def set_bars(page: Page, bars: int) -> None:
    page.get_by_label("number input for Length in bars").fill(str(bars))


def set_seed(page: Page, seed: int) -> None:
    page.get_by_label("Same seed, same music").fill(str(seed))
    expect(page.get_by_label("New seed each time")).not_to_be_checked()


def compose(visit: Visit, seed: int, bars: int = 4, takes: int = 1) -> None:
    set_bars(visit.page, bars)
    set_seed(visit.page, seed)
    composes(visit, "Generate", takes)
    audio_is_ready(visit.page)


def composes(visit: Visit, button: str, takes: int = 1) -> None:
    """Press a button and wait until its takes are there and another could be asked for."""
    before = visit.page.locator(".take").count()
    visit.press(button)
    expect(visit.page.locator(".take")).to_have_count(before + takes)
    expect(visit.page.get_by_role("button", name="Generate", exact=True)).to_be_enabled()


def audio_is_ready(page: Page) -> None:
    page.wait_for_function("document.querySelector('.player audio').duration > 0")


def download(page: Page, label: str) -> bytes:
    with page.expect_download() as downloaded:
        page.get_by_role("link", name=label, exact=True).first.click()
    return Path(downloaded.value.path()).read_bytes()
