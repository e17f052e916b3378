"""docs/train_your_own.md works: every command of it, in its order, on small settings."""

from __future__ import annotations

import re
import shlex
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from symusic import Score

from midigen.cli import main
from midigen.config import FINETUNE, Preset
from midigen.config_file import save_config
from midigen.studio import SHIPPED, Studio
from tests.hub_server import serve_hub
from tests.test_readme import PROJECT, SCRIPTS

PAGE = (PROJECT / "docs" / "train_your_own.md").read_text(encoding="utf-8")
ACTIVATE = [".", ".venv/bin/activate"]  # the tests run in the environment already


def commands() -> list[list[str]]:
    """The words of every command of the page, as a shell would hand them over."""
    blocks = "".join(re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL))
    lines = [shlex.split(line, comments=True) for line in blocks.splitlines()]
    return [[_at_home(word) for word in words] for words in lines if words != ACTIVATE]


def _at_home(word: str) -> str:
    return str(Path(word).expanduser()) if word.startswith("~/") else word


def asked(words: list[str]) -> list[str]:
    """What midigen is asked by a line that starts it through a script, or as a module."""
    assert words[0] == "python"
    if words[1:3] == ["-m", "midigen"]:
        return words[3:]
    return [SCRIPTS[words[1]], *words[2:]]


def test_ten_files_become_a_model_that_composes(
    trained: Studio, midi_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, current = trained.workspace.root, tmp_path / "current"
    shutil.copytree(trained.run("tiny").folder, root / "models" / SHIPPED[0])
    small = Preset("small", {"training.max_steps": 4, "training.eval_every": 2})
    presets = {**trained.config.presets, FINETUNE: small}
    save_config(replace(trained.config, presets=presets), root / "config.yaml")
    shutil.copy(next(midi_folder.rglob("*.mid")), midi_folder / "first.mid")
    current.mkdir()
    monkeypatch.chdir(current)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("MIDIGEN_HOME", str(root))
    with serve_hub() as hub:
        hub.lead_here(monkeypatch)
        for words in commands():
            assert main(asked(words)) == 0, shlex.join(words)
    assert trained.run("mine-1").has_model()
    assert trained.run("mine-2").has_model()
    assert {"mine-1.mid", "mine-4.mp3", "continued.mid", "elsewhere.mid"} <= {
        path.name for path in (current / "output").iterdir()
    }
    assert Score.from_midi((current / "output" / "mine-1.mid").read_bytes()).note_num() > 10


def test_every_step_is_there() -> None:
    done = {asked(words)[0] for words in commands()}
    assert done == {
        *("download-data", "prepare", "train", "generate", "evaluate", "export", "push", "pull")
    }
