from __future__ import annotations

import random
import stat
import struct
import zipfile
from pathlib import Path

import pytest

from midigen.config import DataConfig
from midigen.corpus.datasets import Dataset
from midigen.corpus.importing import import_dataset
from midigen.errors import UserError
from midigen.progress import silent
from midigen.workspace import Workspace

MIDI = b"MThd\0\0\0\x06\0\0\0\x01\0\x60MTrk\0\0\0\x04\0\xff\x2f\0"


def pack(path: Path, *entries: tuple[str | zipfile.ZipInfo, bytes], method: int = 0) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return path


def bring_in(path: Path, config: DataConfig | None = None) -> Dataset:
    workspace = Workspace(path.parent / "work")
    return import_dataset(str(path), None, workspace, config or DataConfig(), silent)


def files_of(dataset: Dataset) -> list[str]:
    paths = [each for each in dataset.folder.rglob("*") if each.is_file()]
    return sorted(each.relative_to(dataset.folder).as_posix() for each in paths)


def link_entry() -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo("link.mid")
    entry.create_system = 3
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return entry


@pytest.mark.parametrize(
    "name",
    [
        "../evil.mid",
        "music/../../evil.mid",
        "/etc/evil.mid",
        "C:/evil.mid",
        "c:evil.mid",
        "..\\evil.mid",
        "music\\..\\..\\evil.mid",
        "\\evil.mid",
        "\\\\server\\share\\evil.mid",
        "..",
        link_entry(),
    ],
)
def test_a_zip_that_escapes_its_folder_is_refused_whole(
    tmp_path: Path, name: str | zipfile.ZipInfo
) -> None:
    path = pack(tmp_path / "bad.zip", ("good.mid", MIDI), (name, b"/etc/passwd"))
    shown = name.filename if isinstance(name, zipfile.ZipInfo) else name
    with pytest.raises(UserError, match="escapes its folder") as refusal:
        bring_in(path)
    assert shown in refusal.value.what
    assert [each.name for each in tmp_path.rglob("*") if each.is_file()] == ["bad.zip"]


def test_folders_stay_clutter_goes_and_the_rest_is_counted(tmp_path: Path) -> None:
    path = pack(
        tmp_path / "My Music.zip",
        ("bach/Air.MID", MIDI),
        ("chopin/nocturne.midi", MIDI),
        ("top.mid", MIDI),
        ("windows\\style.mid", MIDI),
        ("empty/", b""),
        ("__MACOSX/bach/._Air.MID", b"x"),
        ("bach/.DS_Store", b"x"),
        (".git/a.mid", MIDI),
        ("readme.txt", b"x"),
        ("more.zip", b"PK"),
        ("page.mid", b"<html>"),
        ("nothing.mid", b""),
        ("wave.mid", b"RIFF\0\0\0\0RMIDdata"),
    )
    dataset = bring_in(path)
    assert dataset.name == "My-Music"
    assert files_of(dataset) == [
        "bach/Air.MID",
        "chopin/nocturne.midi",
        "dataset.json",
        "top.mid",
        "windows/style.mid",
    ]
    assert dataset.n_files == 4
    assert {each.file: each.reason.split(";")[0] for each in dataset.left_out} == {
        "readme.txt": "not a MIDI file (.txt)",
        "more.zip": "an archive inside (.zip)",
        "page.mid": "no MIDI inside, whatever its name says",
        "nothing.mid": "empty",
        "wave.mid": "MIDI wrapped in RIFF, which cannot be read",
    }
    assert dataset.n_left_out == 5


def test_a_folder_that_wraps_all_folders_is_dropped(tmp_path: Path) -> None:
    path = pack(tmp_path / "a.zip", ("set-1/x/bach/1.mid", MIDI), ("set-1/x/haydn/1.mid", MIDI))
    assert files_of(bring_in(path)) == ["bach/1.mid", "dataset.json", "haydn/1.mid"]
    path = pack(tmp_path / "b.zip", ("bach/1.mid", MIDI), ("bach/2.mid", MIDI))
    assert files_of(bring_in(path)) == ["bach/1.mid", "bach/2.mid", "dataset.json"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_names_that_would_collide_on_some_system_stay_apart(tmp_path: Path) -> None:
    names = [
        "a/x.mid",
        "a/x.mid",
        "a/X.mid",
        "a/x?.mid",
        "a/x*.mid",
        "a/con.mid",
        "a/x .mid",
        "a/x.mid/y.mid",
        "a/Dvořák.mid",
        "a/Dvor\u030ca\u0301k.mid",
        "a/ショパン.mid",
        "a/🎵.mid",
        "a/" + "long" * 60 + ".mid",
        "a/" + "long" * 60 + "er.mid",
        "b /. ./ok.mid",
    ]
    dataset = bring_in(pack(tmp_path / "a.zip", *((name, MIDI) for name in names)))
    taken = [name for name in files_of(dataset) if name != "dataset.json"]
    assert len(taken) == len(names) - 1 == dataset.n_files  # "b /. ./ok.mid" is hidden
    assert len({name.casefold() for name in taken}) == len(taken)
    assert {"a/x.mid", "a/x-2.mid", "a/_con.mid", "a/x.mid_/y.mid", "a/ショパン.mid"} <= set(taken)
    assert not any(set(name) & set('<>:"\\|?*') for name in taken)
    assert max(len(part.encode()) for name in taken for part in name.split("/")) <= 130


def test_a_lying_size_does_not_get_past_the_limit(tmp_path: Path) -> None:
    """The header says 30 bytes, the content is 5 MB: only what it says is read, and found wrong."""
    path = pack(
        tmp_path / "a.zip",
        ("bomb.mid", MIDI + bytes(5_000_000)),
        ("good.mid", MIDI),
        method=zipfile.ZIP_DEFLATED,
    )
    size = struct.pack("<I", len(MIDI) + 5_000_000)
    path.write_bytes(path.read_bytes().replace(size, struct.pack("<I", 30)))
    dataset = bring_in(path)
    assert dataset.reasons == {"damaged in the archive": 1}
    assert dataset.n_files == 1


def test_unpacking_stops_at_the_limit_of_the_archive(tmp_path: Path) -> None:
    entries = [(f"{each}.mid", MIDI + bytes(900_000)) for each in range(5)]
    path = pack(tmp_path / "a.zip", *entries, method=zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 10_000
    with pytest.raises(UserError, match="more than 2 MB"):
        bring_in(path, DataConfig(max_archive_mb=2.0))
    assert not list((tmp_path / "work/data/midi").iterdir())


def test_a_large_file_is_left_out_and_too_many_are_refused(tmp_path: Path) -> None:
    path = pack(tmp_path / "a.zip", ("big.mid", MIDI + bytes(9000)), ("1.mid", MIDI))
    assert list(bring_in(path, DataConfig(max_file_mb=0.005)).reasons) == [
        "larger than 0.005 MB (data.max_file_mb)"
    ]
    with pytest.raises(UserError, match="2 MIDI files; the limit is 1"):
        bring_in(path, DataConfig(max_files=1))


def test_a_damaged_entry_is_listed_and_the_others_are_taken(tmp_path: Path) -> None:
    path = pack(tmp_path / "a.zip", ("bad.mid", MIDI + b"here"), ("good.mid", MIDI))
    path.write_bytes(path.read_bytes().replace(b"here", b"gone"))
    dataset = bring_in(path)
    assert dataset.n_files == 1
    assert dataset.left_out[0].file == "bad.mid"
    assert dataset.left_out[0].reason == "damaged in the archive"


def test_a_locked_zip_says_so(tmp_path: Path) -> None:
    path = pack(tmp_path / "a.zip", ("x.mid", MIDI))
    content = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        content[content.index(signature) + offset] |= 1
    path.write_bytes(content)
    with pytest.raises(UserError, match="locked with a password"):
        bring_in(path)


def test_unusual_packing_is_not_trusted(tmp_path: Path) -> None:
    path = pack(tmp_path / "a.zip", ("x.mid", MIDI), method=zipfile.ZIP_BZIP2)
    with pytest.raises(UserError, match="unusual method"):
        bring_in(path)


@pytest.mark.parametrize("content", [b"", b"PK\3\4 no more", b"Rar!\x1a\7\0", bytes(100)])
def test_what_is_no_zip_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(content)
    with pytest.raises(UserError, match="no zip"):
        bring_in(path)


def test_random_damage_never_raises_anything_else(tmp_path: Path) -> None:
    path = pack(
        tmp_path / "a.zip", ("a/1.mid", MIDI), ("ü.mid", MIDI * 20), method=zipfile.ZIP_DEFLATED
    )
    sound, dice = path.read_bytes(), random.Random(1)
    for _ in range(100):
        content = bytearray(sound)
        for _ in range(dice.randint(1, 4)):
            content[dice.randrange(len(content))] = dice.randrange(256)
        path.write_bytes(content)
        try:
            bring_in(path)
        except UserError as refusal:
            assert refusal.what  # noqa: PT017 - either way is right
