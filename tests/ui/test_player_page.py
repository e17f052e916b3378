"""The player alone, in a page of its own, in headless Chromium."""

from __future__ import annotations

import logging
import re
import time
import wave
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from midigen.rendering.pianoroll import PianoRoll, RollNote, RollTrack
from midigen.ui import texts
from midigen.ui.events import EACH
from midigen.ui.player import player, player_value
from tests.ui.browser import SLOW_MS

log = logging.getLogger(__name__)
pytestmark = pytest.mark.browser

BAR_S, BARS = 1.0, 12
SECONDS_BETWEEN_VALUES = 0.2
# A page of notation with all that must not come along.
SVG = """<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
 viewBox="0 0 400 100" onload="window.hacked = 1"><style>@import url(http://else.where)</style>
 <script>window.hacked = 2</script><foreignObject><body xmlns="http://www.w3.org/1999/xhtml">
 <img src="x" onerror="window.hacked = 3"/></body></foreignObject>
 <use xlink:href="http://else.where/a.svg#a"/><g class="system">{notes}</g></svg>"""
SVG_NOTE = '<g class="note" id="n{i}"><rect x="{x}" y="40" width="12" height="12"/></g>'


def roll(bars: int, notes_a_bar: int = 8) -> PianoRoll:
    step = BAR_S / notes_a_bar
    notes = [
        RollNote(i * step, step, 55 + (i * 7) % 24, 80, i % 2) for i in range(bars * notes_a_bar)
    ]
    tracks = (RollTrack("Piano", 0, False), RollTrack("Bass", 32, False))
    starts = tuple(i * BAR_S for i in range(bars))
    return PianoRoll(tuple(notes), tracks, starts, bars * BAR_S)


def sheet() -> dict[str, Any]:
    notes = "".join(SVG_NOTE.format(i=i, x=10 + 30 * i) for i in range(BARS))
    timeline = [[i * BAR_S, 0, [f"n{i}"], (i + 1) * BAR_S] for i in range(BARS)]
    return {"pages": [SVG.format(notes=notes), "<svg><g></svg>"], "timeline": timeline}


def write_tone(path: Path, hertz: float) -> Path:
    rate_hz = 22050
    wave_form = np.sin(2 * np.pi * hertz * np.arange(int(rate_hz * BARS * BAR_S)) / rate_hz)
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate_hz, 0, "NONE", ""))
        file.writeframes((3000 * wave_form).astype("<i2").tobytes())
    return path


def players_page(folder: Path) -> gr.Blocks:
    """Two players, and buttons that give them something to show."""
    tones = [write_tone(folder / f"{i}.wav", 220.0 * (i + 1)) for i in range(2)]
    options: dict[str, Any] = {"can_keep": True, "parts_can_mute": True, "blocks": [4, 8]}

    def grow() -> Iterator[Any]:
        for bars in range(1, BARS + 1):
            said = f"{bars} of {BARS} bars"
            yield player_value("Growing", "", None, roll(bars, 250), key="grown", progress=said)
            time.sleep(SECONDS_BETWEEN_VALUES)

    def finish() -> Any:
        return player_value("Grown", "", tones[0], roll(BARS, 250), key="grown")

    def fill() -> Any:
        value = {"audio": tones[0], "roll": roll(BARS)}
        return (
            player_value("First", "", **value, key="first", sheet=sheet(), **options),
            player_value("Second", "", **value),
        )

    def keep(event: gr.EventData) -> str:
        return f"keep {event.bar}"

    def mute(event: gr.EventData) -> Any:
        value = player_value(
            "Mixed", "", tones[1], roll(BARS), key="first", muted=event.muted, **options
        )
        return f"muted {event.muted}", value

    with gr.Blocks() as page:
        said = gr.Textbox(label="Said", interactive=True)
        first, second = (
            player(elem_id="first", render=False),
            player(elem_id="second", render=False),
        )
        gr.Button("Grow").click(grow, outputs=first, show_progress="hidden")
        gr.Button("Finish").click(finish, outputs=first, show_progress="hidden")
        gr.Button("Empty").click(lambda: (None, None), outputs=[first, second])
        gr.Button("Fill").click(fill, outputs=[first, second], show_progress="hidden")
        first.render()
        second.render()
        first.keep(keep, outputs=said, show_progress="hidden", **EACH)
        first.mute(mute, outputs=[said, first], show_progress="hidden")
    return page


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("players")
    page: Any = players_page(folder)
    page.launch(prevent_thread_lock=True, quiet=True, allowed_paths=[str(folder)])
    yield page.local_url
    page.close()


@pytest.fixture(scope="module")
def opened(chromium: Browser, home: str) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1280, "height": 1200})
    context.set_default_timeout(SLOW_MS)
    expect.set_options(timeout=SLOW_MS)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(home)
    yield page
    assert errors == []
    context.close()


@pytest.fixture
def page(opened: Page) -> Page:
    """The page with both players filled, silent, and nothing focused."""
    press(opened, "Empty")
    expect(opened.locator(".player.is-empty")).to_have_count(2)
    press(opened, "Fill")
    expect(opened.locator("#first .title")).to_have_text("First")
    opened.wait_for_function("[...document.querySelectorAll('audio')].every(a => a.duration > 0)")
    opened.evaluate("document.querySelectorAll('audio').forEach(a => a.pause())")
    opened.evaluate("document.activeElement.blur()")
    return opened


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def number(page: Page, name: str) -> float:
    return float(page.locator("#first .roll").evaluate(f"roll => roll.dataset.{name}"))


def playing(page: Page) -> list[bool]:
    page.wait_for_timeout(150)
    return list(page.evaluate("[...document.querySelectorAll('audio')].map(a => !a.paused)"))


def ruler(page: Page) -> tuple[float, float]:
    """Where the ruler begins, and the height of its middle, on the page."""
    page.locator("#first .ruler").scroll_into_view_if_needed()
    box = page.locator("#first .ruler").bounding_box()
    assert box is not None
    return box["x"], box["y"] + box["height"] / 2


def bar_x(page: Page, bar: int) -> float:
    return ruler(page)[0] + (bar * BAR_S - number(page, "scroll")) * number(page, "zoom")


def now(page: Page) -> float:
    return float(page.locator("#first audio").evaluate("audio => audio.currentTime"))


def seek(player: Locator, second: float) -> None:
    player.locator(".seek").fill(str(second))
    player.locator(".seek").blur()


def test_a_piece_is_seen_to_grow_and_can_be_played_when_it_is_complete(opened: Page) -> None:
    press(opened, "Grow")
    play = opened.locator("#first .play")
    expect(opened.locator("#first .progress")).to_have_text(re.compile("of"))
    expect(play).to_be_disabled()
    expect(play).to_have_attribute("title", texts.PLAYER["growing"])
    expect(opened.locator("#first .progress")).to_have_text(f"{BARS} of {BARS} bars")
    opened.wait_for_timeout(500)  # until it has glided to the end
    log.info(
        "%d notes: taken over in %.1f ms, drawn in %.1f ms",
        BARS * 250, number(opened, "updateMs"), number(opened, "drawMs"),
    )  # fmt: skip
    zoom = number(opened, "zoom")
    press(opened, "Finish")
    expect(play).to_be_enabled()
    opened.wait_for_function("document.querySelector('#first audio').duration > 0")
    assert (number(opened, "scroll"), number(opened, "zoom")) == (0, zoom), "ready to be heard"


def test_the_flag_is_set_by_a_click_and_moved_by_keys_and_python_hears_it(page: Page) -> None:
    said = page.get_by_label("Said")
    page.mouse.click(bar_x(page, 3) + 4, ruler(page)[1])
    expect(said).to_have_value("keep 3")
    page.locator("#first .bar-flag").focus()
    page.keyboard.press("ArrowRight")
    expect(said).to_have_value("keep 4")
    page.locator("#first .bar-flag").click()
    expect(said).to_have_value("keep None")
    page.locator("#first .keep-set").click()
    page.locator("#first .keep-more").click()
    expect(said).to_have_value(f"keep {BARS // 2 + 1}")


def test_a_region_dragged_on_the_ruler_is_played_again_and_again(page: Page) -> None:
    y = ruler(page)[1]
    page.mouse.move(bar_x(page, 2) + 9, y)
    page.mouse.down()
    page.mouse.move(bar_x(page, 2) + 40, y, steps=4)
    page.mouse.up()
    loop = page.locator("#first .loop")
    expect(loop).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Space")
    seen = []
    for _ in range(40):
        page.wait_for_timeout(80)
        seen.append(now(page))
    log.info("a jump of the loop was late by %.0f ms", number(page, "loopLateMs"))
    assert any(a > b for a, b in pairwise(seen)), "it jumped back"
    assert min(seen[3:]) >= 2 * BAR_S
    assert max(seen) < 3 * BAR_S + 0.5
    page.keyboard.press("Escape")
    expect(loop).to_have_attribute("aria-pressed", "false")


def test_space_is_for_one_player_and_not_for_what_is_written(page: Page) -> None:
    page.locator("#second .play").click()
    assert playing(page) == [False, True]
    page.locator("#first .play").click()
    assert playing(page) == [True, False], "only one sounds"
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Space")
    assert playing(page) == [False, False]
    page.keyboard.press("Space")
    assert playing(page) == [True, False], "the one that was used last"
    page.get_by_label("Said").click()
    page.keyboard.press("Space")
    assert playing(page) == [True, False]
    assert page.evaluate("midigenPlayers.living().length") == 2


def test_a_muted_part_comes_as_another_recording_at_the_same_place(page: Page) -> None:
    first = page.locator("#first")
    seek(first, 2.0)
    first.locator(".loop").click()  # it shall not end while a busy computer answers
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Space")
    source = first.locator("audio").get_attribute("src")
    first.get_by_role("button", name="Bass", exact=True).click()
    expect(page.get_by_label("Said")).to_have_value("muted [1]")
    expect(first.locator("audio")).not_to_have_attribute("src", str(source))
    log.info("exchanged with %.0f ms of difference", number(page, "swapErrorMs"))
    assert abs(number(page, "swapErrorMs")) < 150
    assert playing(page) == [True, False]
    assert 2 * BAR_S <= now(page) < 7 * BAR_S
    expect(first.locator(".solo").first).to_have_attribute("aria-pressed", "true")


def test_the_score_follows_the_sound_and_brings_nothing_else(page: Page) -> None:
    first = page.locator("#first")
    first.get_by_role("button", name="Score", exact=True).click()
    expect(first.locator(".page svg")).to_be_visible()
    expect(first.locator(".page").nth(1)).to_have_text(texts.PLAYER["sheet_broken"])
    seek(first, 5.5)
    expect(first.locator(".is-sounding")).to_have_attribute("id", "player-1-n5")
    first.locator("#player-1-n3").click()
    assert abs(now(page) - 3 * BAR_S) < 0.1
    forbidden = ".page :is(script, style, foreignObject, img), .page [onload], .page use[*|href]"
    assert page.locator(forbidden).count() == 0
    assert page.evaluate("window.hacked") is None
    first.get_by_role("button", name="Roll", exact=True).click()
    expect(first.locator(".roll")).to_be_visible()


def test_the_volume_is_the_same_for_all_players(page: Page) -> None:
    state = "[...document.querySelectorAll('audio')].map(a => [a.volume, a.muted])"
    page.locator("#first .volume").fill("0.5")
    page.locator("#second .mute").click()
    assert page.evaluate(state) == [[0.5, True], [0.5, True]]
    page.locator("#first .mute").click()
    assert page.evaluate(state) == [[0.5, False], [0.5, False]]


def test_on_a_phone_nothing_overflows_and_fingers_find_the_buttons(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.wait_for_timeout(300)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    small = page.locator("#first button:visible, #first a:visible").evaluate_all(
        "all => all.filter(each => each.className !== 'bar-flag' && (each.offsetHeight < 38"
        " || each.offsetWidth < 38)).map(each => each.className)"
    )
    assert small == []
    page.set_viewport_size({"width": 1280, "height": 1200})
