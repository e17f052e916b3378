from __future__ import annotations

import pytest
from symusic import Score

from midigen.music.key import Key, estimate_key
from midigen.music.score import transpose
from tests.conftest import make_score


@pytest.mark.parametrize("tonic", range(60, 72))
def test_a_piece_in_each_major_key_is_recognised_and_brought_to_c(tonic: int) -> None:
    score = make_score(seed=3, n_bars=16, tonic=tonic)
    key = estimate_key(score)
    assert key == Key(tonic % 12, "major")
    assert estimate_key(transpose(score, key.semitones_to_natural)) == Key(0, "major")


@pytest.mark.parametrize(
    ("key", "semitones"),
    [
        (Key(0, "major"), 0),
        (Key(7, "major"), 5),
        (Key(6, "major"), -6),
        (Key(9, "minor"), 0),
        (Key(0, "minor"), -3),
        (Key(3, "minor"), -6),
    ],
)
def test_the_way_to_the_natural_key_is_the_shortest(key: Key, semitones: int) -> None:
    assert key.semitones_to_natural == semitones


def test_silence_is_in_c_major() -> None:
    assert estimate_key(Score(480)) == Key(0, "major")


def test_a_key_is_written_as_people_say_it() -> None:
    assert str(Key(10, "minor")) == "Bb minor"


@pytest.mark.parametrize(
    ("key", "pitches", "is_home"),
    [
        (Key(0, "major"), [48, 52, 55, 60], True),
        (Key(0, "major"), [36], True),
        (Key(0, "major"), [52, 55], False),
        (Key(0, "major"), [48, 55, 58], False),
        (Key(9, "minor"), [45, 48, 52], True),
        (Key(9, "minor"), [45, 49, 52], True),
        (Key(7, "major"), [43, 46, 50], False),
        (Key(0, "major"), [], False),
    ],
)
def test_home_is_the_tonic_or_its_chord(key: Key, pitches: list[int], is_home: bool) -> None:
    assert key.is_home(pitches) is is_home
