"""README.md says what is true: its tree and, as all pages, its commands."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from midigen.cli.parser import build_parser
from tools.house_tree import house_tree

PROJECT = Path(__file__).parent.parent
README = (PROJECT / "README.md").read_text(encoding="utf-8")
PAGES = (
    *("README.md", "README.ru.md", "CONTRIBUTING.md", "docs/your_music.md", "docs/space.md"),
    *("docs/train_your_own.md", "benchmarks/README.md"),
)
SCRIPTS = {"download_data.py": "download-data", "train.py": "train", "generate.py": "generate"}


def commands() -> list[list[str]]:
    """The words of every midigen command in the code blocks."""
    text = "\n".join((PROJECT / page).read_text(encoding="utf-8") for page in PAGES)
    blocks = "".join(re.findall(r"```sh\n(.*?)```", text, re.DOTALL))
    blocks = blocks.replace("\\\n", " ")
    found = []
    for line in blocks.splitlines():
        words = shlex.split(line, comments=True)
        script = next((word for word in words if word in SCRIPTS), None)
        if script is not None:
            found.append([SCRIPTS[script], *words[words.index(script) + 1 :]])
        elif "midigen" in words:
            found.append(words[words.index("midigen") + 1 :])
    return found


def test_the_tree_is_the_house() -> None:
    assert house_tree() in README, "run `python tools/house_tree.py` and paste its output"


def test_the_first_lines_are_the_newcomers_two_commands() -> None:
    block = re.search(r"```sh\n(.*?)```", README, re.DOTALL)
    assert block is not None
    assert [line.split("#")[0].strip() for line in block[1].splitlines()] == [
        "make run",
        "make test",
    ]
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    assert re.search(r"^run:", makefile, re.MULTILINE)
    assert re.search(r"^test:", makefile, re.MULTILINE)


def test_there_are_commands_to_check() -> None:
    assert len(commands()) >= 5


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_every_command_is_understood(words: list[str]) -> None:
    """The journeys that they stand for are run by test_cli.py."""
    assert callable(build_parser().parse_args(words).command)
