"""The command line: words to requests, answers to words.

Rooms are imported inside the commands, so that `--help` answers at once.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from midigen import __version__
from midigen.config import AppConfig, GenerationRequest, TrainingConfig
from midigen.config_file import apply_preset, parse_value
from midigen.errors import UserError
from midigen.knobs import Section, knobs_of
from midigen.progress import Progress
from midigen.studio import Studio, open_studio
from midigen.workspace import find_workspace

if TYPE_CHECKING:
    from midigen.training.events import Event

Command = Callable[[argparse.Namespace], None]
BAD_INPUT = 2
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit code: 0, or 2 for what a person can put right."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    options = _parser().parse_args(words)
    options.typed = shlex.join(["python", "-m", "midigen", *words])
    try:
        options.command(options)
    except UserError as error:
        print(f"error: {error.what}", file=sys.stderr)
        if error.hint:
            print(f"  {error.hint}", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        print("\ninterrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our output went away, as `head` does
        sys.stderr.close()
    return 0


# The commands


def download_data(options: argparse.Namespace) -> None:
    """Bring a data set into data/midi/."""
    studio = _studio(options)
    if options.job is not None:
        _import_as_job(studio, options)
        return
    source = options.source or studio.config.data.dataset
    with _bar() as progress:
        dataset = studio.import_dataset(source, options.name, progress)
    print(f"{dataset.name}: {dataset.n_files} MIDI files in {dataset.folder}")
    for reason, n in dataset.reasons.items():
        print(f"  left out: {n} x {reason}")
    if options.out_dir is not None:
        _copy_out(dataset.folder, options.out_dir)
    if options.prepare:
        _prepare(studio, dataset.name)


def prepare(options: argparse.Namespace) -> None:
    """Turn a data set into tokens, and say of every file what became of it."""
    studio = _studio(options)
    _prepare(studio, options.dataset or _only_dataset(studio), options.files)


def train(options: argparse.Namespace) -> None:
    """Train a model on a data set."""
    studio = _studio(options)
    if options.resume is not None:
        name = options.resume or _newest_resumable(studio)
    else:
        studio = _with_preset(studio, options)
        options.dataset = options.dataset or _only_dataset(studio)
        name = options.run or studio.free_run_name(options.dataset, options.preset)
    with _stop_flag() as should_stop, _bar() as progress:
        events = studio.train(
            name,
            options.dataset or "",
            preset=options.preset or "",
            resume=options.resume is not None,
            command=options.typed,
            should_stop=should_stop,
            progress=progress,
        )
        for event in events:
            if _speaks():
                _print_event(event, name)
    if _speaks():
        print(f"Listen: python generate.py --model models/{name} --audio {name}.wav")


def generate(options: argparse.Namespace) -> None:
    """Compose with a model."""
    from midigen.generation.sampler import new_seed

    studio = _studio(options)
    model = options.model or _newest_model(studio)
    request = _from_flags(studio.config.generation, options)
    if request.seed is None:
        request = replace(request, seed=new_seed())
    prompt = studio.read_prompt(options.prompt) if options.prompt is not None else None
    tokenizer = options.tokenizer if str(model).endswith(".pth") else None
    if options.tokenizer is not None and tokenizer is None:
        _require_same_tokenizer(studio, str(model), options.tokenizer)
    for take in range(options.count):
        assert request.seed is not None
        wanted = replace(request, seed=(request.seed + take) % 2**31)
        with _bar() as progress:
            piece = studio.compose(str(model), wanted, prompt, progress, tokenizer=tokenizer)
        default = Path("output") / f"{piece.model}-{piece.request.seed}.mid"
        output = _numbered(options.output or default, take, options.count)
        piece.save(output)
        print(f"{output}: {piece.score.note_num()} notes, seed {piece.request.seed}")
        if options.audio is not None:
            _write_audio(studio, piece.score, _numbered(options.audio, take, options.count))


def evaluate(options: argparse.Namespace) -> None:
    """Measure a model on held-out pieces, beside n-gram floors."""
    studio = _studio(options)
    with _bar() as progress:
        result = studio.evaluate(
            options.model or _newest_model(studio), options.data, options.split, progress
        )
    measured, floors = result.likelihood, result.floors
    table = {
        "model": result.model,
        "data": result.data,
        "split": result.split,
        "pieces": result.n_pieces,
        "notes": measured.n_notes,
        "nats_per_token": measured.nats_per_token,
        "bits_per_note": measured.bits_per_note,
        "bits_per_second": measured.bits_per_second,
        "unigram_nats_per_token": floors.unigram_nats,
        "fivegram_nats_per_token": floors.fivegram_nats,
    }
    if options.json:
        print(json.dumps(table, indent=2))
        return
    for name, value in table.items():
        print(f"{name:24} {value:.4f}" if isinstance(value, float) else f"{name:24} {value}")


def models(options: argparse.Namespace) -> None:
    """List the models, the newest first."""
    studio = _studio(options)
    found = studio.models()
    if not found:
        print("No model yet. Train one with `python train.py`.")
    for model in found:
        card = model.card
        loss = card.get("validation_loss")
        said = f"{loss:.3f} nats per token" if loss is not None else "no figures"
        if loss is not None and card.get("fivegram_nats"):
            said += f" (5-gram: {card['fivegram_nats']:.3f})"
        print(f"{model.name:32} {card.get('dataset', '?'):28} {said}")


def export(options: argparse.Namespace) -> None:
    """Write a model as one weights-only .pth file with its tokenizer.json."""
    studio = _studio(options)
    studio.export(options.model or _newest_model(studio), options.output)
    print(f"{options.output} and {options.output.with_name('tokenizer.json')}")


def app(options: argparse.Namespace) -> None:
    """Open the studio in the browser."""
    from midigen.ui.app import launch

    studio = _studio(options)
    page = _from_flags(studio.config.app, options)
    launch(Studio(replace(studio.config, app=page), studio.workspace))


# From words to requests


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m midigen",
        description="Train a composer on your own MIDI files and play with it.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"midigen {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    added = _command(commands, "download-data", download_data)
    added.add_argument("source", nargs="?", metavar="DATASET", help=_SOURCE_HELP)
    added.add_argument("out_dir", nargs="?", type=Path, metavar="OUT_DIR", help="also copy it here")
    added.add_argument("--name", help="what to call the data set")
    added.add_argument("--prepare", action="store_true", help="turn it into tokens right away")
    added.add_argument("--job", type=Path, help=argparse.SUPPRESS)

    added = _command(commands, "prepare", prepare)
    added.add_argument("--dataset", help="a name in data/midi/, or a folder")
    added.add_argument(
        "--files", action="store_true", help="list every file, not only those left out"
    )

    added = _command(commands, "train", train)
    added.add_argument("--dataset", help="a name in data/midi/, or a folder")
    # torchrun takes --run for its own --run-path, wherever it stands; hence the second name.
    added.add_argument("--run", "--run-name", help="name of the run and its model")
    added.add_argument("--preset", help="a size: quick, standard, large or one of config.yaml")
    added.add_argument(
        "--resume",
        nargs="?",
        const="",
        metavar="RUN",
        help="go on with a run; by default the newest",
    )
    _add_knobs(added, TrainingConfig)

    added = _command(commands, "generate", generate)
    added.add_argument("--model", help="a name in models/, a model's folder or an exported .pth")
    added.add_argument("--tokenizer", type=Path, help="the tokenizer.json of a .pth")
    added.add_argument(
        "--output", type=Path, help="the MIDI file; a .json with the request beside it"
    )
    added.add_argument("--audio", type=Path, help="also play it into a .wav or .mp3 file")
    added.add_argument("--prompt", type=Path, help="a MIDI file to go on from")
    added.add_argument("--count", type=_positive, default=1, help="pieces; seeds count up")
    _add_knobs(added, GenerationRequest)

    added = _command(commands, "evaluate", evaluate)
    added.add_argument("--model", help="a name in models/, a model's folder or an exported .pth")
    added.add_argument(
        "--data", help="a name in data/midi/, or a folder; by default the model's own"
    )
    added.add_argument("--split", default="validation", choices=["train", "validation", "test"])
    added.add_argument("--json", action="store_true", help="print JSON")

    _command(commands, "models", models)

    added = _command(commands, "export", export)
    added.add_argument("--model", help="a name in models/, or a model's folder")
    added.add_argument("--output", type=Path, default=Path("models/music_lstm.pth"))

    added = _command(commands, "app", app)
    _add_knobs(added, AppConfig)
    return parser


_SOURCE_HELP = (
    "a Kaggle data set (owner/name), bach-chorales, or a folder, zip or file of your own MIDI; "
    "by default data.dataset of config.yaml"
)


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


def _add_knobs(parser: argparse.ArgumentParser, section: type[Section]) -> None:
    """A flag for each knob; what is not given stays as configured."""
    group = parser.add_argument_group("knobs, as in config.yaml")
    for each in knobs_of(section):
        group.add_argument(
            "--" + each.name.replace("_", "-"),
            dest=f"knob_{each.name}",
            metavar="|".join(each.choices)
            if 0 < len(each.choices) < 5
            else each.kind.__name__.upper(),
            help=each.help.replace("%", "%%"),
        )


def _from_flags(section: Any, options: argparse.Namespace) -> Any:
    """The section with the flags that were given."""
    given = {
        each.name: getattr(options, f"knob_{each.name}")
        for each in knobs_of(type(section))
        if getattr(options, f"knob_{each.name}") is not None
    }
    kinds = {each.name: each.kind for each in knobs_of(type(section))}
    values = {
        name: text if kinds[name] is str else parse_value(text) for name, text in given.items()
    }
    return replace(section, **values)


def _studio(options: argparse.Namespace) -> Studio:
    from midigen.config_file import load_config

    workspace = find_workspace()
    if options.config is not None:
        return Studio(load_config(options.config, options.set), workspace)
    return open_studio(workspace, tuple(options.set))


def _with_preset(studio: Studio, options: argparse.Namespace) -> Studio:
    """The preset comes before `--set` and the flags."""
    from midigen.config_file import apply_overrides

    config = studio.config
    if options.preset is not None:
        config = apply_overrides(apply_preset(config, options.preset), options.set)
    return Studio(replace(config, training=_from_flags(config.training, options)), studio.workspace)


def _only_dataset(studio: Studio) -> str:
    """The configured data set if it is there, else the only one there is."""
    names = [each.name for each in studio.datasets()]
    configured = Path(studio.config.data.dataset).name
    if configured in names:
        return configured
    if len(names) == 1:
        return names[0]
    if not names:
        raise UserError("There is no data set yet.", "Get one with `python download_data.py`.")
    raise UserError("There are several data sets.", f"Choose with --dataset: {', '.join(names)}.")


def _newest_model(studio: Studio) -> str:
    found = studio.models()
    if not found:
        raise UserError("There is no model yet.", "Train one with `python train.py`.")
    return found[0].name


def _newest_resumable(studio: Studio) -> str:
    for run in studio.runs():
        if run.has_checkpoint() and run.status().state not in ("finished", "running"):
            return run.name
    raise UserError("There is no unfinished run.", "Start one with `python train.py`.")


def _require_same_tokenizer(studio: Studio, model: str, tokenizer: Path) -> None:
    from midigen.bundle import load_bundle
    from midigen.music.tokenizer import ScoreTokenizer

    folder = Path(model) if Path(model).is_dir() else studio.workspace.run_folder(model)
    given = ScoreTokenizer.load(tokenizer)
    if folder.exists() and load_bundle(folder).tokenizer.fingerprint != given.fingerprint:
        raise UserError(
            f"{tokenizer} is not the tokenizer that '{model}' was trained with.",
            "Leave --tokenizer out: a model's folder has its own.",
        )


def _numbered(path: Path, take: int, count: int) -> Path:
    return path if count == 1 else path.with_name(f"{path.stem}-{take + 1}{path.suffix}")


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


# From answers to words


def _prepare(studio: Studio, dataset: str, list_all: bool = False) -> None:
    with _bar() as progress:
        report = studio.prepare(dataset, progress).report()
    for each in report.files:
        if each.kept and list_all:
            print(f"kept     {each.split:10} {each.n_tokens:8,} tokens  {each.file}")
        elif not each.kept:
            print(f"left out {each.file}: {each.reason}")
    print(report.summary())


def _print_event(event: Event, name: str) -> None:
    from midigen.training import events

    match event:
        case events.Started():
            print(
                f"{name}: {event.parameters:,} parameters, {event.train_tokens:,} tokens to learn "
                f"from, {event.device} {event.precision}; nats per token to beat: "
                f"{event.fivegram_nats:.3f} (5-gram), {event.unigram_nats:.3f} (unigram)"
            )
        case events.Planned():
            print(f"{event.total_steps:,} steps fit the time limit")
        case events.Stepped():
            print(
                f"step {event.step:6,}  loss {event.loss:.3f}  "
                f"{event.tokens_per_s:8,.0f} tokens/s  {_minutes(event.eta_s)} left"
            )
        case events.Evaluated():
            mark = ", the best so far" if event.is_best else ""
            print(
                f"step {event.step:6,}  validation {event.validation_loss:.3f} nats per token, "
                f"{event.bits_per_note:.2f} bits per note{mark}"
            )
        case events.Finished():
            print(
                f"{event.reason} after {_minutes(event.seconds)}: "
                f"{event.validation_loss:.3f} nats per token, "
                f"{event.bits_per_note:.2f} bits per note on all validation pieces (weights of step {event.best_step:,})"
            )


def _speaks() -> bool:
    """Of several processes that torchrun starts, one speaks."""
    return os.environ.get("RANK", "0") == "0"


def _write_audio(studio: Studio, score: Any, path: Path) -> None:
    from midigen.rendering.audio_files import write_audio

    audio = studio.render(score)
    write_audio(audio, path, studio.config.rendering.mp3_kbps)
    print(f"{path}: {audio.duration_s:.1f} s, {audio.synth} with {audio.soundfont}")


def _copy_out(folder: Path, out_dir: Path) -> None:
    import shutil

    if out_dir.exists() and any(out_dir.iterdir()):
        raise UserError(f"{out_dir} is not empty.", "Choose a new folder; nothing was overwritten.")
    shutil.copytree(folder, out_dir, dirs_exist_ok=True)
    print(f"copied to {out_dir}")


def _import_as_job(studio: Studio, options: argparse.Namespace) -> None:
    """Import for the page, which reads the job's folder."""
    from midigen.jobs import JobReporter
    from midigen.state_file import StateFile

    with StateFile(options.job).held("This import"):
        reporter = JobReporter(options.job, options.typed)
        try:
            dataset = studio.import_dataset(options.source, options.name, reporter)
            reporter.name(dataset.name)
            report = studio.prepare(dataset.name, reporter).report()
        except UserError as error:
            reporter.end("failed", str(error))
            raise
        except Exception as error:
            reporter.end("failed", f"unexpected {type(error).__name__}: {error}")
            raise
        reporter.end("finished", report.summary())


@contextmanager
def _bar() -> Iterator[Progress]:
    """A progress bar on the terminal; it appears with the first report."""
    from tqdm import tqdm

    bar: Any = None
    shown = ""

    def show(done: int, total: int | None, what: str) -> None:
        nonlocal bar, shown
        if what != shown:
            shown = what
            if bar is not None:
                bar.close()
            bar = tqdm(desc=what, total=total, unit_scale=True, leave=False, disable=None)
        bar.total = total
        bar.update(done - bar.n)

    try:
        yield show
    finally:
        if bar is not None:
            bar.close()


@contextmanager
def _stop_flag() -> Iterator[Callable[[], bool]]:
    """The first Ctrl-C asks to stop and keep what is there; the second one interrupts."""
    asked_at: list[float] = []

    def ask(_signal: int, _frame: object) -> None:
        if asked_at:
            raise KeyboardInterrupt
        asked_at.append(time.monotonic())
        print("\nStopping: saving what is there. Ctrl-C again interrupts.", file=sys.stderr)

    before = {each: signal.signal(each, ask) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(asked_at)
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _minutes(seconds: float) -> str:
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02d} min"
    return f"{whole // 3600}:{whole // 60 % 60:02d} h"
