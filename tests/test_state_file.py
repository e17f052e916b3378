from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from midigen.errors import UserError
from midigen.state_file import StateFile

HOLD = """
import sys, time
from pathlib import Path
from midigen.state_file import StateFile
with StateFile(Path(sys.argv[1])).held("It"):
    StateFile(Path(sys.argv[1])).write({"state": "running"})
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_killed_worker_frees_the_folder(tmp_path: Path) -> None:
    state = StateFile(tmp_path)
    assert not state.is_held()
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parent.parent,
    ) as worker:
        assert worker.stdout is not None
        worker.stdout.readline()
        assert state.is_held()
        assert state.has_worker()
        with pytest.raises(UserError, match=f"pid {worker.pid}"), state.held("The run 'x'"):
            pass
        worker.kill()
    assert not state.is_held()
    assert not state.has_worker()
    assert state.read()["state"] == "running"


def test_a_process_that_just_started_counts_as_a_worker(tmp_path: Path) -> None:
    state = StateFile(tmp_path)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as starting:
        state.write({"starting": True}, pid=starting.pid)
        assert state.has_worker()
        starting.communicate(b"\n")
    assert not state.has_worker()


@pytest.mark.parametrize("content", ["", "{", "[1]", "nonsense"])
def test_a_damaged_state_reads_as_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "state.json").write_text(content)
    assert StateFile(tmp_path).read() == {}
