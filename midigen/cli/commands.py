"""The commands, each a function from its arguments to what it prints and writes."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from midigen.cli.terminal import (
    estimate_words,
    print_evaluation,
    print_event,
    progress_bar,
    speaks,
    stop_flag,
)
from midigen.config import SPLITS
from midigen.config_file import apply_overrides, apply_preset, load_config, parse_value
from midigen.errors import UserError
from midigen.knobs import knobs_of
from midigen.music.instruments import numbered
from midigen.studio import Studio, open_studio
from midigen.workspace import find_workspace

MOST_ENSEMBLES = 8  # of a data set that are named, the most frequent ones


def download_data(options: argparse.Namespace) -> None:
    """Bring a data set into data/midi/."""
    studio = _studio(options)
    if options.job is not None:
        _import_as_job(studio, options)
        return
    source = options.source or studio.config.data.dataset
    with progress_bar() as progress:
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
    studio = _with_instruments(_studio(options), options)
    dataset = options.source or options.dataset
    if options.out is not None:
        _take_in(studio, dataset, options.out)
        return
    _prepare(studio, dataset or _only_dataset(studio), options.files)


def train(options: argparse.Namespace) -> None:
    """Train a model on a data set."""
    studio = _studio(options)
    if options.resume is not None:
        name = options.resume or _newest_resumable(studio)
    else:
        studio = _with_preset(studio, options)
        options.dataset = options.dataset or _only_dataset(studio)
        name = options.run or studio.free_run_name(options.dataset, options.preset)
    if not options.beside:
        studio.refuse_second_training(besides=name)
    if options.estimate is not None:
        _estimate(studio, options)
        return
    with stop_flag() as should_stop, progress_bar() as progress:
        events = studio.train(
            name,
            options.dataset or "",
            preset=options.preset or "",
            resume=options.resume is not None,
            base=options.base or "",
            command=options.typed,
            should_stop=should_stop,
            progress=progress,
        )
        for event in events:
            if speaks():
                print_event(event, name)
    if speaks():
        print(f"Listen: python generate.py --model models/{name} --audio {name}.wav")


def generate(options: argparse.Namespace) -> None:
    """Compose with a model."""
    from midigen.generation.seeds import new_seed
    from midigen.rendering.audio_files import check_audio_path

    studio = _studio(options)
    if options.audio is not None:
        check_audio_path(options.audio)
    model = options.model or _newest_model(studio)
    request = _from_flags(studio.usual_request(model), options)
    if request.seed is None:
        request = replace(request, seed=new_seed())
    prompt = studio.read_prompt(options.prompt) if options.prompt is not None else None
    for take in range(options.count):
        assert request.seed is not None
        wanted = replace(request, seed=(request.seed + take) % 2**31)
        with progress_bar() as progress:
            piece = studio.compose(model, wanted, prompt, progress, tokenizer=options.tokenizer)
        default = Path("output") / f"{piece.model}-{piece.request.seed}.mid"
        output = _numbered(options.output or default, take, options.count)
        piece.save(output)
        print(f"{output}: {piece.score.note_num()} notes, seed {piece.request.seed}")
        if options.audio is not None:
            _write_audio(studio, piece.score, _numbered(options.audio, take, options.count))


def evaluate(options: argparse.Namespace) -> None:
    """Measure a model on held-out pieces, and the pieces that it composes."""
    studio = _studio(options)
    data, split = options.data, options.split
    if data in SPLITS:
        data, split = None, data
    with progress_bar() as progress:
        result = studio.evaluate(
            options.model or _newest_model(studio), data, split, options.pieces, progress
        )
    if options.output is not None and result.review is not None:
        for i, piece in enumerate(result.review.pieces, start=1):
            piece.save(options.output / f"{piece.model}-{i:03d}.mid")
    if options.json:
        print(json.dumps(result.as_dict(), indent=2))
    else:
        print_evaluation(result)


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


def pull(options: argparse.Namespace) -> None:
    """Take in a model from the Hugging Face Hub."""
    with progress_bar() as progress:
        run = _studio(options).pull(options.address, options.name or "", progress)
    print(f"{run.name}: in {run.folder}")


def push(options: argparse.Namespace) -> None:
    """Copy a model to the Hugging Face Hub."""
    pushed = _studio(options).push(options.model, options.address, options.private)
    print(f"https://huggingface.co/{options.address} ({pushed})")


def space(options: argparse.Namespace) -> None:
    """Write a folder to push to Hugging Face as a Space."""
    studio = _studio(options)
    studio.write_space(options.folder, options.model, options.hardware)
    print(f"{options.folder}: for {options.hardware}")
    if options.push:
        pushed = studio.push_space(options.folder, options.push, options.hardware, options.private)
        print(f"https://huggingface.co/spaces/{options.push} ({pushed})")


def app(options: argparse.Namespace) -> None:
    """Open the studio in the browser."""
    from midigen.ui.gradio_start import without_stubs

    with without_stubs():
        from midigen.ui.app import launch

    studio = _studio(options)
    page = _from_flags(studio.config.app, options)
    launch(Studio(replace(studio.config, app=page), studio.workspace))


# From words to requests


def _from_flags(section: Any, options: argparse.Namespace) -> Any:
    """The section with the flags that were given."""
    asked = {
        each.name: getattr(options, f"knob_{each.name}", None) for each in knobs_of(type(section))
    }
    given = {name: text for name, text in asked.items() if text is not None}
    kinds = {each.name: each.kind for each in knobs_of(type(section))}
    values = {
        name: text if kinds[name] is str else parse_value(text) for name, text in given.items()
    }
    return replace(section, **values)


def _studio(options: argparse.Namespace) -> Studio:
    workspace = find_workspace()
    if options.config is not None:
        return Studio(load_config(options.config, options.set), workspace)
    return open_studio(workspace, tuple(options.set))


def _with_preset(studio: Studio, options: argparse.Namespace) -> Studio:
    """The preset comes before `--set` and the flags."""
    config = studio.config
    if options.preset is not None:
        config = apply_overrides(apply_preset(config, options.preset), options.set)
    config = replace(config, training=_from_flags(config.training, options))
    return _with_instruments(Studio(config, studio.workspace), options)


def _with_instruments(studio: Studio, options: argparse.Namespace) -> Studio:
    tokenizer = _from_flags(studio.config.tokenizer, options)
    return Studio(replace(studio.config, tokenizer=tokenizer), studio.workspace)


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


def _numbered(path: Path, take: int, count: int) -> Path:
    return path if count == 1 else path.with_name(f"{path.stem}-{take + 1}{path.suffix}")


# From answers to words and files


def _take_in(studio: Studio, source: str | None, out: Path) -> None:
    if source is None:
        raise UserError(
            "Nothing is named that could be looked into.", "Name a file, zip or folder."
        )
    with progress_bar() as progress:
        intake = studio.take_in(Path(source), out, progress)
    for each in intake.left_out:
        print(f"left out {each.file}: {each.reason}")
    n_out = sum(intake.reasons.values())
    print(f"{intake.n_files} MIDI files in {out}, {n_out} left out")


def _prepare(studio: Studio, dataset: str, list_all: bool = False) -> None:
    with progress_bar() as progress:
        report = studio.prepare(dataset, progress).report()
        survey = studio.survey(dataset, progress)
    for each in report.files:
        if each.kept and list_all:
            print(f"kept     {each.split:10} {each.n_tokens:8,} tokens  {each.file}")
        elif not each.kept:
            print(f"left out {each.file}: {each.reason}")
    for parts, n in survey.ensembles[:MOST_ENSEMBLES]:
        print(f"{n:,} x {', '.join(map(numbered, parts))}")
    for piece in survey.free:
        print(f"free playing, {piece.on_grid:.0%} of onsets near the beat grid: {piece.file}")
    print(report.summary())


def _estimate(studio: Studio, options: argparse.Namespace) -> None:
    if options.resume is not None:
        raise UserError("Only a new training is estimated.", "Leave --resume or --estimate out.")
    with progress_bar() as progress:
        found = studio.estimate(options.dataset, options.preset or "", options.base or "", progress)
    print(json.dumps(found.as_dict()) if options.estimate == "json" else estimate_words(found))


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
            studio.survey(dataset.name, reporter)
        except UserError as error:
            reporter.end("failed", error.lines)
            raise
        except Exception as error:
            reporter.end("failed", f"unexpected {type(error).__name__}: {error}")
            raise
        reporter.end("finished", report.summary())
