"""The image and the services as far as they can be judged where no container engine runs."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from compose_spec import PyCompose

from midigen.cli.parser import build_parser

PROJECT = Path(__file__).parent.parent
DOCKERFILE = (PROJECT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = (PROJECT / "docker-compose.yml").read_text(encoding="utf-8")
MAKEFILE = (PROJECT / "Makefile").read_text(encoding="utf-8")
# Run by `make test`, make would say which folder it enters and leaves.
OUTSIDE_OF_MAKE = {name: each for name, each in os.environ.items() if not name.startswith("MAKE")}
TARGETS = ("build", "download-data", "train", "generate", "shell", "tensorboard", "up")


def compose(**environment: str) -> str:
    """The services with variables filled in, as `docker compose` does it."""

    def filled(found: re.Match[str]) -> str:
        return environment.get(found["name"], found["default"] or "")

    return re.sub(r"\$\{(?P<name>\w+)(:-(?P<default>[^}]*))?\}", filled, COMPOSE)


def uncommented() -> str:
    """With the section for a GPU switched on, as its comment says."""
    return re.sub(r"^(\s*)# (deploy:|  +\S.*)$", r"\1\2", compose(HOME="/root"), flags=re.MULTILINE)


def commands(instruction: str) -> list[list[str]]:
    return [json.loads(each) for each in re.findall(rf"^{instruction} (\[.*\])", DOCKERFILE, re.M)]


def test_hadolint_has_nothing_to_say() -> None:
    hadolint = Path(sys.executable).parent / "hadolint"
    done = subprocess.run(
        [hadolint, "Dockerfile"], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("text", [compose(HOME="/root"), uncommented()], ids=["cpu", "gpu"])
def test_the_services_follow_the_specification(text: str) -> None:
    assert PyCompose.from_yaml(text).service_names() == ["studio", "tensorboard"]
    with pytest.raises(ValueError, match="portz"):
        PyCompose.from_yaml(text.replace("ports:", "portz:", 1))


def test_a_gpu_is_reserved_where_the_comment_is_taken_away() -> None:
    assert "deploy" not in yaml.safe_load(compose())["services"]["studio"]
    (device,) = yaml.safe_load(uncommented())["services"]["studio"]["deploy"]["resources"][
        "reservations"
    ]["devices"]
    assert device["capabilities"] == ["gpu"]


def test_what_the_image_starts_is_a_command_of_midigen() -> None:
    (entry,), (arguments,) = commands("ENTRYPOINT"), commands("CMD")
    assert entry == ["midigen"]
    options = build_parser().parse_args(arguments)
    assert (options.knob_host, options.knob_open_browser) == ("0.0.0.0", "false")


def test_everything_that_is_copied_is_there_and_reaches_the_engine() -> None:
    """.dockerignore leaves out all but what it names again."""
    ignore = (PROJECT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    let_in = {line[1:] for line in ignore if line.startswith("!")}
    for sources in re.findall(r"^COPY (.*) \S+$", DOCKERFILE, re.MULTILINE):
        for source in sources.split():
            assert (PROJECT / source).exists()
            assert source in let_in


def test_a_change_of_code_installs_no_library_again() -> None:
    """Layers after a changed one are built anew."""
    steps = re.findall(r"^(?:RUN|COPY|    \w+\)) .*$", DOCKERFILE, re.MULTILINE)
    code = next(i for i, step in enumerate(steps) if step.startswith("COPY midigen"))
    libraries = [i for i, step in enumerate(steps) if "--constraint" in step]
    assert libraries
    assert max(libraries) < code


@pytest.mark.parametrize("target", TARGETS)
def test_make_runs_the_container(target: str) -> None:
    """And what runs in it is a command of midigen."""
    make = shutil.which("make")
    assert make is not None
    done = subprocess.run(
        [make, "--dry-run", target],
        cwd=PROJECT,
        env=OUTSIDE_OF_MAKE,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "docker compose" in done.stdout
    words = done.stdout.split()
    if target in ("download-data", "train", "generate"):
        assert build_parser().parse_args(words[words.index("studio") + 1 :])
