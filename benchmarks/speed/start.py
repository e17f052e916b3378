"""From a cold start: the help, the page, a piece by a large model. CPU time of whole processes."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from benchmarks.speed.generation import LARGE, network, tokenizer
from benchmarks.speed.measuring import MissingError, Row, row, told_by_turns
from midigen.bundle import save_frame, save_weights
from midigen.config import Config
from midigen.model_folder import save_card
from midigen.networks import arrays_of

HEAVY = ("torch", "gradio", "miditok")
LOADED_BY_HELP = f"""
import sys
from midigen.cli import main
try:
    main(["--help"])
except SystemExit:
    pass
print(sum(name in sys.modules for name in {HEAVY}), file=sys.stderr)
"""
EMPTY_PAGE = """
import sys, gradio as gr
with gr.Blocks(analytics_enabled=False) as page:
    gr.HTML("empty")
page.launch(server_port=int(sys.argv[1]), quiet=True)
"""
FULL_PAGE = [sys.executable, "app.py", "--set", "app.open_browser=false", "--port"]
LONGEST_START_S = 300
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 0


def rows(rounds: int) -> Iterator[Row]:
    """Each measured in processes of their own."""
    if not Path("/proc/self/stat").is_file():
        raise MissingError("CPU time of other processes is read from /proc, which is not here")
    help_ = [sys.executable, "-m", "midigen", "--help"]
    seconds = [_process_s(help_) for _ in range(rounds)]
    yield row("--help", seconds, 0.15, unit="s", at_most=True)
    loaded = subprocess.run(
        [sys.executable, "-c", LOADED_BY_HELP], capture_output=True, text=True, check=True
    )
    yield row(
        f"of {', '.join(HEAVY)}, loaded by it",
        [int(loaded.stderr)],
        0,
        unit="libraries",
        at_most=True,
    )
    empty, full = told_by_turns(
        partial(_page_s, [sys.executable, "-c", EMPTY_PAGE]),
        partial(_page_s, FULL_PAGE),
        rounds=rounds,
    )
    yield row(
        "the page up, against an empty page of Gradio",
        [b / a for a, b in zip(empty, full, strict=True)],
        1.2,
        at_most=True,
    )
    with tempfile.TemporaryDirectory() as folder:
        save_frame(Path(folder), Config(model=LARGE), tokenizer())
        save_weights(Path(folder), arrays_of(network()), tokenizer())
        save_card(Path(folder), {})
        command = [sys.executable, "-m", "midigen", "generate", "--model", folder, "--seed", "1"]
        command += ["--gen-length", "512", "--output", str(Path(folder) / "piece.mid")]
        seconds = [_process_s(command) for _ in range(rounds)]
    yield row("cold command to 512 tokens of a 24 M model", seconds, 2, unit="s", at_most=True)


def _process_s(command: Sequence[str]) -> float:
    """CPU seconds of a command, from its start to its end."""
    before = os.times()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    after = os.times()
    return (
        after.children_user - before.children_user + after.children_system - before.children_system
    )


def _page_s(command: Sequence[str]) -> float:
    """CPU seconds of a page's process until it answers; the port is added to the command."""
    port = _free_port()
    with tempfile.TemporaryDirectory() as home:
        process = subprocess.Popen(
            [*command, str(port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "GRADIO_ANALYTICS_ENABLED": "False", "GRADIO_TEMP_DIR": home},
        )
        try:
            _wait_for(f"http://127.0.0.1:{port}/", process)
            return _cpu_s(process.pid)
        finally:
            process.kill()
            process.wait()


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    limit = time.monotonic() + LONGEST_START_S
    while time.monotonic() < limit:
        assert process.poll() is None, f"{process.args!r} has ended"
        try:
            with urllib.request.urlopen(address, timeout=LONGEST_START_S):
                return
        except OSError:
            time.sleep(0.02)
    raise TimeoutError(f"{address} did not answer in {LONGEST_START_S} s")


def _cpu_s(process_id: int) -> float:
    """User and system time so far: fields 14 and 15 of proc(5)'s stat."""
    stat = Path(f"/proc/{process_id}/stat").read_text(encoding="utf-8")
    fields = stat.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_A_SECOND


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
