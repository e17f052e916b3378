"""What `pip install .` brings: the command, the page's files and the models, in any folder."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import midigen
from midigen.studio import SHIPPED

PROJECT = Path(__file__).parent.parent
PICTURES = {".png", ".mp3"}  # of the README alone
NEEDED_TO_BUILD = ("pyproject.toml", "README.md", "LICENSE", "requirements.txt")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project, installed from its sources alone; libraries are those of the tests."""
    source, site = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("site")
    for name in NEEDED_TO_BUILD:
        shutil.copy(PROJECT / name, source)
    for name in ("midigen", "assets", *(f"models/{model}" for model in SHIPPED)):
        shutil.copytree(PROJECT / name, source / name)
    (source / "models" / "mine").mkdir()
    shutil.copy(PROJECT / "models" / SHIPPED[0] / "card.json", source / "models" / "mine")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation"]
    done = subprocess.run(
        [*pip, "--target", str(site), str(source)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return site


def run(site: Path, folder: Path, *arguments: str) -> str:
    """What the installed command says, from a folder that knows nothing of the project."""
    environment = {key: value for key, value in os.environ.items() if key != "MIDIGEN_HOME"}
    done = subprocess.run(
        [sys.executable, str(site / "bin" / "midigen"), *arguments],
        cwd=folder,
        env={**environment, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_an_installed_midigen_composes_in_an_empty_folder(site: Path, tmp_path: Path) -> None:
    said = run(site, tmp_path, "generate", "--bars", "2", "--seed", "7", "--output", "piece.mid")
    assert "seed 7" in said
    assert json.loads((tmp_path / "piece.json").read_text())["model"] == SHIPPED[0]
    assert {path.name for path in tmp_path.iterdir()} == {"piece.mid", "piece.json"}
    listed = run(site, tmp_path, "models")
    assert [line.split()[0] for line in listed.splitlines()] == list(SHIPPED)


def test_the_files_of_the_page_come_along_and_pictures_of_the_readme_do_not(site: Path) -> None:
    wanted = {
        path.relative_to(PROJECT / "assets")
        for path in (PROJECT / "assets").rglob("*")
        if path.is_file() and path.suffix not in PICTURES
    }
    installed = site / "midigen" / "assets"
    assert {p.relative_to(installed) for p in installed.rglob("*") if p.is_file()} == wanted


def test_an_installed_midigen_writes_a_space_too(site: Path, tmp_path: Path) -> None:
    """It finds page, models and licence within the package, and puts them where a checkout does."""
    run(site, tmp_path, "space", "space")
    space = tmp_path / "space"
    assert {path.name for path in (space / "models").iterdir()} == set(SHIPPED)
    assert (space / "assets" / "player.js").is_file()
    assert "MIT" in (space / "LICENSE").read_text(encoding="utf-8")
    assert not (space / "midigen" / "models").exists()


def test_runs_of_ones_own_stay_at_home(site: Path) -> None:
    assert {path.name for path in (site / "midigen" / "models").iterdir()} == set(SHIPPED)


def test_there_is_one_version(site: Path, tmp_path: Path) -> None:
    assert run(site, tmp_path, "--version").split()[-1] == midigen.__version__
    (info,) = site.glob("midigen-*.dist-info")
    assert info.name == f"midigen-{midigen.__version__}.dist-info"


def test_every_room_is_packed() -> None:
    settings = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    rooms = {
        ".".join(init.parent.relative_to(PROJECT).parts)
        for init in (PROJECT / "midigen").rglob("__init__.py")
    }
    packed = set(settings["tool"]["setuptools"]["packages"])
    assert packed == rooms | {"midigen.assets", "midigen.models"}


@pytest.mark.parametrize("name", ["constraints.txt", "constraints-lowest.txt"])
def test_what_was_tested_is_what_is_asked_for(name: str) -> None:
    """Each library of requirements.txt has a tested version within its range."""
    tested = {
        canonicalize_name(each.name): str(each.specifier).removeprefix("==")
        for each in _requirements(PROJECT / name)
    }
    for asked in _requirements(PROJECT / "requirements.txt"):
        version = tested[canonicalize_name(asked.name)]
        assert asked.specifier.contains(version), f"{asked}, tested with {version}"


def _requirements(path: Path) -> list[Requirement]:
    lines = [line.partition("#")[0].strip() for line in path.read_text("utf-8").splitlines()]
    return [Requirement(line) for line in lines if line and not line.startswith("-")]
