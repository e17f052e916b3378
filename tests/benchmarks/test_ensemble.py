from __future__ import annotations

import pytest

from benchmarks.quality.ensemble import as_markdown, compare_parts
from tests.conftest import make_band


def test_a_part_that_is_silent_or_out_of_its_range_is_seen() -> None:
    real, composed = [make_band(0), make_band(1)], [make_band(2), make_band(3)]
    composed[0].tracks = composed[0].tracks[:3]  # without the voice
    for note in composed[1].tracks[3].notes:
        note.pitch -= 24
    usual = {53: (72.0, 84.0), 0: (40.0, 80.0)}
    tables = compare_parts(real, composed, usual)
    voice = {what: (r, c) for what, r, c in tables["Voice oohs (53)"]}
    assert voice["share of pieces in which it sounds"] == (1.0, 0.5)
    assert voice["share of notes from MIDI 72 to 84"] == (1.0, pytest.approx(0.0, abs=0.01))
    assert voice["share of its time with one note"] == (1.0, 1.0)
    whole = {what: (r, c) for what, r, c in tables["all parts"]}
    assert whole["share of pieces in which all parts sound"] == (1.0, 0.5)
    assert "| Voice oohs (53) | real | composed |" in as_markdown(tables, 2, 2)
