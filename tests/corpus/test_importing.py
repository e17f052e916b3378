from __future__ import annotations

import errno
import os
import socket
from pathlib import Path

import pytest

from midigen.config import DataConfig
from midigen.corpus import intake
from midigen.corpus.datasets import find_dataset
from midigen.corpus.importing import import_dataset
from midigen.errors import UserError
from midigen.progress import silent
from midigen.workspace import Workspace

MIDI = b"MThd\0\0\0\x06\0\0\0\x01\0\x60MTrk\0\0\0\x04\0\xff\x2f\0"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "work")


@pytest.fixture
def music(tmp_path: Path) -> Path:
    """A person's folder: two composers and a note."""
    folder = tmp_path / "my music"
    for name in ("bach/1.mid", "bach/deep/2.MIDI", "chopin/1.Mid"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(MIDI)
    (folder / "readme.txt").write_text("mine")
    return folder


def state_of(folder: Path) -> dict[str, bytes]:
    return {str(each): each.read_bytes() for each in folder.rglob("*") if each.is_file()}


def test_a_folder_is_copied_with_its_folders_and_left_alone(
    music: Path, workspace: Workspace
) -> None:
    before = state_of(music)
    calls: list[tuple[int, int | None, str]] = []
    dataset = import_dataset(
        str(music), None, workspace, DataConfig(), lambda *call: calls.append(call)
    )
    assert dataset.name == "my-music"
    assert dataset.folder == workspace.midi / "my-music"
    assert (dataset.folder / "bach" / "deep" / "2.MIDI").read_bytes() == MIDI
    assert (dataset.n_files, dataset.n_left_out) == (3, 1)
    assert dataset.reasons == {"not a MIDI file (.txt)": 1}
    assert calls[-1][:2] == (3, 3)
    assert state_of(music) == before
    assert find_dataset(workspace, "my-music") == dataset


def test_a_single_file_is_a_data_set(music: Path, workspace: Workspace) -> None:
    dataset = import_dataset(str(music / "bach" / "1.mid"), "one", workspace, DataConfig(), silent)
    assert (dataset.folder / "1.mid").read_bytes() == MIDI
    assert dataset.n_files == 1


def test_importing_again_replaces_the_set_whole(music: Path, workspace: Workspace) -> None:
    import_dataset(str(music), "x", workspace, DataConfig(), silent)
    (music / "bach" / "1.mid").unlink()
    dataset = import_dataset(str(music), "x", workspace, DataConfig(), silent)
    assert dataset.n_files == 2
    assert not (dataset.folder / "bach" / "1.mid").exists()


@pytest.mark.parametrize("stopped_by", [KeyboardInterrupt, UserError, OSError])
def test_an_interrupted_import_leaves_what_was_there(
    music: Path, workspace: Workspace, stopped_by: type[BaseException]
) -> None:
    dataset = import_dataset(str(music), "x", workspace, DataConfig(), silent)
    before = state_of(dataset.folder)

    def stop(done: int, _total: int | None, _what: str) -> None:
        if done == 2:
            raise stopped_by("stop")

    with pytest.raises(stopped_by):
        import_dataset(str(music), "x", workspace, DataConfig(), stop)
    assert state_of(dataset.folder) == before
    assert [each.name for each in workspace.midi.iterdir()] == ["x"]


def test_links_outside_pipes_and_unreadable_names_are_counted(
    music: Path, workspace: Workspace, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.mid"
    secret.write_bytes(MIDI)
    (music / "out.mid").symlink_to(secret)
    (music / "in.mid").symlink_to(music / "bach" / "1.mid")
    (music / "nowhere.mid").symlink_to(tmp_path / "missing")
    (music / "circle.mid").symlink_to(music / "circle.mid")
    (music / "elsewhere").symlink_to(tmp_path)
    os.mkfifo(music / "pipe.mid")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(music / "socket.mid"))
    Path(os.fsdecode(os.fsencode(music) + b"/\xff\xfe.mid")).write_bytes(MIDI)
    dataset = import_dataset(str(music), "x", workspace, DataConfig(), silent)
    assert dataset.n_files == 5
    assert dataset.reasons == {
        "a link that leads outside the folder": 1,
        "a link to nothing": 2,
        "a link to another folder": 1,
        "not a regular file": 2,
        "not a MIDI file (.txt)": 1,
    }
    assert find_dataset(workspace, "x") == dataset


def test_a_folder_without_midi_tells_what_it_saw(tmp_path: Path, workspace: Workspace) -> None:
    folder = tmp_path / "songs"
    folder.mkdir()
    with pytest.raises(UserError, match="It is empty"):
        import_dataset(str(folder), None, workspace, DataConfig(), silent)
    for name in ("1.mp3", "2.MP3", "cover.jpg", "false.mid"):
        (folder / name).write_bytes(b"x")
    with pytest.raises(UserError) as refusal:
        import_dataset(str(folder), None, workspace, DataConfig(), silent)
    assert "2 × not a MIDI file (.mp3)" in refusal.value.hint
    assert "1 × no MIDI inside" in refusal.value.hint
    assert not list(workspace.midi.iterdir())


@pytest.mark.parametrize(
    "source", ["", "no/such/folder", "/no/such/folder", "chorales", "~nobody/x", "a\0b", "x" * 9999]
)
def test_what_is_nothing_gets_the_three_ways_explained(source: str, workspace: Workspace) -> None:
    with pytest.raises(UserError) as refusal:
        import_dataset(source, None, workspace, DataConfig(), silent)
    for way in ("bach-chorales", "owner/name", "folder"):
        assert way in refusal.value.hint


def test_another_kind_of_file_gets_the_three_ways_explained(
    music: Path, workspace: Workspace
) -> None:
    with pytest.raises(UserError, match="neither a folder, nor a zip"):
        import_dataset(str(music / "readme.txt"), None, workspace, DataConfig(), silent)


def test_a_name_cannot_lead_out_of_the_data(music: Path, workspace: Workspace) -> None:
    with pytest.raises(UserError, match="cannot be the name"):
        import_dataset(str(music), "../x", workspace, DataConfig(), silent)


def test_a_folder_put_there_by_hand_is_never_replaced(music: Path, workspace: Workspace) -> None:
    by_hand = workspace.midi / "x" / "only-copy.mid"
    by_hand.parent.mkdir(parents=True)
    by_hand.write_bytes(MIDI)
    with pytest.raises(UserError, match="not imported, so it is not replaced"):
        import_dataset(str(music), "x", workspace, DataConfig(), silent)
    assert by_hand.exists()


@pytest.mark.parametrize("source", [".", "data/midi/x", "data/midi/x/bach"])
def test_a_set_is_not_imported_into_itself(music: Path, workspace: Workspace, source: str) -> None:
    import_dataset(str(music), "x", workspace, DataConfig(), silent)
    with pytest.raises(UserError, match="lie in each other"):
        import_dataset(str(workspace.root / source), "x", workspace, DataConfig(), silent)


def test_a_full_disk_is_said_plainly(
    music: Path, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(intake.Path, "write_bytes", no_room)
    with pytest.raises(UserError, match="disk is full"):
        import_dataset(str(music), None, workspace, DataConfig(), silent)


def test_too_many_or_too_large_files_meet_the_limits(music: Path, workspace: Workspace) -> None:
    with pytest.raises(UserError, match="3 MIDI files; the limit is 2"):
        import_dataset(str(music), None, workspace, DataConfig(max_files=2), silent)
    (music / "big.mid").write_bytes(MIDI + bytes(2000))
    dataset = import_dataset(str(music), None, workspace, DataConfig(max_file_mb=0.001), silent)
    assert dataset.n_files == 3
    assert "larger than 0.001 MB (data.max_file_mb)" in dataset.reasons
