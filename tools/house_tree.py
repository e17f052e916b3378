"""Prints the tree of the house from the first line of every module; README.md shows it.

`python tools/house_tree.py` prints it, `tests/test_readme.py` compares.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent / "midigen"
# In the order of the data's journey, from the ground floor to the doors.
ORDER = (
    *("errors", "knobs", "config", "config_file", "workspace", "atomic", "progress"),
    *("untrusted", "isolated", "state_file"),
    *("music", "engines", "networks", "corpus", "generation", "rendering"),
    *("model_folder", "bundle", "evaluation", "runs", "takes", "training", "run_summary"),
    *("run_archive", "hub", "space", "studio", "processes", "jobs", "ui", "cli", "__main__"),
)
_COLUMN = 26


def house_tree() -> str:
    """The tree, one line per room and file."""
    rooms = {each.stem for each in PACKAGE.iterdir() if each.suffix == ".py" or _is_room(each)}
    assert rooms == {*ORDER, "__init__"}, f"rooms without a place: {rooms ^ {*ORDER, '__init__'}}"
    return "\n".join(["midigen/", *(line for name in ORDER for line in _lines(name))])


def _lines(name: str) -> Iterator[str]:
    folder = PACKAGE / name
    if not _is_room(folder):
        yield _line(1, f"{name}.py", PACKAGE / f"{name}.py")
        return
    yield _line(1, f"{name}/", folder / "__init__.py")
    for path in sorted(folder.glob("*.py")):
        if path.name != "__init__.py":
            yield _line(2, path.name, path)


def _line(depth: int, name: str, module: Path) -> str:
    text = ast.get_docstring(ast.parse(module.read_text(encoding="utf-8"))) or ""
    first = text.splitlines()[0].rstrip(".").replace("`", "")
    return f"{'  ' * depth + name:<{_COLUMN}}{first}"


def _is_room(path: Path) -> bool:
    return (path / "__init__.py").exists()


if __name__ == "__main__":
    print(house_tree())
