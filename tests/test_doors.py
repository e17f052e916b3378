"""Hostile files through the commands: taken or refused in one line, nothing outside the target.

Several hundred more, also huge ones, were tried by hand; docs/reliability.md tells how they ended.
"""

from __future__ import annotations

import io
import json
import os
import struct
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from midigen import bundle
from midigen.bundle import WEIGHTS, export_bundle, load_bundle, load_export
from midigen.cli import main
from midigen.engines.shapes import weight_shapes
from midigen.errors import UserError
from midigen.isolated import isolated
from midigen.studio import Studio
from midigen.untrusted import read_bytes, read_json, read_text
from tests.conftest import make_score
from tests.midi_bytes import open_notes

END = b"\0\xff\x2f\0"
NOTES = b"".join(b"\0\x90" + bytes([60 + i % 12, 80]) + b"\x60\x80" + bytes([60 + i % 12, 0])
                 for i in range(32))  # fmt: skip


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MIDIGEN_HOME", str(tmp_path / "home"))
    (tmp_path / "box").mkdir()
    monkeypatch.chdir(tmp_path / "box")
    return tmp_path / "box"


def midi(*tracks: bytes, clock: int = 480) -> bytes:
    parts = (b"MTrk" + struct.pack(">I", len(each)) + each for each in tracks)
    return b"MThd" + struct.pack(">IHHH", 6, 1, len(tracks), clock) + b"".join(parts)


def packed(*entries: tuple[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, each in entries:
            archive.writestr(name, each)
    return content.getvalue()


OK = midi(NOTES + END)


def door(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """The exit code of a command, and what it says, which is short and no traceback."""
    capsys.readouterr()
    code = main(words)
    said = capsys.readouterr()
    assert code in (0, 2)
    if code == 2:
        first, *hint = said.err.splitlines()
        assert first.startswith("error: ")
        assert len(hint) <= 1
    assert "Traceback" not in said.err
    assert all(len(line) < 600 for line in said.err.splitlines())
    return code, said.err + said.out


def taken(box: Path) -> dict[str, bytes]:
    """The files in the target; each is whole and has no open note. Nothing else has appeared."""
    assert {each.name for each in box.iterdir()} <= {"out", "bad.mid", "bad.zip"}
    files = {each.name: each.read_bytes() for each in (box / "out").rglob("*") if each.is_file()}
    notes = {name: each for name, each in files.items() if name.endswith(".mid")}
    assert not any(open_notes(each) for each in notes.values())
    return notes


@pytest.mark.parametrize(
    "content",
    [
        OK,
        midi(b"\0\x90\x3c\x50" + NOTES + END),  # a note that is never ended
        midi(b"\0\x90\x3c\x50" * 100 + b"\x60\x80\x3c\0" * 40 + END),
        midi(NOTES + b"".join(b"\x10\x90" + bytes([i % 128, 80]) for i in range(500)) + END),
        midi(b"\0\xff\x03\x04\xff\xfe\xfd\xfc" + NOTES + END),  # a name that is no text
        OK + b"more behind the end",
    ],
)
def test_what_is_taken_is_whole(
    here: Path, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    (here / "bad.mid").write_bytes(content)
    assert door(capsys, "prepare", "bad.mid", "--out", "out")[0] == 0
    assert list(taken(here)) == ["bad.mid"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"MThd", "damaged"),
        (b"MThd" + bytes(9_000_000), "damaged"),
        (b"MThd" + bytes(11_000_000), "MB"),
        (midi(END), "holds no notes"),
        (midi(NOTES + END, clock=0), "damaged|ticks"),
        (midi(b"\0\xff\x58\4\0\2\x18\x08" + NOTES + END), "time signature"),
        (midi(b"\0\xff\x51\3\0\0\1" + NOTES + END), "tempo"),
        (midi(NOTES + b"\xff\xff\xff\x7f\x90\x3c\x50\x60\x80\x3c\0" + END), "20000 quarter"),
        (midi(b"\0\x90\x3c\x50\0\x80\x3c\0" * 510_000 + END), "notes; the limit"),
        (midi(*[NOTES + END] * 600), "tracks; the limit"),
        (midi(b"\0\xff\x03\xff\xff\xff\x7f" + NOTES + END), "damaged"),
        (OK[:-40], "damaged"),
    ],
)
def test_what_is_refused_says_why(
    here: Path, capsys: pytest.CaptureFixture[str], content: bytes, said: str
) -> None:
    (here / "bad.mid").write_bytes(content)
    code, words = door(capsys, "prepare", "bad.mid", "--out", "out")
    assert code == 2
    assert any(each in words for each in said.split("|")), words
    assert [each.name for each in here.iterdir()] == ["bad.mid"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")
@pytest.mark.parametrize("kind", ["pipe", "device", "folder", "circle", "sparse"])
def test_what_is_no_file_is_not_waited_for(
    here: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    path = here / "bad.mid"
    match kind:
        case "pipe":
            os.mkfifo(path)
        case "device":
            path.symlink_to("/dev/zero")
        case "folder":
            path.mkdir()
        case "circle":
            path.symlink_to(path)
        case "sparse":
            with path.open("wb") as file:
                file.truncate(1 << 40)
    assert door(capsys, "prepare", "bad.mid", "--out", "out")[0] == 2
    assert door(capsys, "models", "--config", "bad.mid")[0] == 2
    assert [each.name for each in here.iterdir()] == ["bad.mid"]


MANY_ZEROS = packed(("a.mid", b"MThd" + bytes(9_900_000)))


def overlapping() -> bytes:
    """A zip whose 1,000 entries all unpack the same ten megabytes."""
    at = MANY_ZEROS.find(b"PK\1\2")
    entry = MANY_ZEROS[at : MANY_ZEROS.find(b"PK\5\6")]
    names = [f"{i:03}.mid".encode() for i in range(1000)]
    listed = b"".join(
        entry[:28] + struct.pack("<H", len(name)) + entry[30:46] + name for name in names
    )
    end = struct.pack("<HHHHIIH", 0, 0, len(names), len(names), len(listed), at, 0)
    return MANY_ZEROS[:at] + listed + b"PK\5\6" + end


def stating(size: int) -> bytes:
    """A zip that states a size of its own for its first entry."""
    content = bytearray(packed(("a.mid", OK), ("b.mid", OK)))
    at = content.find(b"PK\1\2") + 24
    content[at : at + 4] = struct.pack("<I", size)
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "code", "said"),
    [
        (packed(("a/1.mid", OK), ("b/2.mid", OK), ("x.txt", b"")), 0, "2 MIDI files"),
        (packed(("../evil.mid", OK)), 2, "escapes"),
        (packed(("/tmp/evil.mid", OK)), 2, "escapes"),
        (packed(("C:\\evil.mid", OK)), 2, "escapes"),
        (packed(("inner.zip", packed(("a.mid", OK)))), 2, "an archive inside"),
        (packed(("inner.zip", b""), ("a.mid", OK)), 0, "1 MIDI files"),
        (packed(*((f"{i}.mid", b"MThd" + bytes(2_000_000)) for i in range(20))), 2, "unpacks to"),
        (overlapping(), 2, "unpacks to|damaged"),
        (stating(5), 0, "damaged in the archive"),
        (stating(0xFFFFFFF0), 0, "larger than"),
        (packed(), 2, "no MIDI"),
        (packed(("a.mid", OK))[:50], 2, "no zip"),
        (b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 9, 9, 0xFFFFFF00, 0, 0), 2, "no zip"),
    ],
)
def test_a_zip_is_taken_as_far_as_it_is_sound(
    here: Path, capsys: pytest.CaptureFixture[str], content: bytes, code: int, said: str
) -> None:
    (here / "bad.zip").write_bytes(content)
    found, words = door(capsys, "prepare", "bad.zip", "--out", "out")
    assert found == code, words
    assert any(each in words for each in said.split("|")), words
    if code:
        assert [each.name for each in here.iterdir()] == ["bad.zip"]
    else:
        assert set(taken(here).values()) == {taken(here).popitem()[1]}


def test_a_target_that_holds_something_is_left_alone(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "bad.mid").write_bytes(OK)
    (here / "out").mkdir()
    (here / "out" / "mine.txt").touch()
    assert "is not empty" in door(capsys, "prepare", "bad.mid", "--out", "out")[1]
    assert [each.name for each in (here / "out").iterdir()] == ["mine.txt"]


DEEP, LONG = "[" * 5000, "9" * 5000
LAUGHS = "a: &a [x,x]\n" + "\n".join(f"b{i}: &b{i} [*a,*a]" for i in range(20))


@pytest.mark.parametrize(
    "text",
    [
        DEEP, LAUGHS, "&a [*a]", "generation: {temperature: .nan}", "training: {patience: .inf}",
        "generation: {seed: " + LONG + "}", "generation: {seed: 0x" + "f" * 5000 + "}",
        "generation: {temperature: 0x" + "f" * 5000 + "}", "data: {max_files: 2001-99-99}",
        "!!python/object/apply:os.system ['touch pwned']", "\tdata: x", "- 1", "5", "data: \0",
        "? [1]\n: 3", "null: 3", "presets: [1]", "presets: {quick: {x.y: 3}}", "model: [1]",
        "model: {hidden_size: 999999999}", "generation: {temperature: true}",
        "presets:\n" + "".join(f"  p{i}: {{}}\n" for i in range(200)), "#" + "x" * 300_000,
        "tokenizer: {use_programs: true, programs: '" + "9" * 9000 + "'}",
    ],
)  # fmt: skip
def test_settings_that_are_none_are_refused(
    here: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    (here / "bad.yaml").write_text(text, encoding="utf-8")
    assert door(capsys, "models", "--config", "bad.yaml")[0] == 2
    assert [each.name for each in here.iterdir()] == ["bad.yaml"]


# Models


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of two files' learning, made once."""
    from tests.conftest import small_config

    place = tmp_path_factory.mktemp("model")
    (place / "music").mkdir()
    for i in range(4):
        make_score(seed=i).dump_midi(place / "music" / f"{i}.mid")
    from midigen.workspace import Workspace

    studio = Studio(small_config(), Workspace(place / "home"))
    studio.import_dataset(str(place / "music"), "music")
    for _ in studio.train("tiny", "music"):
        pass
    return studio.run("tiny").folder


@pytest.fixture
def copied(model: Path, tmp_path: Path) -> Path:
    """The four files of it, to be spoiled."""
    folder = tmp_path / "model"
    folder.mkdir()
    for name in ("config.yaml", "tokenizer.json", WEIGHTS, "card.json"):
        (folder / name).write_bytes((model / name).read_bytes())
    return folder


def with_weights(folder: Path, change: Callable[[dict[str, torch.Tensor]], Any]) -> None:
    """Other weights, with a checksum that fits them."""
    weights = load_file(folder / WEIGHTS)
    with safe_open(folder / WEIGHTS, "pt") as file:
        metadata = file.metadata()
    change(weights)
    as_arrays = {name: each.float().numpy() for name, each in weights.items()}
    metadata["sha256"] = bundle._digest(as_arrays)
    save_file(weights, folder / WEIGHTS, metadata)


def largest(weights: dict[str, torch.Tensor]) -> str:
    return max(weights, key=lambda name: weights[name].numel())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda w: w[largest(w)].view(-1)[:1].fill_(float("nan")), "infinite numbers or none"),
        (lambda w: w.update({largest(w): w[largest(w)] * 1e38 * 1e3}), "infinite numbers or none"),
        (lambda w: w.update({largest(w): w[largest(w)].int()}), "do not fit"),
        (lambda w: w.update({largest(w): w[largest(w)][:-1].clone()}), "do not fit"),
        (lambda w: w.update(evil=torch.zeros(3)), "do not fit"),
        (lambda w: w.pop(largest(w)), "do not fit"),
        (lambda w: w.update(cache=torch.full((3,), float("nan"))), "cache"),
        (lambda w: w.update(cache=torch.zeros(99)), "cache"),
    ],
)
def test_weights_that_are_none_are_refused(copied: Path, change: Any, said: str) -> None:
    with_weights(copied, change)
    with pytest.raises(UserError, match=said):
        load_bundle(copied)


def test_a_model_that_asks_for_gigabytes_gets_none(copied: Path) -> None:
    text = (copied / "config.yaml").read_text(encoding="utf-8")
    text = text.replace("hidden_size: 24", "hidden_size: 8192").replace(
        "n_layers: 2", "n_layers: 16"
    )
    (copied / "config.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match="do not fit"):
        load_bundle(copied)


def test_weights_larger_than_allowed_are_not_read(copied: Path) -> None:
    with (copied / WEIGHTS).open("r+b") as file:
        file.truncate(1 << 40)
    with pytest.raises(UserError, match="the limit is 600 MB"):
        load_bundle(copied)


@pytest.mark.parametrize(
    "change",
    [
        lambda t: {**t, "config": {**t["config"], "encode": "evil"}},
        lambda t: {**t, "config": {**t["config"], "velocities": 10**9}},
        lambda t: {**t, "config": {**t["config"], "pitch_low": float("nan")}},
        lambda t: {**t, "config": None},
        lambda t: {**t, "vocabulary": {"a": 1}},
        lambda t: {**t, "vocabulary": t["vocabulary"][::-1]},
        lambda t: {**t, "format": ["x"]},
        lambda t: {**t, "format": "midigen-tokenizer-1", "config": 5},
        lambda t: [t],
    ],
)
def test_an_alphabet_that_is_none_is_refused(copied: Path, change: Any) -> None:
    file = copied / "tokenizer.json"
    file.write_text(json.dumps(change(json.loads(file.read_text()))), encoding="utf-8")
    with pytest.raises(UserError):
        load_bundle(copied)


def test_attributes_that_an_alphabet_names_are_not_set(copied: Path) -> None:
    file = copied / "tokenizer.json"
    content = {**json.loads(file.read_text()), "encode": "evil", "__class__": "evil"}
    file.write_text(json.dumps(content), encoding="utf-8")
    assert callable(load_bundle(copied).tokenizer.encode)


@pytest.mark.parametrize(
    "text",
    [DEEP, LONG, '{"validation_loss": "<img>", "fivegram_nats": NaN, "dataset": [1]}', "[]", "{"],
)
def test_a_card_that_is_none_does_no_harm(
    copied: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    (copied / "card.json").write_text(text, encoding="utf-8")
    words = ("--model", str(copied), "--gen-length", "40", "--output", "x.mid")
    assert door(capsys, "generate", *words)[0] == 0
    assert load_bundle(copied).card == {}


def expanded(content: dict[str, Any]) -> None:
    """Weights of 34 GB that are one number, repeated."""
    content["model"].update(hidden_size=8192, n_layers=16)
    from midigen.config import ModelConfig

    wanted = weight_shapes(ModelConfig(**content["model"]), 200)
    content["weights"] = {name: torch.zeros(1).expand(each) for name, each in wanted.items()}


@pytest.mark.parametrize(
    "change",
    [
        expanded,
        lambda c: c.pop("card"),
        lambda c: c.update(model=[1]),
        lambda c: c.update(weights=[1]),
        lambda c: c.update(cache=["a", "b", "c"]),
        lambda c: c.update(cache=5),
        lambda c: c.update(tokenizer="x"),
        lambda c: c["weights"][largest(c["weights"])].view(-1)[:1].fill_(1.0),  # a flipped bit
    ],
)
def test_an_export_that_is_none_is_refused(copied: Path, tmp_path: Path, change: Any) -> None:
    path = tmp_path / "box" / "model.pth"
    export_bundle(load_bundle(copied), path)
    content = torch.load(path, weights_only=True)
    change(content)
    torch.save(content, path)
    with pytest.raises(UserError):
        load_export(path)


def test_an_export_that_unpacks_to_gigabytes_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.pth"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", bytes(30_000_000))
    with pytest.raises(UserError, match="damaged, or no model"):
        load_export(path, most_mb=20)


# The door itself


def grow(n_bytes: int) -> int:
    return len(bytearray(n_bytes))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux keeps to the limit")
def test_a_child_that_wants_too_much_memory_is_refused() -> None:
    with isolated(grow) as call:
        with pytest.raises(UserError, match="GB of memory"):
            call(3 * 10**9)
        assert call(10**6) == 10**6


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"\xff", "no text"), (b"{", "no JSON"), (b"[" * 100_000, "nested"), (b"9" * 5000, "no JSON")],
)
def test_what_is_no_json_says_why(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "x.json"
    file.write_bytes(content)
    with pytest.raises(UserError, match=said):
        read_json(file)


def test_no_more_is_read_than_is_allowed(tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_bytes(b"12345")
    assert read_bytes(file, 5) == b"12345"
    assert read_text(file) == "12345"
    with pytest.raises(UserError, match="the limit is"):
        read_bytes(file, 4)
    with pytest.raises(UserError, match="no such file"):
        read_bytes(tmp_path / "y", 4)
