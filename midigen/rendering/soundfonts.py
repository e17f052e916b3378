"""Finds a soundfont: the user's, else one in the project, else one of the system or of a wheel."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path

from midigen.config import RenderingConfig
from midigen.errors import UserError

SUFFIXES = (".sf2", ".sf3")
# Where Linux distributions, Homebrew and the FluidSynth documentation put them.
SYSTEM_FOLDERS = (
    Path("/usr/share/sounds/sf3"),
    Path("/usr/share/sounds/sf2"),
    Path("/usr/share/soundfonts"),
    Path("/usr/local/share/sounds/sf3"),
    Path("/usr/local/share/sounds/sf2"),
    Path("/usr/local/share/soundfonts"),
    Path("/opt/homebrew/share/soundfonts"),
    Path("C:/soundfonts"),
)
# Of several in one folder these sound best, in this order; the rest follow by name.
_BEST_FIRST = ("musescore_general", "musescore-general", "fluidr3", "generaluser")
_WHEEL, _IN_WHEEL = "pretty_midi", "TimGM6mb.sf2"
_HINT = (
    "Put an .sf2 or .sf3 file into soundfonts/, "
    "or `pip install pretty_midi`, which brings a small one."
)


def find_soundfont(config: RenderingConfig, soundfonts_folder: Path) -> Path:
    """The soundfont to play with.

    Args:
        config: `soundfont` is a path, or the name of a file in the folder or of the system.
        soundfonts_folder: where the user drops soundfonts; need not exist.

    Raises:
        UserError: the chosen one is missing or is no soundfont, or there is none at all.
    """
    if config.soundfont:
        return _chosen(config.soundfont, soundfonts_folder)
    # What the user dropped is not passed over silently, even if it is broken.
    for path in _in_folder(soundfonts_folder):
        return _checked(path)
    for path in _installed():
        if is_soundfont(path):
            return path
    raise UserError("No soundfont was found, so nothing can be played.", _HINT)


def list_soundfonts(soundfonts_folder: Path) -> list[Path]:
    """Every usable soundfont, the one that is taken by itself first."""
    found = [*_in_folder(soundfonts_folder), *_installed()]
    return [path for path in dict.fromkeys(found) if is_soundfont(path)]


def is_soundfont(path: Path) -> bool:
    """Whether the file starts like a SoundFont 2."""
    try:
        with path.open("rb") as file:
            header = file.read(12)
    except OSError:
        return False
    return header[:4] == b"RIFF" and header[8:] == b"sfbk"


def _chosen(wish: str, soundfonts_folder: Path) -> Path:
    path = Path(wish).expanduser()
    if path.is_file():
        return _checked(path.resolve())
    known = [*_in_folder(soundfonts_folder), *_installed()]
    for each in known:
        if wish in (each.name, each.stem):
            return _checked(each)
    names = ", ".join(dict.fromkeys(each.name for each in known))
    raise UserError(f"There is no soundfont {wish}.", f"There are: {names}." if names else _HINT)


def _checked(path: Path) -> Path:
    if not is_soundfont(path):
        raise UserError(
            f"{path.name} is not a soundfont.",
            f"{path} must be a SoundFont 2 file (.sf2 or .sf3); remove it or choose another.",
        )
    return path


def _installed() -> Iterator[Path]:
    for folder in SYSTEM_FOLDERS:
        yield from _in_folder(folder)
    # Found without importing pretty_midi, which would take a second and has warnings to say.
    wheel = importlib.util.find_spec(_WHEEL)
    for place in (wheel.submodule_search_locations or ()) if wheel else ():
        path = Path(place) / _IN_WHEEL
        if path.is_file():
            yield path


def _in_folder(folder: Path) -> list[Path]:
    """Soundfonts of a folder; names such as `default-GM.sf2` are followed to the file itself."""
    if not folder.is_dir():
        return []
    files = {
        path.resolve()
        for path in folder.iterdir()
        if path.suffix.lower() in SUFFIXES and path.is_file()
    }
    return sorted(files, key=_rank)


def _rank(path: Path) -> tuple[int, str]:
    name = path.name.lower()
    ranks = [i for i, start in enumerate(_BEST_FIRST) if name.startswith(start)]
    return (ranks or [len(_BEST_FIRST)])[0], name
