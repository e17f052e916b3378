"""A folder to push to Hugging Face as a Space: the studio in public mode, with its models.

Facts of the host that the folder is made for (2026-11): a free account gets Spaces on ZeroGPU only,
with the Gradio SDK, Python 3.12 or 3.10 and torch 2.8 to 2.11; its disk forgets; files over 10 MB
need Git LFS. `packages.txt` names Debian packages, `README.md` begins with settings.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, distribution, version
from pathlib import Path
from types import MappingProxyType

import midigen
from midigen import atomic
from midigen.config import Config
from midigen.config_file import save_config
from midigen.errors import UserError
from midigen.hub import front_matter
from midigen.model_folder import read_card
from midigen.run_archive import parts
from midigen.runs import Run
from midigen.untrusted import MB
from midigen.workspace import shipped_folder

LARGEST_BYTES = 10 * 10**6  # of a file that a Space takes without Git LFS
PACKAGES = ("libfluidsynth3", "fluidr3mono-gm-soundfont")  # FluidSynth; a soundfont, MIT licence
PROXIES = 1  # of the host before the page, as far as is known; it is not documented
# What runs there; the versions are those that run here. TensorBoard is not shown there.
LIBRARIES = (
    "symusic", "miditok", "pretty-midi", "pyfluidsynth", "lameenc", "soundfile", "music21",
    "verovio", "kagglehub", "huggingface-hub", "accelerate", "safetensors", "onnxruntime", "onnx",
    "numpy", "gradio", "pyyaml", "filelock", "tqdm",
)  # fmt: skip
_LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.png", "*.mp3", ".*")
_OWN = ("app.py", "config.yaml", "requirements.txt", "packages.txt", "README.md", "LICENSE")
_OWN_FOLDERS = ("midigen", "assets", "models")
_OF_GIT = (".git", ".gitattributes", ".gitignore")  # of a Space that was cloned
_APP = '''"""The door of the Space; config.yaml says how it is served."""

import sys

from midigen.cli import main

if __name__ == "__main__":
    sys.exit(main(["app"]))
'''


@dataclass(frozen=True)
class Hardware:
    """What a Space runs on.

    Attributes:
        python: its version there.
        torch: lines of requirements.txt.
    """

    python: str
    torch: tuple[str, ...]


HARDWARE: Mapping[str, Hardware] = MappingProxyType(
    {
        "zero-a10g": Hardware("3.12", ("torch==2.11.0",)),  # ZeroGPU, whatever the GPU is today
        "cpu-basic": Hardware(
            "3.11", ("--extra-index-url https://download.pytorch.org/whl/cpu", "torch==2.13.0+cpu")
        ),
    }
)
FREE = "zero-a10g"


def write_space(folder: Path, models: Sequence[Run], hardware: str, config: Config) -> None:
    """Write all that a Space needs, and nothing else.

    Args:
        folder: new, empty, written by this before, or the clone of a Space.
        models: those that it offers, the first one first.
        hardware: a name in `HARDWARE`.
        config: of the studio; public mode is set here.

    Raises:
        UserError: the folder holds something else, there is no such hardware, or a model is too
            large.
    """
    if hardware not in HARDWARE:
        raise UserError(f"No hardware named '{hardware}'.", f"There are: {', '.join(HARDWARE)}.")
    if not models:
        raise UserError("A Space needs a model.", "Name one with --model.")
    _refuse_foreign(folder)
    for model in models:
        _refuse_large(model)
    for name in _OWN_FOLDERS:
        shutil.rmtree(folder / name, ignore_errors=True)
    shutil.copytree(Path(midigen.__file__).parent, folder / "midigen", ignore=_only_code)
    shutil.copytree(shipped_folder("assets"), folder / "assets", ignore=_LEFT_OUT)
    for model in models:
        for inside in parts(model):
            target = folder / "models" / model.name / inside
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(model.folder / inside, target)
    page = replace(config.app, public=True, public_proxies=PROXIES, open_browser=False)
    training = replace(config.training, tensorboard=False)
    save_config(replace(config, app=page, training=training), folder / "config.yaml")
    atomic.write_text(folder / "app.py", _APP)
    atomic.write_text(folder / "requirements.txt", _requirements(hardware))
    atomic.write_text(folder / "packages.txt", "".join(f"{each}\n" for each in PACKAGES))
    atomic.write_text(folder / "README.md", _readme(models, hardware))
    atomic.write_text(folder / "LICENSE", _licence())


def _only_code(folder: str, names: list[str]) -> set[str]:
    """Of the package, what an installed one holds besides: its page and its models."""
    root = Path(midigen.__file__).parent
    besides = {"assets", "models"} if Path(folder) == root else set()
    return _LEFT_OUT(folder, names) | besides & set(names)


def _refuse_foreign(folder: Path) -> None:
    if not folder.exists():
        return
    known = {*_OWN, *_OWN_FOLDERS, *_OF_GIT}
    foreign = [each.name for each in folder.iterdir() if each.name not in known]
    if foreign:
        raise UserError(
            f"{folder} holds something else: {foreign[0]}.", "Name a new or an empty folder."
        )


def _refuse_large(model: Run) -> None:
    for inside in parts(model):
        n_bytes = (model.folder / inside).stat().st_size
        if n_bytes > LARGEST_BYTES:
            raise UserError(
                f"{inside} of '{model.name}' has {n_bytes / MB:.1f} MB; a Space takes files up to "
                f"{LARGEST_BYTES / MB:.0f} MB.",
                "Choose a smaller model.",
            )


def _requirements(hardware: str) -> str:
    lines = [*HARDWARE[hardware].torch, *(f"{name}=={version(name)}" for name in LIBRARIES)]
    return "".join(f"{line}\n" for line in lines)


def _readme(models: Sequence[Run], hardware: str) -> str:
    front = {
        "title": "midigen",
        "emoji": "🎹",
        "colorFrom": "green",
        "colorTo": "yellow",
        "sdk": "gradio",
        "sdk_version": version("gradio"),
        "python_version": HARDWARE[hardware].python,
        "app_file": "app.py",
        "short_description": "A small composer that you can train on your own MIDI",
        "license": "mit",
        "suggested_hardware": hardware,
        "pinned": False,
        "tags": ["midi", "music", "music-generation", "symbolic-music", "piano"],
    }
    return (
        f"{front_matter(front)}\n# midigen\n\n"
        "A studio in the browser: a small network composes for the piano, bar by bar, and the page "
        "plays, writes and analyses what it wrote. Composing is done on the processor and takes "
        "nothing of your GPU quota. Here everybody may compose; training and bringing in music are "
        "switched off, since the machine is shared and its disk forgets. Run midigen at home to "
        "train it on your own MIDI files.\n\n"
        + "".join(_about(model) for model in models)
        + "midigen is under the MIT licence (LICENSE).\n"
    )


def _about(model: Run) -> str:
    card = read_card(model.folder)
    words = ("data_source", "data_licence", "attribution", "weaknesses")
    said = [str(card[word]).rstrip(". ") for word in words if card.get(word)]
    return f"**{model.name}**: {'. '.join(said) or 'a model of one’s own'}.\n\n"


def _licence() -> str:
    """The licence of midigen: beside the package in a checkout, else as it was installed."""
    beside = Path(midigen.__file__).parent.parent / "LICENSE"
    if beside.is_file():
        return beside.read_text(encoding="utf-8")
    try:
        return distribution("midigen").read_text("licenses/LICENSE") or ""
    except PackageNotFoundError:
        return ""
