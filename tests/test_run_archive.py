from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from midigen.config import Config, GenerationRequest
from midigen.errors import UserError
from midigen.run_archive import pack_run, unpack_run
from midigen.studio import Studio
from midigen.workspace import Workspace
from tests.conftest import make_score


@pytest.fixture
def packed(trained: Studio, tmp_path: Path) -> Path:
    path = tmp_path / "tiny.zip"
    trained.pack_run("tiny", path)
    return path


def repacked(
    path: Path, change: Callable[[str, bytes], tuple[str, bytes] | None], target: Path
) -> Path:
    """The zip with each file changed, renamed or left out."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w") as new:
        for entry in old.infolist():
            kept = change(entry.filename, old.read(entry))
            if kept is not None:
                new.writestr(*kept)
    return target


def drafts(studio: Studio) -> Iterator[Path]:
    return studio.workspace.models.glob(".*")


def test_a_model_travels_and_composes_the_same(trained: Studio, packed: Path) -> None:
    run = trained.unpack_run(packed)
    assert run.name == "tiny-2"
    request = GenerationRequest(gen_length=60, seed=3)
    first, second = (trained.compose(name, request) for name in ("tiny", "tiny-2"))
    assert list(first.ids) == list(second.ids)
    assert run.status().state == "finished"
    assert [each.name for each in run.samples()] == ["step-000006.mid", "step-000012.mid"]
    assert run.events() == trained.run("tiny").events()
    assert trained.models()[0].card["name"] == "tiny-2"


def test_the_checkpoint_stays_at_home_and_nothing_packed_is_a_pickle(packed: Path) -> None:
    with zipfile.ZipFile(packed) as archive:
        names = archive.namelist()
    assert "tiny/model.safetensors" in names
    assert not [name for name in names if name.endswith((".pt", ".pth", ".lock", "STOP"))]


def test_a_run_without_a_model_cannot_be_packed(trained: Studio, tmp_path: Path) -> None:
    (trained.run("tiny").folder / "model.safetensors").unlink()
    with pytest.raises(UserError, match="no model yet"):
        pack_run(trained.run("tiny"), tmp_path / "out.zip")


def test_a_name_can_be_given(trained: Studio, packed: Path) -> None:
    assert unpack_run(packed, trained.workspace, "from a friend").name == "from-a-friend"


def test_foreign_files_are_left_where_they_are(
    trained: Studio, packed: Path, tmp_path: Path
) -> None:
    strange = tmp_path / "strange.zip"
    repacked(packed, lambda name, content: (name, content), strange)
    with zipfile.ZipFile(strange, "a") as archive:
        for name in ("checkpoint.pt", "run.sh", "samples/.hidden.mid", "samples/a/b.mid", "STOP"):
            archive.writestr(f"tiny/{name}", b"evil")
        archive.writestr("elsewhere/config.yaml", b"evil")
    folder = trained.unpack_run(strange).folder
    found = {each.relative_to(folder).as_posix() for each in folder.rglob("*") if each.is_file()}
    assert not found & {"checkpoint.pt", "run.sh", "samples/.hidden.mid", "samples/a/b.mid", "STOP"}


@pytest.mark.parametrize(
    "name", ["../evil.txt", "/etc/evil", "tiny/../../evil", "C:\\evil", "tiny\\..\\..\\x"]
)
def test_a_zip_that_escapes_is_refused_whole(trained: Studio, packed: Path, name: str) -> None:
    with zipfile.ZipFile(packed, "a") as archive:
        archive.writestr(name, b"evil")
    with pytest.raises(UserError, match="escapes its folder"):
        trained.unpack_run(packed)
    assert [each.name for each in trained.runs()] == ["tiny"]
    assert list(drafts(trained)) == []


def damaged(name: str, content: bytes) -> tuple[str, bytes]:
    if not name.endswith(".safetensors"):
        return name, content
    flipped = bytearray(content)
    flipped[-5] ^= 255
    return name, bytes(flipped)


def too_wide(name: str, content: bytes) -> tuple[str, bytes]:
    if name.endswith("config.yaml"):
        content = content.replace(b"hidden_size: 24", b"hidden_size: 8192")
    return name, content


def without(suffix: str) -> Callable[[str, bytes], tuple[str, bytes] | None]:
    return lambda name, content: None if name.endswith(suffix) else (name, content)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (damaged, "checksum is wrong"),
        (too_wide, "do not fit its configuration"),
        (without("model.safetensors"), "no model"),
        (without("tokenizer.json"), "tokenizer"),
        (lambda name, content: (name.replace("tiny/", f"{len(name)}/"), content), "no model in"),
    ],
)
def test_what_is_no_sound_model_is_refused_and_leaves_nothing(
    trained: Studio,
    packed: Path,
    tmp_path: Path,
    change: Callable[[str, bytes], tuple[str, bytes] | None],
    words: str,
) -> None:
    bad = repacked(packed, change, tmp_path / "bad.zip")
    with pytest.raises(UserError, match=words):
        trained.unpack_run(bad)
    assert [each.name for each in trained.runs()] == ["tiny"]
    assert list(drafts(trained)) == []


def test_what_is_no_zip_is_refused(trained: Studio, tmp_path: Path) -> None:
    (tmp_path / "poem.zip").write_text("no zip")
    with pytest.raises(UserError, match="no zip"):
        trained.unpack_run(tmp_path / "poem.zip")


def test_a_model_larger_than_models_are_is_refused(
    trained: Studio, packed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("midigen.run_archive.MOST_WEIGHTS_BYTES", 1000)
    with pytest.raises(UserError, match="larger than"):
        trained.unpack_run(packed)


def test_cards_and_histories_that_would_break_the_page_are_mended(
    trained: Studio, packed: Path, tmp_path: Path
) -> None:
    def lie(name: str, content: bytes) -> tuple[str, bytes]:
        if name.endswith("card.json"):
            card = {
                **json.loads(content),
                "validation_loss": "low",
                "parameters": [1],
                "dataset": 5,
            }
            content = json.dumps(card).encode()
        if name.endswith("metrics.jsonl"):
            content = b'nonsense\n{"type": "step", "step": "x"}\n[]\n' + content
        return name, content

    run = trained.unpack_run(repacked(packed, lie, tmp_path / "lies.zip"))
    card = trained.models()[0].card
    assert not {"validation_loss", "parameters", "dataset"} & card.keys()
    assert card["fivegram_nats"] > 0
    assert run.events() == trained.run("tiny").events()


def test_where_the_music_is_not_a_model_still_knows_its_copies(
    trained: Studio, packed: Path, config: Config, tmp_path: Path
) -> None:
    elsewhere = Studio(config, Workspace(tmp_path / "elsewhere"))
    elsewhere.unpack_run(packed)
    piece = make_score(seed=next(iter_seeds(trained)))
    here, there = (each.analyse(piece, "tiny") for each in (trained, elsewhere))
    assert there.copied is not None
    assert here.copied is not None
    assert there.copied.run == here.copied.run
    assert there.copied.run.share == 1
    assert there.copied.baseline == here.copied.baseline
    assert there.profile is not None


def iter_seeds(studio: Studio) -> Iterator[int]:
    """The seeds of the training pieces of `my-midi`, which their names end with."""
    report = studio.report("my-midi")
    assert report is not None
    return (int(each.file[-6:-4]) for each in report.files if each.split == "train")


def garbage(name: str) -> Callable[[str, bytes], tuple[str, bytes]]:
    return lambda inside, content: (inside, b"[7]" if inside.endswith(name) else content)


def swollen(name: str, content: bytes) -> tuple[str, bytes]:
    """Fingerprints that are small in the zip and large in memory."""
    if not name.endswith(".npz"):
        return name, content
    file = io.BytesIO()
    many = np.zeros(10**6, np.uint32)
    np.savez_compressed(file, hashes=many, lengths=np.array([10**6]), files=np.array(["a"]))
    return name, file.getvalue()


@pytest.mark.parametrize(
    ("change", "lost"),
    [
        (garbage("fingerprints.npz"), "fingerprints.npz"),
        (garbage("profile.json"), "profile.json"),
        (swollen, "fingerprints.npz"),
    ],
)
def test_what_cannot_be_compared_with_is_left_out(
    trained: Studio, packed: Path, tmp_path: Path, change: Callable[..., Any], lost: str
) -> None:
    run = trained.unpack_run(repacked(packed, change, tmp_path / "changed.zip"), "other")
    assert run.has_model()
    assert not (run.folder / lost).exists()
