"""The on-screen piano as a visitor plays it, in headless Chromium, on a page of its own."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import gradio as gr
import pytest
from playwright.sync_api import Browser, Locator, Page, Request, expect

from midigen.ui import texts
from midigen.ui.keyboard import keyboard, played_score
from midigen.ui.theme import studio_theme
from tests.ui.browser import SLOW_MS

pytestmark = pytest.mark.browser

WORDS = texts.KEYBOARD
RECORDING = {"bpm": 120, "beats": 3, "notes": [[0, 0.5, 60, 80], [0.5, 6.0, 64, 80]]}

# A MIDI device, a count of the tones that were started, and when keys went down and up.
STAND_INS = """
window.device = { id: "1", name: "Upright <b>", state: "connected" };
navigator.requestMIDIAccess = async () => ({ inputs: new Map([["1", window.device]]) });
window.tones = 0;
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (at) { window.tones++; return start.call(this, at); };
window.went = [];
for (const type of ["keydown", "keyup"])
  window.addEventListener(type, (event) => window.went.push(event.timeStamp / 1000), true);
"""
TONES_OF_A_NOTE = 2


def received(value: Any) -> str:
    score = played_score(value)
    pitches = [each.pitch for each in score.tracks[0].notes] if score else []
    return json.dumps({"value": value, "pitches": pitches})


@pytest.fixture(scope="module")
def home() -> Iterator[str]:
    """The address of a page with the keyboard and what Python makes of the recording."""
    with gr.Blocks(analytics_enabled=False) as page:
        piano = keyboard()
        gr.Textbox(label="Elsewhere")
        said = gr.Textbox(label="Received")
        again = gr.Button("Set from Python")
        piano.change(received, piano, said, api_visibility="private")
        again.click(lambda: RECORDING, outputs=piano, api_visibility="private")
    _, address, _ = page.launch(
        prevent_thread_lock=True, quiet=True, theme=studio_theme(), share=False
    )
    yield address
    page.close()


@pytest.fixture(scope="module")
def visit(chromium: Browser, home: str) -> Iterator[tuple[Page, list[str]]]:
    """The open page, and what it did wrong: errors, and requests that leave the machine."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, has_touch=True)
    context.set_default_timeout(SLOW_MS)
    expect.set_options(timeout=SLOW_MS)
    context.add_init_script(STAND_INS)
    page = context.new_page()
    wrong: list[str] = []

    def on_request(request: Request) -> None:
        if not request.url.startswith((home, "data:", "blob:")):
            wrong.append(request.url)

    page.on("request", on_request)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.goto(home)
    expect(key(page, "C4")).to_be_visible()
    page.wait_for_load_state("networkidle")  # late fonts and styles move the keys
    yield page, wrong
    context.close()


@pytest.fixture
def page(visit: tuple[Page, list[str]]) -> Iterator[Page]:
    """One page for all tests, since opening it takes longest; each leaves it without a sound."""
    page, wrong = visit
    yield page
    assert down(page) == []
    assert wrong == []


def test_a_mouse_plays_and_slides_over_the_keys(page: Page) -> None:
    before = tones(page)
    put_mouse_on(page, "C4")
    page.mouse.down()
    assert down(page) == [60]
    assert tones(page) == before + TONES_OF_A_NOTE
    put_mouse_on(page, "D4")
    assert down(page) == [62]
    put_mouse_on(page, "D sharp 4")
    assert down(page) == [63]
    page.mouse.move(640, 880)
    assert down(page) == []
    page.mouse.up()


def test_fingers_play_chords_and_a_call_that_comes_in_releases_them(page: Page) -> None:
    fingers = page.context.new_cdp_session(page)
    places = [{**middle_of(page, name), "id": i} for i, name in enumerate(("C4", "E4", "G4"))]
    fingers.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": places})
    assert down(page) == [60, 64, 67]
    fingers.send("Input.dispatchTouchEvent", {"type": "touchCancel", "touchPoints": []})
    assert down(page) == []


def test_computer_keys_play_only_while_the_focus_is_here(page: Page) -> None:
    page.get_by_label("Elsewhere").focus()
    page.keyboard.press("KeyQ")
    page.get_by_label(WORDS["tempo"]).focus()
    page.keyboard.down("Digit9")
    assert down(page) == []
    page.keyboard.up("Digit9")
    page.get_by_label(WORDS["tempo"]).fill("90")

    key(page, "C4").focus()
    for code in ("KeyZ", "KeyS", "KeyQ", "Digit2"):
        page.keyboard.down(code)
    assert down(page) == [48, 49, 60, 61]
    page.keyboard.up("KeyS")
    assert down(page) == [48, 60, 61]
    page.get_by_label("Elsewhere").focus()
    assert down(page) == []
    for code in ("KeyZ", "KeyQ", "Digit2"):
        page.keyboard.up(code)

    key(page, "C4").focus()
    page.keyboard.down("Space")
    assert down(page) == [60]
    page.evaluate("window.dispatchEvent(new Event('blur'))")
    assert down(page) == []
    page.keyboard.up("Space")
    page.keyboard.press("ArrowRight")
    expect(key(page, "C sharp 4")).to_be_focused()


def test_a_take_is_true_to_the_click_and_reaches_python(page: Page) -> None:
    """A bar is counted in, two notes are played, played back, and cleared."""
    page.get_by_label(WORDS["tempo"]).fill("120")
    page.get_by_label(WORDS["metre"]).select_option("2/4")
    page.evaluate("window.tones = 0; window.went = []")
    press(page, WORDS["record"])
    expect(page.get_by_text(WORDS["recording"], exact=True)).to_be_visible()
    for code in ("KeyQ", "KeyE"):
        page.keyboard.down(code)
        page.wait_for_timeout(150)
        page.keyboard.up(code)
    zero = float(page.locator(".keyboard").get_attribute("data-zero") or "nan")
    went = [second - zero for second in page.evaluate("window.went")]
    press(page, WORDS["stop"])
    assert tones(page) > 2 * TONES_OF_A_NOTE  # the rest are clicks

    got = python_got(page, "[60, 64]")
    assert (got["value"]["bpm"], got["value"]["beats"]) == (120, 2)
    times = [second for start, end, *_ in got["value"]["notes"] for second in (start, end)]
    assert times == pytest.approx(went, abs=0.002)

    before = tones(page)
    press(page, WORDS["play"])
    page.wait_for_function(f"window.tones === {before + 2 * TONES_OF_A_NOTE}")
    press(page, WORDS["clear"])  # as soon as it has been heard
    assert not python_got(page, "[]")["value"]
    expect(page.get_by_text(WORDS["empty"])).to_be_visible()


def test_a_midi_keyboard_brings_its_velocity_and_without_count_in_its_first_note_is_beat_one(
    page: Page,
) -> None:
    page.get_by_label(WORDS["count_in"]).uncheck()
    press(page, WORDS["midi"])
    expect(page.get_by_text("Connected: Upright <b>")).to_be_visible()
    press(page, WORDS["record"])
    expect(page.get_by_text(WORDS["waiting"])).to_be_visible()
    for data in ("[0x90, 67, 101]", "[0x90, 67, 0]"):
        page.evaluate(f"device.onmidimessage({{ data: {data}, timeStamp: performance.now() }})")
    press(page, WORDS["stop"])
    start, _, pitch, velocity = python_got(page, "[67]")["value"]["notes"][0]
    assert (start, pitch, velocity) == (0, 67, 101)


def test_python_sets_a_recording_and_no_listener_is_doubled(page: Page) -> None:
    press(page, "Set from Python")
    expect(page.get_by_text("4 bars, 2 notes, 120 bpm")).to_be_visible()
    expect(page.get_by_label(WORDS["metre"])).to_have_value("3")
    assert python_got(page, "[60, 64]")["value"] == RECORDING
    press(page, WORDS["play"])
    page.wait_for_function("document.querySelector('[data-pitch=\"64\"].is-down')")
    press(page, WORDS["stop"])
    before = tones(page)
    key(page, "C4").focus()
    page.keyboard.press("KeyQ")
    assert tones(page) == before + TONES_OF_A_NOTE


def test_a_phone_shows_an_octave_and_the_next_one_at_a_tap(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 800})
    page.wait_for_function("document.querySelectorAll('.key').length === 13")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    narrowest = page.evaluate(
        "Math.min(...[...document.querySelectorAll('.white')].map((each) => each.offsetWidth))"
    )
    assert narrowest >= 30
    press(page, WORDS["higher"])
    page.set_viewport_size({"width": 1280, "height": 900})
    page.wait_for_function("document.querySelectorAll('.key').length === 37")


def key(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def down(page: Page) -> list[int]:
    pitches: list[int] = page.evaluate(
        "[...document.querySelectorAll('.key.is-down')].map((each) => Number(each.dataset.pitch))"
    )
    return pitches


def tones(page: Page) -> int:
    return int(page.evaluate("window.tones"))


def middle_of(page: Page, name: str) -> dict[str, float]:
    """Of a key's lower part, where no black key lies on a white one."""
    box = key(page, name).bounding_box()
    assert box is not None
    return {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] * 0.85}


def put_mouse_on(page: Page, name: str) -> None:
    box = key(page, name).bounding_box()
    assert box is not None
    key(page, name).hover(position={"x": box["width"] / 2, "y": box["height"] * 0.85})


def python_got(page: Page, pitches: str) -> dict[str, Any]:
    """What the handler received, as soon as its pitches are these."""
    field = page.get_by_label("Received")
    expect(field).to_have_value(re.compile(re.escape(f'"pitches": {pitches}')))
    got: dict[str, Any] = json.loads(field.input_value())
    return got
