from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from midigen.ui.temporary import KEPT_FOR_S, fresh_folder


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_no_two_visitors_share_a_folder(cache: Path) -> None:
    folders = {fresh_folder() for _ in range(5)}
    assert len(folders) == 5
    assert all(each.parent == cache for each in folders)


def test_old_folders_go_and_what_others_put_there_stays(cache: Path) -> None:
    old, young = fresh_folder(), fresh_folder()
    (old / "piece.mid").touch()
    (cache / "upload").mkdir()
    past = time.time() - KEPT_FOR_S - 60
    os.utime(old, (past, past))
    os.utime(cache / "upload", (past, past))
    fresh_folder()
    assert not old.exists()
    assert young.exists()
    assert (cache / "upload").exists()
