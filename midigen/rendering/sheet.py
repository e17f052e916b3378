"""Engraves a Score as pages of SVG, and tells which noteheads sound when.

The pages stand in an HTML page: they take its text colour, load nothing and run nothing, and no id
of one sheet is an id of another.
"""

from __future__ import annotations

import json
import threading
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Any
from xml.etree import ElementTree

from symusic import Score

from midigen.errors import UserError
from midigen.rendering.musicxml import to_musicxml
from midigen.rendering.notation import Notation
from midigen.rendering.performance import Clock
from midigen.rendering.writing import notate

# 900 px wide, as a page area is, with staves 7 mm high as in print; verovio counts tenths of a
# pixel before scaling.
_SCALE_PERCENT = 40
_OPTIONS = {
    "scale": _SCALE_PERCENT,
    "pageWidth": 900 * 100 // _SCALE_PERCENT,
    "pageHeight": 1270 * 100 // _SCALE_PERCENT,  # A4's proportions
    "adjustPageHeight": True,
    "breaks": "auto",
    "footer": "none",
    "staffLineWidth": 0.22,  # on a screen the usual 0.15 is half a pixel, and lines go missing
    "svgViewBox": True,
    "svgRemoveXlink": True,
    "svgFormatRaw": True,
    "smuflTextFont": "none",  # else 40 kB of font in every page for the note of the tempo mark
}
# The note signs of the music font that stand in text, and what every system font has for them.
_SIGNS = {"\ueca5": "♩", "\uecb7": "."}
_ELEMENTS = {
    *("svg", "g", "defs", "style", "path", "use", "text", "tspan", "rect", "line", "circle"),
    *("polygon", "polyline", "ellipse", "symbol", "desc"),
}
_SVG = "http://www.w3.org/2000/svg"
# verovio's toolkit shares its fonts and its random ids between instances and is not known to be
# safe in threads.
_VEROVIO = threading.Lock()


@dataclass(frozen=True)
class Moment:
    """Noteheads that begin to sound together.

    Attributes:
        start_s: when, in seconds of the piece as it is played.
        page: index of the page they stand on.
        notes: SVG id of each, and until when it sounds. The heads of a tied note follow each other.
    """

    start_s: float
    page: int
    notes: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Sheet:
    """Sheet music: pages as SVG elements, and when the noteheads on them sound, in order.

    Attributes:
        musicxml: the same music for notation programs.
        n_bars: bars that are written.
        is_complete: False where a piece is cut, which happens at `writing.MAX_BARS` bars.
    """

    pages: tuple[str, ...]
    timeline: tuple[Moment, ...]
    musicxml: str
    n_bars: int
    is_complete: bool

    def timeline_json(self) -> str:
        """Rows [start, page, [[id, end], …]], times in milliseconds; safe in a script element."""
        rows = [
            [
                round(each.start_s * 1000),
                each.page,
                [[head, round(end_s * 1000)] for head, end_s in each.notes],
            ]
            for each in self.timeline
        ]
        return json.dumps(rows, separators=(",", ":")).replace("<", "\\u003c")


def sheet(score: Score, title: str = "") -> Sheet:
    """Engrave a score.

    Args:
        score: in any unit of time.
        title: plain text above the music; may come from a stranger.

    Raises:
        UserError: the score has no notes, or verovio cannot engrave it.
    """
    score = score.to("tick")
    notation = notate(score)
    xml = to_musicxml(notation, title)
    prefix = f"sheet-{uuid.uuid4().hex[:10]}-"
    pages = [ElementTree.fromstring(page) for page in _engrave(xml)]
    page_of = {
        str(element.get("id")): page for page, root in enumerate(pages) for element in root.iter()
    }
    return Sheet(
        pages=tuple(_finish(root, prefix, i, len(pages)) for i, root in enumerate(pages)),
        timeline=tuple(_timeline(notation, page_of, Clock(score), prefix)),
        musicxml=xml,
        n_bars=len(notation.bars),
        is_complete=notation.is_complete,
    )


def _engrave(xml: str) -> list[str]:
    import verovio

    with _VEROVIO:
        verovio.enableLog(verovio.LOG_OFF)
        toolkit = verovio.toolkit(False)
        # Importing verovio tells only the importing thread where its fonts lie.
        toolkit.setResourcePath(str(files("verovio") / "data"))
        toolkit.setOptions(_OPTIONS)
        if not toolkit.loadData(xml):
            raise UserError("This piece cannot be engraved: verovio does not read its notation.")
        return [toolkit.renderToSVG(page) for page in range(1, toolkit.getPageCount() + 1)]


def _timeline(
    notation: Notation, page_of: dict[str, int], clock: Clock, prefix: str
) -> Iterator[Moment]:
    """By the notes' own ticks, not by where they are written: the audio plays these."""
    heads = list(notation.heads())
    starts = clock.seconds([head.start_tick for head in heads]).tolist()
    ends = clock.seconds([head.end_tick for head in heads]).tolist()
    moments: dict[tuple[float, int], list[tuple[str, float]]] = defaultdict(list)
    for head, start_s, end_s in zip(heads, starts, ends, strict=True):
        if head.id in page_of:
            moments[start_s, page_of[head.id]].append((prefix + head.id, end_s))
    for (start_s, page), notes in sorted(moments.items()):
        yield Moment(start_s, page, tuple(notes))


def _finish(root: Any, prefix: str, page: int, n_pages: int) -> str:
    """The page as text: own ids, the surrounding text colour, nothing that loads or runs."""
    ids = {element.get("id") for element in root.iter()} - {None}
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag.rpartition("}")[2] not in _ELEMENTS:
                parent.remove(child)
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
        _localise(element, prefix, ids)
    root.set("xmlns", _SVG)
    root.set("fill", "currentColor")  # as verovio's lines are already
    root.set("role", "img")
    root.set("aria-label", f"Sheet music, page {page + 1} of {n_pages}")
    return ElementTree.tostring(root, encoding="unicode")


def _localise(element: Any, prefix: str, ids: Iterable[str]) -> None:
    for name in list(element.attrib):
        if name == "color" or name.startswith("on"):
            del element.attrib[name]
    if "id" in element.attrib:
        element.set("id", prefix + element.get("id"))
    link = element.get("href")
    if link is not None:
        assert link.startswith("#"), f"verovio links to {link}"
        element.set("href", f"#{prefix}{link[1:]}")
    if element.tag == "style":
        text = element.text or ""
        for each in ids:
            text = text.replace(f"#{each} ", f"#{prefix}{each} ")
        element.text = text
    elif element.text and element.get("font-family") == "Leipzig":
        element.text = "".join(_SIGNS.get(sign, sign) for sign in element.text)
        del element.attrib["font-family"]
