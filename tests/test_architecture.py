"""The house stands: imports go downwards only, and every library has one home."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "midigen"

FLOORS = (
    {"errors", "atomic", "progress"},
    {"knobs", "workspace", "isolated", "state_file", "untrusted"},
    {"config", "model_folder"},
    {"config_file"},
    {"music", "engines"},
    {"networks"},
    {"corpus", "generation", "rendering"},
    {"bundle"},
    {"evaluation", "runs", "takes"},
    {"training", "run_archive", "run_summary"},
    {"hub"},
    {"space"},
    {"studio", "processes"},
    {"jobs"},
    {"ui"},
    {"cli"},
    {"__main__"},
)
HOMES = {
    "yaml": {"config_file"},
    "filelock": {"state_file"},
    "symusic": {"music", "generation", "rendering", "corpus", "evaluation", "takes"},
    "miditok": {"music"},
    "kagglehub": {"corpus"},
    "kagglesdk": {"corpus"},
    "music21": {"corpus", "music"},
    "verovio": {"corpus", "rendering"},
    "fluidsynth": {"rendering"},
    "lameenc": {"rendering"},
    "safetensors": {"bundle"},
    "onnx": {"engines"},
    "onnxruntime": {"engines"},
    "accelerate": {"training", "run_archive", "run_summary"},
    "gradio": {"ui"},
    "huggingface_hub": {"hub"},
    "tqdm": {"cli", "corpus"},
    "torch": {"networks", "bundle", "corpus", "evaluation", "training"},
}


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def floor(name: str) -> int:
    return next(i for i, rooms in enumerate(FLOORS) if name in rooms)


def imports(path: Path) -> Iterator[str]:
    """Dotted names that a module imports for use; those for type checkers alone do not count."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    ignored = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in ignored:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            if node.module == "midigen":
                yield from (f"midigen.{alias.name}" for alias in node.names)
            else:
                yield node.module or ""


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_downwards_and_libraries_stay_at_home(path: Path) -> None:
    if path.name == "__init__.py" and path.parent == PACKAGE:
        return
    here = room(path)
    for name in imports(path):
        top = name.split(".")[0]
        if top == "midigen" and name.count("."):
            there = name.split(".")[1]
            if there != here and not there.startswith("__version__"):
                assert floor(there) < floor(here), f"{here} imports {there}, which is not below it"
        elif top in HOMES:
            assert here in HOMES[top], f"{top} is imported by {here}; its home is {HOMES[top]}"


def test_every_room_has_a_floor() -> None:
    rooms = {room(path) for path in modules()} - {"__init__"}
    assert rooms == set().union(*FLOORS)


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_module_says_what_it_is(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
