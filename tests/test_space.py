"""The folder for a Space: what is in it, and that it plays when it is started as the host does."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from gradio_client import Client
from packaging.requirements import Requirement
from symusic import Score

from midigen.cli import main
from midigen.config_file import load_config
from midigen.errors import UserError
from midigen.space import HARDWARE, LARGEST_BYTES, LIBRARIES
from midigen.studio import SHIPPED, Studio
from tests.started_space import started

PROJECT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("place") / "space"
    assert main(["space", str(folder)]) == 0
    return folder


def test_it_holds_what_is_needed_and_no_large_file(space: Path) -> None:
    assert {path.name for path in space.iterdir()} == {
        *("README.md", "LICENSE", "app.py", "config.yaml", "requirements.txt", "packages.txt"),
        *("midigen", "assets", "models"),
    }
    files = [path for path in space.rglob("*") if path.is_file()]
    assert max(path.stat().st_size for path in files) <= LARGEST_BYTES
    assert {path.name for path in (space / "models").iterdir()} == set(SHIPPED)
    assert not {path.suffix for path in files} & {".png", ".mp3", ".pyc", ".pt"}


def test_its_readme_begins_with_settings_that_agree_with_the_rest(space: Path) -> None:
    _, front, text = (space / "README.md").read_text(encoding="utf-8").split("---\n", 2)
    settings = yaml.safe_load(front)
    requirements = (space / "requirements.txt").read_text(encoding="utf-8")
    assert settings["sdk"] == "gradio"
    assert f"gradio=={settings['sdk_version']}\n" in requirements
    assert (space / settings["app_file"]).is_file()
    assert settings["python_version"] == HARDWARE[settings["suggested_hardware"]].python == "3.12"
    assert "torch==2.11.0\n" in requirements, "the newest that ZeroGPU offers"
    assert len(settings["short_description"]) <= 60, "as much as the host shows"
    assert "CC BY-SA" in text, "the licence of what the model learned from"


def test_everything_that_runs_there_is_pinned() -> None:
    """All that midigen needs but TensorBoard; a range of ours would drift on a host of others."""
    lines = (PROJECT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    wanted = {Requirement(line.partition("#")[0]).name for line in lines if line[:1].isalpha()}
    assert {*LIBRARIES, "torch", "tensorboard"} == wanted


def test_strangers_are_let_in_for_composing_only(space: Path) -> None:
    app = load_config(space / "config.yaml").app
    assert app.public
    assert app.public_proxies >= 1, "else all visitors of the host count as one"
    assert not app.open_browser


def test_it_composes_when_it_is_started(space: Path) -> None:
    with started(space) as address:
        studio = Client(address, verbose=False, download_files=str(space / "got"))
        midi, wav, mp3, recipe = studio.predict(SHIPPED[0], bars=4, seed=7, api_name="/generate")
        named = studio.predict(api_name="/models")
        open_to_strangers = set(studio.view_api(return_format="dict")["named_endpoints"])
    assert Score.from_midi(Path(midi).read_bytes()).note_num() > 10
    assert [Path(each).suffix for each in (wav, mp3, recipe)] == [".wav", ".mp3", ".json"]
    assert [each["name"] for each in named] == list(SHIPPED)
    assert open_to_strangers == {"/generate", "/models", "/analyse"}


def test_it_is_written_again_into_its_own_folder_but_into_no_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "letter.txt").write_text("Dear Clara", "utf-8")
    assert main(["space", str(tmp_path)]) == 2
    assert "letter.txt" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]
    fresh = tmp_path / "fresh"
    assert main(["space", str(fresh), "--model", SHIPPED[1], "--hardware", "cpu-basic"]) == 0
    (fresh / ".git").mkdir()
    assert main(["space", str(fresh), "--model", SHIPPED[0]]) == 0
    assert [path.name for path in (fresh / "models").iterdir()] == [SHIPPED[0]]


def test_a_model_of_ones_own_can_be_offered_unless_it_is_too_large(
    trained: Studio, tmp_path: Path
) -> None:
    trained.write_space(tmp_path / "small", ["tiny"], "cpu-basic")
    assert (tmp_path / "small" / "models" / "tiny" / "model.safetensors").is_file()
    assert "whl/cpu" in (tmp_path / "small" / "requirements.txt").read_text(encoding="utf-8")
    with (trained.run("tiny").folder / "fingerprints.npz").open("wb") as file:
        file.truncate(LARGEST_BYTES + 1)
    with pytest.raises(UserError, match=r"fingerprints.npz of 'tiny' has 10.0 MB"):
        trained.write_space(tmp_path / "large", ["tiny"], "cpu-basic")
    assert not (tmp_path / "large").exists()
    with pytest.raises(UserError, match="No hardware named 'tpu'"):
        trained.write_space(tmp_path / "large", ["tiny"], "tpu")
