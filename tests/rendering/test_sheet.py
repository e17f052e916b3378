from __future__ import annotations

import json
import re
import threading
import time
from xml.etree import ElementTree

import pytest
from symusic import Note, Score, Tempo, TimeSignature, Track

from midigen.errors import UserError
from midigen.rendering.performance import Clock
from midigen.rendering.sheet import Sheet, sheet
from midigen.rendering.writing import MAX_BARS, MAX_NOTES
from tests.conftest import make_score
from tests.rendering.test_notation import random_score


def ids(page: str) -> set[str]:
    return set(re.findall(r' id="([^"]+)"', page))


def rubato(seed: int = 0) -> Score:
    """Notes off the grid, under a tempo that changes within bars."""
    score = random_score(seed, (4, 4), ticks=480)
    score.tempos = [Tempo(0, 96.0), Tempo(1000, 60.0), Tempo(3333, 140.0), Tempo(9000, 75.5)]
    return score


@pytest.fixture(scope="module")
def long_sheet() -> Sheet:
    return sheet(make_score(n_bars=80), "Eighty bars")


def test_pages_are_svg_and_only_as_high_as_their_music(long_sheet: Sheet) -> None:
    assert len(long_sheet.pages) > 1
    boxes = [ElementTree.fromstring(page).get("viewBox", "").split() for page in long_sheet.pages]
    assert all(float(box[2]) == 900 for box in boxes)
    assert float(boxes[-1][3]) < float(boxes[0][3])
    assert "Eighty bars" in "".join(ElementTree.fromstring(long_sheet.pages[0]).itertext())


def test_pages_are_in_the_colour_of_the_text_and_load_nothing(long_sheet: Sheet) -> None:
    for page in long_sheet.pages:
        root = ElementTree.fromstring(page)
        assert root.get("fill") == "currentColor"
        drawn = {e.get(name) for e in root.iter() for name in ("fill", "stroke", "color")}
        assert drawn <= {None, "none", "currentColor"}
        assert "@font-face" not in page
        assert "url(" not in page
        assert "<script" not in page
        urls = set(re.findall(r"https?://[^\s\"'<)]+", page))
        assert urls <= {"http://www.w3.org/2000/svg"}  # a name, not an address
        assert all(link.startswith("#sheet-") for link in re.findall(r'href="([^"]*)"', page))


def test_links_within_a_page_lead_somewhere(long_sheet: Sheet) -> None:
    for page in long_sheet.pages:
        assert {link[1:] for link in re.findall(r'href="([^"]*)"', page)} <= ids(page)


def test_two_sheets_of_one_piece_share_no_id() -> None:
    first, second = (sheet(make_score(n_bars=2)) for _ in range(2))
    assert ids(first.pages[0])
    assert not ids(first.pages[0]) & ids(second.pages[0])
    assert len(ids(first.pages[0])) == len(re.findall(r' id="', first.pages[0]))


def test_every_head_of_the_timeline_stands_on_its_page(long_sheet: Sheet) -> None:
    for moment in long_sheet.timeline:
        assert {head for head, _ in moment.notes} <= ids(long_sheet.pages[moment.page])
    assert {moment.page for moment in long_sheet.timeline} == set(range(len(long_sheet.pages)))


def test_the_timeline_goes_forward_and_notes_end_after_they_begin(long_sheet: Sheet) -> None:
    for each in (long_sheet, sheet(rubato())):
        starts = [moment.start_s for moment in each.timeline]
        assert starts == sorted(starts)
        assert all(end >= m.start_s for m in each.timeline for _, end in m.notes)


@pytest.mark.parametrize("seed", range(3))
def test_the_timeline_agrees_with_the_audio_within_10_ms(seed: int) -> None:
    score = rubato(seed)
    found = sheet(score)
    clock = Clock(score)
    lit = [
        moment.start_s
        for moment in found.timeline
        for head, _ in moment.notes
        if head.endswith("h1")  # the first head of a note
    ]
    played = [n for track in score.tracks for n in track.notes]
    expected = clock.seconds([note.start for note in played]).tolist()
    merged = len(played) - len(lit)  # equal pitches that meet on the grid
    assert 0 <= merged < 0.1 * len(played)
    assert all(min(abs(each - at) for at in expected) < 0.010 for each in lit)
    assert all(min(abs(each - at) for at in lit) < 0.045 for each in expected)  # a grid step


def test_tied_heads_light_up_one_after_the_other() -> None:
    score = Score(480)
    score.tempos = [Tempo(0, 60.0)]
    track = Track(program=0)
    track.notes = [Note(3 * 480, 3 * 480, 72, 80)]
    score.tracks = [track]
    moments = [(m.start_s, [end for _, end in m.notes]) for m in sheet(score).timeline]
    assert moments == [(3.0, [4.0]), (4.0, [6.0])]


def test_hostile_titles_stay_text() -> None:
    found = sheet(make_score(n_bars=1), "<script>alert(1)</script><img src=x onerror=y>")
    root = ElementTree.fromstring(found.pages[0])
    assert not [each for each in root.iter() if each.tag.endswith(("script", "img"))]
    assert "alert(1)" in "".join(root.itertext())


def test_the_timeline_fits_in_a_script_element() -> None:
    rows = json.loads(sheet(make_score(n_bars=1)).timeline_json())
    assert rows[0][:2] == [0, 0]
    assert all(len(each) == 2 for row in rows for each in row[2])


def test_all_instruments_and_drums_are_engraved() -> None:
    score = make_score(n_bars=2)
    for program, is_drum in ((40, False), (42, False), (0, True)):
        track = Track(name="<&>", program=program, is_drum=is_drum)
        track.notes = [Note(480 * i, 240, 50 + i, 80) for i in range(8)]
        score.tracks.append(track)
    text = "".join(ElementTree.fromstring(sheet(score).pages[0]).itertext())
    assert all(name in text for name in ("Piano", "Violin", "Cello", "Drums"))


def test_a_score_without_notes_has_no_sheet() -> None:
    with pytest.raises(UserError, match="no notes"):
        sheet(Score(480))


def test_32_bars_take_less_than_half_a_second() -> None:
    score = make_score(n_bars=32)
    sheet(score)  # verovio loads its fonts
    start = time.process_time()
    sheet(score)
    assert time.process_time() - start < 0.5


def test_a_very_long_piece_is_cut() -> None:
    found = sheet(make_score(n_bars=MAX_BARS + 10))
    assert (found.n_bars, found.is_complete) == (MAX_BARS, False)


def test_a_bar_with_too_many_notes_is_refused() -> None:
    score = Score(480)
    track = Track(program=0)
    track.notes = [Note(i % 1900, 10, i % 128, 80) for i in range(MAX_NOTES + 10)]
    score.tracks = [track]
    with pytest.raises(UserError, match="first bar"):
        sheet(score)


def test_sheets_can_be_engraved_at_the_same_time() -> None:
    sheets: list[Sheet] = []
    threads = [
        threading.Thread(target=lambda: sheets.append(sheet(make_score(n_bars=8))))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({len(each.timeline) for each in sheets}) == 1
    assert len(sheets) == 4


def test_metres_and_tempos_change_together() -> None:
    score = make_score(n_bars=4)
    score.time_signatures = [TimeSignature(0, 4, 4), TimeSignature(4 * 480, 6, 8)]
    last = max(note.start for track in score.tracks for note in track.notes)
    assert sheet(score).timeline[-1].start_s == pytest.approx(last / 480 * 60 / 96)
