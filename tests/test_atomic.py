from __future__ import annotations

from pathlib import Path

import pytest

from midigen import atomic


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "song.mid"
    file.write_bytes(b"old")
    with pytest.raises(RuntimeError), atomic.replacing(file) as draft:
        draft.write_bytes(b"half")
        raise RuntimeError
    assert file.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [file]


def test_a_draft_keeps_the_suffix(tmp_path: Path) -> None:
    with atomic.replacing(tmp_path / "audio.mp3") as draft:
        assert draft.suffix == ".mp3"
        draft.write_bytes(b"x")


def test_a_folder_is_replaced_as_a_whole(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    for content in ("one", "two"):
        with atomic.replacing_folder(folder) as draft:
            (draft / content).write_text(content)
    assert [each.name for each in folder.iterdir()] == ["two"]
    assert list(tmp_path.iterdir()) == [folder]


def test_a_failed_folder_leaves_the_old_one(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    with atomic.replacing_folder(folder) as draft:
        (draft / "old").touch()
    with pytest.raises(KeyboardInterrupt), atomic.replacing_folder(folder) as draft:
        (draft / "new").touch()
        raise KeyboardInterrupt
    assert [each.name for each in folder.iterdir()] == ["old"]
    assert list(tmp_path.iterdir()) == [folder]
