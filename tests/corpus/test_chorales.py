from __future__ import annotations

from pathlib import Path

import pytest
from symusic import Score

from midigen.config import DataConfig
from midigen.corpus import chorales
from midigen.corpus.chorales import convert, find_scores
from midigen.corpus.engraved import (
    TICKS,
    VOICES,
    place_in_bars,
    read_score_file,
    read_with_music21,
    read_with_verovio,
)
from midigen.corpus.importing import import_dataset
from midigen.errors import UserError
from midigen.workspace import Workspace

FOUR, THREE = (4, 4), (3, 4)


def score_path(name: str) -> str:
    return next(str(each) for each in find_scores() if each.name == name)


def quarters(*lengths: float, metre: tuple[int, int] = FOUR) -> list[tuple[int, tuple[int, int]]]:
    """Measures of these lengths, as `place_in_bars` takes them."""
    starts = [sum(lengths[:index]) for index in range(len(lengths))]
    return [(int(start * TICKS), metre) for start in starts]


@pytest.mark.parametrize(
    ("lengths", "shift", "metres"),
    [
        ((4, 4, 4), 0, {0: FOUR}),
        ((1, 4, 4, 3), 3, {0: FOUR}),  # a pickup, which the last bar makes up for
        ((2, 4, 4), 2, {0: FOUR}),
        ((4, 3, 1, 4), 0, {0: FOUR}),  # a bar that a repeat cuts in two
        ((1, 4, 3, 1, 4, 2), 3, {0: FOUR}),
        ((4, 2, 4, 4), 0, {0: FOUR, 4: (2, 4), 6: FOUR}),  # a bar that stays short
        ((4, 10, 4), 0, {0: FOUR, 4: (10, 4), 14: FOUR}),  # a cadenza
        ((4, 8, 4), 0, {0: FOUR}),  # two bars in one
        ((4, 2.5, 4), 0, {0: FOUR, 4: (5, 8), 6.5: FOUR}),
    ],
)
def test_bars_counted_from_the_metres_are_those_of_the_score(
    lengths: tuple[float, ...], shift: int, metres: dict[float, tuple[int, int]]
) -> None:
    moved, changes = place_in_bars(quarters(*lengths), int(sum(lengths) * TICKS))
    assert moved == shift * TICKS
    assert {start / TICKS: metre for start, metre in changes} == metres


def test_a_bar_is_filled_in_the_metre_it_began_with() -> None:
    """Before a change of metre, BWV 41.6 has three quarters in 4/4, then a pickup in 3/4."""
    bars = [(start * TICKS, metre) for start, metre in ((0, FOUR), (4, FOUR), (7, THREE))]
    bars += [(start * TICKS, THREE) for start in (8, 11)]
    shift, changes = place_in_bars(bars, 14 * TICKS)
    assert (shift, changes) == (0, [(0, FOUR), (8 * TICKS, THREE)])


@pytest.mark.parametrize(
    "name",
    [
        "bwv269.mxl",  # 3/4, repeats, no pickup
        "bwv66.6.mxl",  # pickup, minor
        "bwv41.6.mxl",  # trumpets above, changes of metre
        "bwv315.mxl",  # a grace note
        "bwv362.mxl",  # a tie to nowhere
    ],
)
def test_the_notes_are_those_that_music21_reads(name: str) -> None:
    ours, reference = read_score_file(score_path(name)), read_with_music21(score_path(name))
    assert ours.voices == reference.voices
    assert ours.bars == reference.bars
    assert ours.end == reference.end
    assert ours.key == reference.key


@pytest.mark.parametrize("name", ["bwv315.mxl", "bwv362.mxl"])
def test_the_pieces_that_verovio_reads_wrong_are_still_wrong_there(name: str) -> None:
    """If this fails, verovio has learned it and the second reader may be needless."""
    assert read_with_verovio(score_path(name)).voices != read_with_music21(score_path(name)).voices


def test_a_chorale_is_four_tracks_in_true_bars() -> None:
    """BWV 66.6: one quarter of pickup, 4/4, F sharp minor, soprano begins on c sharp'' at 96."""
    score = Score.from_midi(convert(score_path("bwv66.6.mxl")).midi)
    assert [track.name for track in score.tracks] == list(VOICES)
    assert [track.program for track in score.tracks] == [40, 41, 42, 43], "to be told apart"
    assert [(each.time, each.numerator) for each in score.time_signatures] == [(0, 4)]
    assert [(each.key, each.tonality) for each in score.key_signatures] == [(3, 1)]
    assert [round(each.qpm) for each in score.tempos] == [96]
    soprano = score.tracks[0].notes
    assert [(n.time / TICKS, n.duration / TICKS, n.pitch) for n in soprano[:4]] == [
        (3, 0.5, 73),
        (3.5, 0.5, 71),
        (4, 1, 69),
        (5, 1, 71),
    ]
    assert score.end() == 40 * TICKS - TICKS


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("bwv846.mxl", "not in four parts"),
        ("bwv27.6.mxl", "not in four parts"),
        ("bwv248.64-6.mxl", "interludes"),
    ],
)
def test_what_is_no_plain_chorale_is_refused(name: str, reason: str) -> None:
    with pytest.raises(UserError, match=reason):
        convert(score_path(name))


def test_the_starter_set_is_made_without_asking_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("bwv269.mxl", "bwv190.7.mxl", "bwv190.7-inst.mxl", "bwv846.mxl")
    some = [each for each in find_scores() if each.name in names]
    monkeypatch.setattr(chorales, "find_scores", lambda: some)
    calls: list[tuple[int, int | None, str]] = []
    dataset = import_dataset(
        "bach-chorales",
        None,
        Workspace(tmp_path),
        DataConfig(),
        lambda *call: calls.append(call),
    )
    assert dataset.name == "bach-chorales"
    assert sorted(each.name for each in dataset.folder.glob("*.mid")) == [
        "bwv190.7.mid",
        "bwv269.mid",
    ]
    assert {each.file: each.reason for each in dataset.left_out} == {
        "bwv846.mxl": "not in four parts",
        "bwv190.7-inst.mxl": "has the same notes as another one",
    }
    assert "public domain" in dataset.licence
    assert [call[:2] for call in calls] == [(done, 4) for done in range(5)]


def test_missing_packages_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chorales.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(UserError, match="pip install verovio"):
        find_scores()
