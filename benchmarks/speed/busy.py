"""Composing on a machine that does other things: two endless loops beside. Wall time."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

from benchmarks.speed.measuring import Row, ratios, row

N_LOOPS = 2
# As the studio composes, with whatever threads the libraries take by themselves.
COMPOSER = """
import sys, time
from midigen.config import GenerationRequest
from midigen.studio import open_studio
from midigen.workspace import Workspace
from pathlib import Path
studio = open_studio(Workspace(Path.cwd()))
request = GenerationRequest(seed=1, bars=8)
studio.compose("classical-piano", request)
for _ in sys.stdin:
    began = time.perf_counter()
    studio.compose("classical-piano", request)
    print(time.perf_counter() - began, flush=True)
"""


def rows(rounds: int) -> Iterator[Row]:
    """One process composes, the loops come and go."""
    threads = {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"}
    environment = {name: value for name, value in os.environ.items() if name not in threads}
    composer = subprocess.Popen(
        [sys.executable, "-c", COMPOSER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    quiet, busy = [], []
    try:
        for _ in range(rounds):
            quiet.append(_wall_s(composer))
            loops = [
                subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(N_LOOPS)
            ]
            try:
                busy.append(_wall_s(composer))
            finally:
                for each in loops:
                    each.kill()
                    each.wait()
    finally:
        composer.kill()
        composer.wait()
    yield row(
        f"composing with {N_LOOPS} busy loops beside, against a quiet machine: wall time",
        ratios(busy, quiet),
        2.6,
        at_most=True,
        note=f"{os.cpu_count()} cores; means little where other programs run too",
    )


def _wall_s(composer: subprocess.Popen[str]) -> float:
    assert composer.stdin is not None
    assert composer.stdout is not None
    composer.stdin.write("again\n")
    composer.stdin.flush()
    return float(composer.stdout.readline())
