from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from midigen.config import AppConfig
from midigen.studio import Studio
from midigen.takes import new_visitor
from midigen.ui.caretaker import Caretaker

HOUR_S = 3600


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def put(folder: Path, age_h: float, n_bytes: int = 10) -> Path:
    folder.mkdir(parents=True)
    (folder / "piece.wav").write_bytes(bytes(n_bytes))
    then = time.time() - age_h * HOUR_S
    os.utime(folder, (then, then))
    return folder


def test_what_is_old_goes_and_what_is_not_ours_stays(studio: Studio, cache: Path) -> None:
    old, young = put(cache / "midigen-old", 2), put(cache / ("a" * 64), 0.5)
    upload, other = put(cache / ("b" * 64), 2), put(cache / "somebody-elses", 2)
    gone, stays = (put(studio.workspace.takes / new_visitor(), age) for age in (2, 0.5))
    studio.config = replace(studio.config, app=AppConfig(public=True, public_kept_hours=1))
    Caretaker(studio).go_round()
    assert [each.exists() for each in (old, young, upload, other)] == [False, True, False, True]
    assert [each.exists() for each in (gone, stays)] == [False, True]


def test_of_too_much_the_oldest_goes(studio: Studio, cache: Path) -> None:
    folders = [put(cache / f"midigen-{age}", age, 20 * 10**6) for age in (3, 2, 1)]
    studio.config = replace(studio.config, app=AppConfig(public=True, public_stored_mb=50))
    Caretaker(studio).go_round()
    assert [each.exists() for each in folders] == [False, True, True]


def test_there_may_be_nothing_yet(studio: Studio, cache: Path) -> None:
    Caretaker(studio).go_round()
    assert not cache.exists()
