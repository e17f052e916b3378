"""The page in a Russian browser, in headless Chromium."""

from __future__ import annotations

from collections.abc import Iterator

import gradio as gr
import pytest
from playwright.sync_api import Browser, Page, expect

from midigen.config import Config
from midigen.studio import Studio
from midigen.ui.app import LOOPBACK, free_port, launch
from midigen.workspace import Workspace
from tests.ui.browser import SLOW_MS

pytestmark = pytest.mark.browser

TABS = ("Сочинить", "Обучить", "Оценить", "Данные")
# Words that stand in a box which hides their end.
CUT_OFF = """() => [...document.querySelectorAll("label, button, span, p, h2")]
  .filter((each) => each.offsetParent && !each.children.length && each.textContent.trim())
  .filter((each) => each.scrollWidth > each.clientWidth + 1 && each.clientWidth > 1)
  .filter((each) => getComputedStyle(each).overflowX !== "visible")
  .map((each) => each.textContent.trim())"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the whole page, with an empty workspace."""
    studio = Studio(Config(), Workspace(tmp_path_factory.mktemp("workspace")))
    port = free_port(LOOPBACK, studio.config.app.port)
    launch(studio, server_port=port, inbrowser=False, prevent_thread_lock=True, quiet=True)
    yield f"http://{LOOPBACK}:{port}"
    gr.close_all()


@pytest.fixture(scope="module")
def page(chromium: Browser, home: str) -> Iterator[Page]:
    context = chromium.new_context(locale="ru-RU", viewport={"width": 1280, "height": 900})
    context.set_default_timeout(SLOW_MS)
    expect.set_options(timeout=SLOW_MS)
    page = context.new_page()
    page.goto(home)
    yield page
    context.close()


def test_a_russian_browser_gets_a_russian_page(page: Page) -> None:
    for name in TABS:
        expect(page.get_by_role("tab", name=name, exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Сочинить", exact=True)).to_be_visible()
    expect(page.get_by_text("Длина в тактах", exact=True)).to_be_visible()
    expect(page.get_by_text("Сразу несколько, чтобы выбрать лучший.")).to_be_visible()
    expect(page.get_by_text("Ваши дубли")).to_be_visible()  # a component of our own
    expect(page.get_by_text("Моделей пока нет")).to_be_visible()  # after the first answer


def test_a_choice_means_the_same_in_both_languages(page: Page) -> None:
    """Its value stays English, since handlers compare it."""
    page.get_by_label("токенах", exact=True).check()
    expect(page.get_by_text("Длина в токенах", exact=True)).to_be_visible()
    expect(page.get_by_text("Длина в тактах", exact=True)).to_be_hidden()


def test_a_message_is_in_russian(page: Page) -> None:
    page.get_by_role("tab", name="Данные", exact=True).click()
    page.get_by_role("button", name="Загрузить", exact=True).click()
    expect(page.get_by_text("Сначала перетащите MIDI-файлы или zip.")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 390])
def test_no_word_is_cut_off(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    for name in TABS:
        page.get_by_role("tab", name=name, exact=True).click()
        page.evaluate("document.fonts.ready")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(CUT_OFF) == []
