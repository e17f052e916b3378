"""The words of the command line: commands, arguments, and a flag for each knob."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from midigen import __version__
from midigen.cli import commands as run
from midigen.config import (
    SPLITS,
    AppConfig,
    GenerationRequest,
    TokenizerConfig,
    TrainingConfig,
)
from midigen.knobs import Section, knobs_of

_INSTRUMENTS = ("use_programs", "programs")
Command = Callable[[argparse.Namespace], None]

_SOURCE_HELP = (
    "a Kaggle data set (owner/name), bach-chorales, or a folder, zip or file of your own MIDI; "
    "by default data.dataset of config.yaml"
)


def build_parser() -> argparse.ArgumentParser:
    """The parser; its `command` is a function of `commands.py`."""
    parser = argparse.ArgumentParser(
        prog="python -m midigen",
        description="Train a composer on your own MIDI files and play with it.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"midigen {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    added = _command(commands, "download-data", run.download_data)
    added.add_argument("source", nargs="?", metavar="DATASET", help=_SOURCE_HELP)
    added.add_argument("out_dir", nargs="?", type=Path, metavar="OUT_DIR", help="also copy it here")
    added.add_argument("--name", help="what to call the data set")
    added.add_argument("--prepare", action="store_true", help="turn it into tokens right away")
    added.add_argument("--job", type=Path, help=argparse.SUPPRESS)

    added = _command(commands, "prepare", run.prepare)
    added.add_argument(
        "source", nargs="?", metavar="SOURCE", help="as --dataset; with --out also a file or a zip"
    )
    added.add_argument("--dataset", help="a name in data/midi/, or a folder")
    added.add_argument(
        "--out",
        type=Path,
        metavar="FOLDER",
        help="only look into every file of SOURCE, and write those that are sound anew into FOLDER",
    )
    added.add_argument(
        "--files", action="store_true", help="list every file, not only those left out"
    )
    _add_knobs(added, TokenizerConfig, _INSTRUMENTS)

    added = _command(commands, "train", run.train)
    added.add_argument("--dataset", help="a name in data/midi/, or a folder")
    # torchrun takes --run for its own --run-path, wherever it stands; hence the second name.
    added.add_argument("--run", "--run-name", help="name of the run and its model")
    added.add_argument(
        "--preset", help="quick, standard, large, transformer, finetune or one of config.yaml"
    )
    added.add_argument(
        "--from",
        dest="base",
        metavar="MODEL",
        help="start from the weights of a model (fine-tuning); its tokenizer and sizes are taken",
    )
    added.add_argument(
        "--resume",
        nargs="?",
        const="",
        metavar="RUN",
        help="go on with a run; by default the newest",
    )
    added.add_argument(
        "--estimate",
        nargs="?",
        const="words",
        choices=("words", "json"),
        help="only measure for a few seconds how long it would take",
    )
    added.add_argument(
        "--beside", action="store_true", help="train although another run is training"
    )
    _add_knobs(added, TokenizerConfig, _INSTRUMENTS)
    _add_knobs(added, TrainingConfig)

    added = _command(commands, "generate", run.generate)
    added.add_argument("--model", help="a name in models/, a model's folder or an exported .pth")
    added.add_argument("--tokenizer", type=Path, help="the tokenizer.json of a .pth")
    added.add_argument(
        "--output", type=Path, help="the MIDI file; a .json with the request beside it"
    )
    added.add_argument("--audio", type=Path, help="also play it into a .wav or .mp3 file")
    added.add_argument("--prompt", type=Path, help="a MIDI file to go on from")
    added.add_argument("--count", type=_positive, default=1, help="pieces; seeds count up")
    _add_knobs(added, GenerationRequest)

    added = _command(commands, "evaluate", run.evaluate)
    added.add_argument("--model", help="a name in models/, a model's folder or an exported .pth")
    added.add_argument(
        "--data",
        help="a name in data/midi/, a folder, or a part of the model's own data: validation, test",
    )
    added.add_argument("--split", default="validation", choices=SPLITS)
    added.add_argument(
        "--pieces",
        type=int,
        default=24,
        help="pieces of 32 bars to compose and compare with real ones; 0 for none (default: 24)",
    )
    added.add_argument("--output", type=Path, metavar="FOLDER", help="keep the composed pieces")
    added.add_argument("--json", action="store_true", help="print JSON")

    _command(commands, "models", run.models)

    added = _command(commands, "export", run.export)
    added.add_argument("--model", help="a name in models/, or a model's folder")
    added.add_argument("--output", type=Path, default=Path("models/music_lstm.pth"))

    added = _command(commands, "pull", run.pull)
    added.add_argument("address", metavar="OWNER/NAME", help="on the Hub; OWNER/NAME@REVISION pins")
    added.add_argument("--name", help="what to call the model here")

    added = _command(commands, "push", run.push)
    added.add_argument("model", help="a name in models/")
    added.add_argument("address", metavar="OWNER/NAME", help="on the Hub")
    _add_private(added)

    added = _command(commands, "space", run.space)
    added.add_argument("folder", type=Path, metavar="DIR", help="a new folder, or one to renew")
    added.add_argument(
        "--model", action="append", default=[], help="a model to offer; can be repeated"
    )
    added.add_argument(
        "--hardware",
        default="zero-a10g",
        help="zero-a10g, which is ZeroGPU and free, or cpu-basic (default: zero-a10g)",
    )
    added.add_argument(
        "--push", metavar="OWNER/NAME", help="also copy it to the Hub; needs a token"
    )
    _add_private(added)

    added = _command(commands, "app", run.app)
    _add_knobs(added, AppConfig)
    return parser


def _command(commands: Any, name: str, command: Command) -> argparse.ArgumentParser:
    text = (command.__doc__ or "").strip()
    added: argparse.ArgumentParser = commands.add_parser(
        name, help=text, description=text, allow_abbrev=False
    )
    added.set_defaults(command=command)
    added.add_argument("--config", type=Path, help="a YAML file instead of config.yaml")
    added.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KNOB=VALUE",
        help="set one knob, such as training.max_steps=500; can be repeated",
    )
    return added


def _add_private(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--private", action="store_true", help="nobody else may see it, where it is made now"
    )


def _add_knobs(
    parser: argparse.ArgumentParser, section: type[Section], only: tuple[str, ...] = ()
) -> None:
    """A flag for each knob, or for some; what is not given stays as configured."""
    group = parser.add_argument_group("knobs, as in config.yaml")
    for each in knobs_of(section):
        if only and each.name not in only:
            continue
        group.add_argument(
            "--" + each.name.replace("_", "-"),
            dest=f"knob_{each.name}",
            metavar="|".join(each.choices)
            if 0 < len(each.choices) < 5
            else each.kind.__name__.upper(),
            help=each.help.replace("%", "%%"),
        )


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number
