"""The pages beside the README: their links lead somewhere, and their tables are true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import midigen
from tools.config_table import PAGE, config_page

PROJECT = Path(__file__).parent.parent
PAGES = sorted(
    path
    for place in ("*.md", "docs/*.md", "benchmarks/*.md", "soundfonts/*.md")
    for path in PROJECT.glob(place)
)
SMALL_BYTES = 500_000  # of a picture or a sound that is looked at before anything is installed


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def targets(page: Path) -> list[str]:
    """What a page links to, or shows, within the project; blocks of code are no links."""
    prose = re.sub(r"```.*?```", "", text_of(page), flags=re.DOTALL)
    found = re.findall(r"\]\(([^)\s]+)\)", prose) + re.findall(r'(?:src|href)="([^"]+)"', prose)
    return [each for each in found if not each.startswith(("http://", "https://"))]


def anchors(page: Path) -> set[str]:
    """The names of its headings, as GitHub makes them."""
    heads = re.findall(r"^#+ (.+)$", text_of(page), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}


LINKS = [(page, target) for page in PAGES for target in targets(page)]


@pytest.mark.parametrize(
    ("page", "target"), LINKS, ids=[f"{page.name}: {target}" for page, target in LINKS]
)
def test_every_link_and_picture_is_there(page: Path, target: str) -> None:
    file, _, anchor = target.partition("#")
    place = (page.parent / file).resolve() if file else page
    assert place.is_relative_to(PROJECT)
    assert place.exists()
    if anchor:
        assert anchor in anchors(place)


def test_a_picture_and_a_sound_come_first_and_are_small() -> None:
    for name in ("README.md", "README.ru.md"):
        picture, sound = targets(PROJECT / name)[1:3]
        assert (picture, sound) == ("assets/screenshot.png", "assets/classical-piano.mp3")
        assert (PROJECT / picture).stat().st_size < SMALL_BYTES
        assert (PROJECT / sound).stat().st_size < SMALL_BYTES


def test_both_languages_lead_to_the_same_pages() -> None:
    """The Russian one may be shorter, but what is linked first is linked in both."""
    english, russian = ({*targets(PROJECT / name)} for name in ("README.md", "README.ru.md"))
    pages = {each for each in english if each.endswith(".md") and not each.startswith("README")}
    assert pages - {"soundfonts/README.md"} <= russian


def test_every_knob_is_told_as_it_is() -> None:
    assert text_of(PAGE) == config_page(), "run `python -m tools.config_table`"


def test_the_newest_changes_are_those_of_this_version() -> None:
    newest = re.search(r"^## (\S+)", text_of(PROJECT / "CHANGELOG.md"), re.MULTILINE)
    assert newest is not None
    assert newest[1] == midigen.__version__
