from __future__ import annotations

import itertools
import wave
from pathlib import Path

import pytest
from symusic import Score

from midigen.config import Config, GenerationRequest
from midigen.music.score import duration_s, first_bars
from midigen.studio import Studio
from midigen.ui.early_sound import GROWTH, SHORTEST_S, EarlySound
from midigen.workspace import Workspace
from tests.conftest import make_score


@pytest.fixture
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Studio:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "cache"))
    return Studio(Config(), Workspace(tmp_path))


def as_it_is(draft: Score) -> Score:
    return draft


def drafts() -> list[Score]:
    """A piece of 40 s and more, bar by bar."""
    score = make_score(n_bars=24)
    return [first_bars(score, n) for n in range(1, 25)]


def test_the_beginning_is_recorded_again_when_it_has_grown_much(studio: Studio) -> None:
    early = EarlySound(studio, GenerationRequest(), as_it_is, None)
    recorded = [duration_s(each) for each in drafts() if early.of(each) is not None]
    assert len(recorded) >= 2
    assert recorded[0] >= SHORTEST_S
    assert all(b >= a * GROWTH for a, b in itertools.pairwise(recorded))


def test_a_recording_ends_with_the_last_note(studio: Studio) -> None:
    draft = next(each for each in drafts() if duration_s(each) > SHORTEST_S)
    path = EarlySound(studio, GenerationRequest(), as_it_is, None).of(draft)
    assert path is not None
    with wave.open(str(path)) as recording:
        heard_s = recording.getnframes() / recording.getframerate()
    assert heard_s == pytest.approx(duration_s(draft), abs=0.05)


def test_a_piece_that_may_still_be_moved_to_another_key_is_not_heard_yet(studio: Studio) -> None:
    moved = EarlySound(studio, GenerationRequest(key="D"), as_it_is, None)
    stays = EarlySound(studio, GenerationRequest(key="D", scale="dorian"), as_it_is, None)
    assert moved.of(drafts()[-1]) is None
    assert stays.of(drafts()[-1]) is not None
