"""A canary: tokens of Kaggle and of the Hub that are in the environment come out nowhere."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import gradio as gr
import pytest

from midigen.config import GenerationRequest
from midigen.config_file import save_config
from midigen.studio import Studio
from midigen.ui.app import build_app

PROJECT = Path(__file__).parent.parent
CANARY = "canary-3f9c1e77"
VARIABLES = ("KAGGLE_KEY", "KAGGLE_API_TOKEN", "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")


@pytest.fixture(autouse=True)
def tokens(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KAGGLE_USERNAME", "somebody")
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "cache"))
    for name in VARIABLES:
        monkeypatch.setenv(name, f"{CANARY}-{name}")


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, and what lies in its zips."""
    found = {str(each): each.read_bytes() for each in folder.rglob("*") if each.is_file()}
    for name in [each for each in found if each.endswith((".zip", ".pth"))]:
        with zipfile.ZipFile(name) as archive:
            found |= {f"{name}/{each}": archive.read(each) for each in archive.namelist()}
    return found


def test_no_token_is_written_or_shown(
    trained: Studio, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    save_config(trained.config, trained.workspace.config_file)
    piece = trained.compose("tiny", GenerationRequest(seed=1, gen_length=50))
    piece.save(tmp_path / "out" / "piece.mid")
    trained.export("tiny", tmp_path / "out" / "tiny.pth")
    trained.pack_run("tiny", tmp_path / "out" / "tiny.zip")
    with pytest.raises(Exception, match="too large"):
        trained.import_dataset("somebody/too large")
    page = build_app(trained)
    shown = json.dumps(page.get_config_file(), default=str)
    written = contents(tmp_path)
    assert len(written) > 20
    assert not [name for name, content in written.items() if CANARY.encode() in content]
    assert CANARY not in shown
    assert CANARY not in caplog.text
    gr.close_all()


def test_no_token_is_in_what_a_command_says(trained: Studio, tmp_path: Path) -> None:
    """The process that trains has them in its environment, and a failing one has a traceback."""
    save_config(trained.config, trained.workspace.config_file)
    environment = {**os.environ, "MIDIGEN_HOME": str(trained.workspace.root)}
    for words in (
        ["train", "--dataset", "my-midi", "--run", "second", "--max-steps", "4"],
        ["download-data", "somebody/no such set"],
    ):
        command = [sys.executable, "-m", "midigen", *words]
        told = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True)
        assert CANARY.encode() not in told.stdout + told.stderr
    assert (trained.workspace.models / "second" / "card.json").exists()
    assert not [name for name, each in contents(tmp_path).items() if CANARY.encode() in each]
