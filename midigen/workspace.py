"""Every path of the project, computed; nothing is created by asking for it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from midigen.errors import UserError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_RESERVED_ON_WINDOWS = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


_PACKAGE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Workspace:
    """The folders of a project below `root`.

    Attributes:
        root: where everything lies.
        shipped_models: models besides those of `root`, which are only read; None for none.
    """

    root: Path
    shipped_models: Path | None = None

    @property
    def config_file(self) -> Path:
        return self.root / "config.yaml"

    @property
    def midi(self) -> Path:
        """Raw MIDI, one folder per data set."""
        return self.root / "data" / "midi"

    @property
    def tokens(self) -> Path:
        """Token stores, made from raw MIDI; can be deleted at any time."""
        return self.root / "data" / "tokens"

    @property
    def jobs(self) -> Path:
        """State of imports that run in the background."""
        return self.root / "data" / "jobs"

    @property
    def models(self) -> Path:
        """One folder per model, which is one per training run."""
        return self.root / "models"

    @property
    def soundfonts(self) -> Path:
        return self.root / "soundfonts"

    @property
    def output(self) -> Path:
        return self.root / "output"

    @property
    def takes(self) -> Path:
        """What visitors of the page have had composed, one folder per visitor."""
        return self.output / "takes"

    def ships(self, name: str) -> bool:
        """Whether a model of this name is among the `shipped_models`."""
        return self.shipped_models is not None and (self.shipped_models / name).is_dir()

    def dataset_folder(self, name: str) -> Path:
        return self.midi / check_name(name, "data set")

    def run_folder(self, name: str) -> Path:
        return self.models / check_name(name, "run")


def find_workspace() -> Workspace:
    """`$MIDIGEN_HOME`, else the checkout that this package lies in, else the current folder.

    An installed midigen has its models within the package and offers them in every workspace. In a
    checkout they lie in `models/` like one's own.
    """
    root = _PACKAGE.parent if _is_checkout() else Path.cwd()
    if os.environ.get("MIDIGEN_HOME"):
        root = Path(os.environ["MIDIGEN_HOME"]).expanduser().resolve()
    return Workspace(root, None if _is_checkout() else shipped_folder("models"))


def shipped_folder(name: str) -> Path:
    """Where files lie that come with midigen: `assets` or `models`.

    They are beside the package in a checkout; the wheel holds them within it (pyproject.toml).
    """
    inside = _PACKAGE / name
    return inside if inside.is_dir() else _PACKAGE.parent / name


def _is_checkout() -> bool:
    return (_PACKAGE.parent / "pyproject.toml").exists()


def check_name(name: str, what: str) -> str:
    """Return a name that is safe as a folder name on every system.

    Raises:
        UserError: it holds a path separator, starts with a dot, is too long, …
    """
    if not _NAME.fullmatch(name) or _RESERVED_ON_WINDOWS.fullmatch(name) or name.endswith("."):
        raise UserError(
            f"'{name[:80]}' cannot be the name of a {what}.",
            "Use letters, digits, '-', '_' and '.', starting with a letter or digit.",
        )
    return name


def name_from(text: str) -> str:
    """The nearest safe name: `My Études (2).zip` -> `My-tudes-2`."""
    cleaned = re.sub(r"[^A-Za-z0-9._-]+", "-", Path(text).stem if "." in text else text)
    return cleaned.strip("-._")[:80] or "my-music"
