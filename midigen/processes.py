"""Runs commands of midigen in processes of their own, as a person would type them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from midigen.errors import UserError
from midigen.workspace import Workspace

MOST_ANSWER_S = 600.0  # what preparing a large data set may take


def start(
    workspace: Workspace, arguments: Sequence[str], log: IO[bytes]
) -> subprocess.Popen[bytes]:
    """Start a command that outlives this process; what it prints goes to `log`."""
    return subprocess.Popen(
        _command(arguments),
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        cwd=workspace.root,
        env=_environment(workspace),
        start_new_session=True,  # a Ctrl-C that ends the studio does not end it
    )


def ask(workspace: Workspace, arguments: Sequence[str]) -> str:
    """The last line that a command prints.

    Raises:
        UserError: it refused, failed, or took too long.
    """
    try:
        done = subprocess.run(
            _command(arguments),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            cwd=workspace.root,
            env=_environment(workspace),
            timeout=MOST_ANSWER_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise UserError("It took too long.", "Try smaller settings.") from error
    if done.returncode:
        told = done.stderr.strip().splitlines() or ["It ended without a word."]
        said = [each for each in told if each.startswith("error: ")] or told
        raise UserError(said[-1].removeprefix("error: "))
    return done.stdout.splitlines()[-1]


def _command(arguments: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "midigen", *arguments]


def _environment(workspace: Workspace) -> dict[str, str]:
    package = Path(__file__).resolve().parent.parent
    paths = [str(package), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        **os.environ,
        "MIDIGEN_HOME": str(workspace.root),
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONUNBUFFERED": "1",
    }
