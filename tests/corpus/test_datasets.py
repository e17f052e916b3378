from __future__ import annotations

from pathlib import Path

import pytest

from midigen.corpus.datasets import (
    PUT_THERE_BY_HAND,
    Dataset,
    LeftOut,
    delete_dataset,
    find_dataset,
    list_datasets,
    save_note,
)
from midigen.errors import UserError
from midigen.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


def put(workspace: Workspace, name: str, *files: str) -> Path:
    folder = workspace.midi / name
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_bytes(b"MThd")
    return folder


def test_an_empty_workspace_has_none(workspace: Workspace) -> None:
    assert list_datasets(workspace) == []
    with pytest.raises(UserError, match="none yet"):
        find_dataset(workspace, "jazz")


def test_a_note_is_read_as_it_was_written(workspace: Workspace) -> None:
    folder = put(workspace, "x", "a.mid")
    dataset = Dataset(
        "x", folder, "Dvořák's own", 1, {"empty": 2}, (LeftOut("é.mid", "empty"),), 5.5, "CC0"
    )
    save_note(dataset, folder)
    assert list_datasets(workspace) == [dataset]
    assert dataset.n_left_out == 2


def test_a_folder_put_there_by_hand_is_a_data_set(workspace: Workspace) -> None:
    put(workspace, "mine", "a.mid", "bach/b.MIDI", "readme.txt")
    put(workspace, ".writing-draft", "a.mid")
    (dataset,) = list_datasets(workspace)
    assert (dataset.name, dataset.n_files, dataset.source) == ("mine", 2, PUT_THERE_BY_HAND)
    assert dataset.imported_at > 0


@pytest.mark.parametrize("note", ["", "[]", "{", '{"source": 1}', "\udcff"])
def test_a_damaged_note_does_not_hide_the_music(workspace: Workspace, note: str) -> None:
    folder = put(workspace, "x", "a.mid")
    (folder / "dataset.json").write_bytes(note.encode("utf-8", "surrogateescape"))
    (dataset,) = list_datasets(workspace)
    assert dataset.n_files == 1
    assert "damaged" in dataset.source


def test_a_missing_one_is_answered_with_what_there_is(workspace: Workspace) -> None:
    put(workspace, "jazz", "a.mid")
    put(workspace, "Bach", "a.mid")
    with pytest.raises(UserError, match=r"There are: Bach, jazz\."):
        find_dataset(workspace, "rock")
    with pytest.raises(UserError, match=r"No data set named '\.\./\.\.'"):
        find_dataset(workspace, "../..")


def test_deleting_takes_the_folder_or_only_the_link(workspace: Workspace, tmp_path: Path) -> None:
    put(workspace, "x", "bach/a.mid")
    delete_dataset(workspace, "x")
    assert not (workspace.midi / "x").exists()
    own = tmp_path / "own"
    own.mkdir()
    (own / "a.mid").write_bytes(b"MThd")
    (workspace.midi / "linked").symlink_to(own)
    delete_dataset(workspace, "linked")
    assert list_datasets(workspace) == []
    assert (own / "a.mid").exists()
    with pytest.raises(UserError, match="No data set named"):
        delete_dataset(workspace, "x")
