"""Long work in processes of its own: the page starts the command that a person would type.

A process outlives the page and the studio that started it. Training is told by its run's folder,
imports by a folder below `data/jobs/`.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from midigen.config_file import apply_overrides, apply_preset
from midigen.errors import UserError
from midigen.processes import ask, start
from midigen.runs import Run, RunStatus
from midigen.state_file import StateFile
from midigen.studio import Studio
from midigen.workspace import Workspace, check_name

JobState = Literal["running", "finished", "failed", "died"]


@dataclass(frozen=True)
class JobStatus:
    """Where an import stands.

    Attributes:
        state: `died` is a job whose process went away without a word.
        what: what is being done, for people.
        done, total: how far it is; a total of None is unknown.
        message: how it ended, for people.
        dataset: the name of the data set, once it is there.
        command: what a person would type to do the same.
        pid: of the process.
        updated_at: in seconds since 1970.
    """

    state: JobState
    what: str = ""
    done: int = 0
    total: int | None = None
    message: str = ""
    dataset: str | None = None
    command: str = ""
    pid: int = 0
    updated_at: float = 0.0


@dataclass(frozen=True)
class Expected:
    """How long a training would take on this machine, as busy as it is.

    Attributes:
        seconds: from its start to its last word.
        steps: that it would do.
        is_limited: whether they are fewer than asked for, because of the time limit.
    """

    seconds: float
    steps: int
    is_limited: bool


@dataclass(frozen=True)
class Job:
    """An import that runs, or ran, in its own process."""

    folder: Path

    @property
    def id(self) -> str:
        return self.folder.name

    def status(self) -> JobStatus:
        """Where it stands now."""
        status = self._written()
        if status.state == "running" and not StateFile(self.folder).has_worker():
            status = self._written()  # it may have ended just now
            if status.state == "running":
                status = replace(status, state="died", message="The import ended without a word.")
        return status

    def stop(self) -> None:
        """End its process; an import leaves nothing half-done behind."""
        status = self.status()
        if status.state == "running" and status.pid > 1:
            os.kill(status.pid, signal.SIGTERM)

    def _written(self) -> JobStatus:
        content = StateFile(self.folder).read()
        known = {name: content[name] for name in JobStatus.__dataclass_fields__ if name in content}
        return JobStatus(**({"state": "died"} | known))


class JobReporter:
    """Tells a job's folder how far the work is; a `Progress`.

    Args:
        folder: of the job, whose state file this process holds.
        command: what a person would type.
    """

    _EVERY_S = 0.3

    def __init__(self, folder: Path, command: str) -> None:
        self._state_file = StateFile(folder)
        self._status = JobStatus("running", command=command)
        self._told_at = 0.0

    def __call__(self, done: int, total: int | None, what: str) -> None:
        self._status = replace(self._status, done=done, total=total, what=what)
        if time.monotonic() - self._told_at > self._EVERY_S:
            self._write()

    def name(self, dataset: str) -> None:
        """The data set is there."""
        self._status = replace(self._status, dataset=dataset)
        self._write()

    def end(self, state: JobState, message: str) -> None:
        """The work is over."""
        self._status = replace(self._status, state=state, message=message)
        self._write()

    def _write(self) -> None:
        self._told_at = time.monotonic()
        self._state_file.write(vars(self._status))


def start_import(studio: Studio, source: str, name: str | None = None) -> Job:
    """Import and prepare a data set in a process of its own.

    Args:
        studio: whose workspace it goes to.
        source: as for `Studio.import_dataset`.
        name: what to call it; None takes the source's.

    Raises:
        UserError: the name cannot be used.
    """
    return _start_import(studio.workspace, _new_job_folder(studio.workspace), source, name)


def start_upload(studio: Studio, files: Sequence[Path], name: str = "my-music") -> Job:
    """Import files that were uploaded: MIDI files, or one zip.

    The files are copied first, since uploads do not live long.

    Raises:
        UserError: there are none, or the name cannot be used.
    """
    if not files:
        raise UserError("No file was chosen.", "Choose MIDI files or a zip.")
    name = check_name(name, "data set")
    folder = _new_job_folder(studio.workspace)
    upload = folder / "upload" / name
    upload.mkdir(parents=True)
    for i, file in enumerate(files):
        target = upload / file.name
        shutil.copyfile(file, target if not target.exists() else upload / f"{i}-{file.name}")
    is_zip = len(files) == 1 and files[0].suffix.lower() == ".zip"
    source = upload / files[0].name if is_zip else upload
    return _start_import(studio.workspace, folder, str(source), name)


def list_jobs(workspace: Workspace) -> list[Job]:
    """All imports, the newest first."""
    if not workspace.jobs.is_dir():
        return []
    folders = [each for each in workspace.jobs.iterdir() if (each / "state.json").exists()]
    return [Job(each) for each in sorted(folders, key=lambda each: each.name, reverse=True)]


def start_training(
    studio: Studio,
    run_name: str,
    dataset: str,
    preset: str,
    overrides: Sequence[str] = (),
    resume: bool = False,
    base: str = "",
) -> Run:
    """Train in a process of its own.

    Args:
        studio: whose workspace it is.
        run_name: of the run and its model.
        dataset: a name.
        preset: a size.
        overrides: texts such as `training.max_steps=500`.
        resume: go on from the last checkpoint; data set, preset and overrides are the run's own.
        base: a model to start from instead of fresh weights.

    Raises:
        UserError: another training is running, or the run or the settings cannot be used.
    """
    studio.refuse_second_training()
    run = studio.run_to_write(run_name, resume)
    if not resume:
        _refuse_impossible(studio, dataset, preset, overrides, base)
    arguments = training_arguments(run_name, dataset, preset, overrides, resume, base)
    run.folder.mkdir(parents=True, exist_ok=True)
    with (run.folder / "train.log").open("ab") as log:
        process = start(studio.workspace, arguments, log)
    if resume:
        dataset = run.status().dataset
    status = RunStatus(
        "preparing",
        "starting",
        dataset=dataset,
        command="python -m midigen " + shlex.join(arguments),
        pid=process.pid,
    )
    if not StateFile(run.folder).is_held():
        run.announce(status)
    return run


def estimate_training(
    studio: Studio, dataset: str, preset: str, overrides: Sequence[str] = (), base: str = ""
) -> Expected:
    """What `start_training` would do until all is done, measured in a process of its own.

    Music that nobody has looked through yet is prepared on the way; that is not counted, since it
    is then done.

    Args:
        studio: whose workspace it is.
        dataset, preset, overrides, base: as for `start_training`.

    Raises:
        UserError: a training is running, or the settings cannot be used.
    """
    studio.refuse_second_training()
    _refuse_impossible(studio, dataset, preset, overrides, base)
    arguments = training_arguments("estimate", dataset, preset, overrides, base=base)
    began = time.monotonic()
    found = json.loads(ask(studio.workspace, [*arguments, "--estimate", "json"]))
    # A training starts as this did, and finds the data prepared.
    start_s = time.monotonic() - began - found["probe_s"] - found["open_s"]
    return Expected(start_s + found["seconds"], found["steps"], found["is_limited"])


def training_arguments(
    run_name: str,
    dataset: str,
    preset: str,
    overrides: Sequence[str] = (),
    resume: bool = False,
    base: str = "",
) -> list[str]:
    """The command line that trains, after `python -m midigen`."""
    if resume:
        return ["train", "--resume", run_name]
    arguments = ["train", "--run", run_name, "--dataset", dataset, "--preset", preset]
    arguments += ["--from", base] if base else []
    return arguments + [word for text in overrides for word in ("--set", text)]


def _start_import(workspace: Workspace, folder: Path, source: str, name: str | None) -> Job:
    arguments = ["download-data", source, "--prepare"]
    if name:
        arguments += ["--name", check_name(name, "data set")]
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "import.log").open("ab") as log:
        process = start(workspace, [*arguments, "--job", str(folder)], log)
    command = "python -m midigen " + shlex.join(arguments)
    status = JobStatus("running", "Starting", command=command)
    if not StateFile(folder).is_held():
        StateFile(folder).write({**vars(status), "starting": True}, pid=process.pid)
    return Job(folder)


def _refuse_impossible(
    studio: Studio, dataset: str, preset: str, overrides: Sequence[str], base: str
) -> None:
    """Refuse what cannot work before anything starts.

    Raises:
        UserError: the settings, the model or the data set cannot be used.
    """
    config = apply_overrides(apply_preset(studio.config, preset), overrides)
    studio.music_folder(dataset)
    Studio(config, studio.workspace).config_to_train(preset, base)


def _new_job_folder(workspace: Workspace) -> Path:
    """Named so that later ones sort later."""
    return workspace.jobs / f"{time.strftime('%Y%m%d-%H%M%S')}-{uuid.uuid4().hex[:6]}"
