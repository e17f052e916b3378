"""Row 19: whether a file of a large data set costs what one of a small costs, in time and memory.

Data sets of 1,000 files to 30,000, or as many as the environment variable `MIDIGEN_BENCHMARK_FILES`
says, are prepared, each in a process of its own. The files are read in that process rather than in
its children, so that all of its CPU time can be counted.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.corpora import chorales, write_many
from benchmarks.speed.measuring import Row, row
from midigen.config import Config
from midigen.corpus import readings
from midigen.corpus.prepare import prepare
from midigen.errors import UserError
from midigen.isolated import Outcome

MOST_FILES = int(os.environ.get("MIDIGEN_BENCHMARK_FILES", "30000"))
FEWEST_FILES = 1000
WARM_FILES = 20
N_ORIGINALS = 40


def rows(rounds: int) -> Iterator[Row]:  # noqa: ARG001 - one round: it grows by itself
    sizes = np.geomspace(FEWEST_FILES, MOST_FILES, 4).round().astype(int).tolist()
    spawn = multiprocessing.get_context("spawn")
    with (
        tempfile.TemporaryDirectory() as folder,
        ProcessPoolExecutor(1, mp_context=spawn, max_tasks_per_child=1) as fresh,
    ):
        originals = chorales(N_ORIGINALS)
        write_many(Path(folder, "warm"), WARM_FILES, originals)
        measured = []
        for size in sizes:
            write_many(Path(folder, str(size)), size, originals)
            measured.append(fresh.submit(_prepare, Path(folder), size).result())
    seconds, megabytes = (np.array(each) for each in zip(*measured, strict=True))
    ms = 1000 * seconds / sizes
    yield row(
        "preparing n files takes n to the power of",
        np.diff(np.log(seconds)) / np.diff(np.log(sizes)),
        1.1,
        unit="",
        at_most=True,
        note=f"{sizes[0]:,} to {sizes[-1]:,} files of 240 notes, {ms.min():.2f}–{ms.max():.2f} ms",
    )
    yield row(
        "memory for one file more",
        1000 * np.diff(megabytes) / np.diff(sizes),
        4,
        unit="kB",
        at_most=True,
        note=f"peak {megabytes[0]:.0f} MB for {sizes[0]:,}, {megabytes[-1]:.0f} MB for the most",
    )


def _prepare(folder: Path, size: int) -> tuple[float, float]:
    """CPU seconds and the peak of memory in MB."""
    vars(readings)["map_isolated"] = _here
    prepare(folder / "warm", folder / "stores" / f"warm-{size}", Config())
    began = time.process_time()
    prepare(folder / str(size), folder / "stores" / str(size), Config())
    unit = 1e6 if sys.platform == "darwin" else 1e3
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    return time.process_time() - began, peak


def _here(
    function: Callable[[Any], Any], items: Iterable[Any], *_: Any
) -> Iterator[Outcome[Any, Any]]:
    for item in items:
        try:
            yield Outcome(item, function(item))
        except UserError as refusal:
            yield Outcome(item, None, str(refusal))
