"""How a public page bears a crowd: 20 visitors who ask for 3 pieces each while a training runs.

    python -m benchmarks.crowd --dataset FOLDER

It tells how long pieces and pages took, how much memory the page grew by, and whether every visitor
got the piece that they asked for: the same seed asked for alone gives the same file.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gradio_client import Client

PROJECT = Path(__file__).resolve().parent.parent
MODEL = "classical-piano"
BARS = 8
PAGE_EVERY_S = 0.5


@dataclass
class Told:
    """What the visitors met.

    Attributes:
        pieces_s: seconds from each request to its piece, the wait included.
        pages_s: seconds that the page itself took, again and again meanwhile.
        digests: of each piece's MIDI file, by its seed.
        refused: what was said instead of a piece.
    """

    pieces_s: list[float] = field(default_factory=list)
    pages_s: list[float] = field(default_factory=list)
    digests: dict[int, str] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dataset", type=Path, required=True, help="a folder of MIDI to train on")
    parser.add_argument("--visitors", type=int, default=20)
    parser.add_argument("--pieces", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        home = Path(place)
        shutil.copytree(PROJECT / "models" / MODEL, home / "models" / MODEL)
        with _training(home, options.dataset), _page(home) as (address, pid):
            _pieces(address, [0], Told())  # what is loaded once
            before, told = _memory_mb(pid), Told()
            _crowd(address, options.visitors, options.pieces, told)
            grown = _memory_mb(pid) - before
            alone = Told()
            _pieces(address, sorted(told.digests)[:: max(1, len(told.digests) // 6)], alone)
    wrong = [seed for seed, digest in alone.digests.items() if told.digests[seed] != digest]
    n_asked = options.visitors * options.pieces
    print(f"{len(told.digests)} of {n_asked} pieces came, {len(told.refused)} were refused")
    print(
        f"a piece in {statistics.median(told.pieces_s):.1f} s, {_p95(told.pieces_s):.1f} s (95 %)"
    )
    print(f"the page in {statistics.median(told.pages_s):.2f} s, {_p95(told.pages_s):.2f} s (95 %)")
    print(f"memory of the page grew by {grown:.0f} MB")
    print(f"{len(alone.digests)} pieces asked for again alone: {len(wrong)} differ")
    for each in sorted(set(told.refused))[:5]:
        print(f"refused: {each}")


def _crowd(address: str, n_visitors: int, n_pieces: int, told: Told) -> None:
    """All visitors at once, and one who looks at the page again and again."""
    seeds = [list(range(v * n_pieces, (v + 1) * n_pieces)) for v in range(n_visitors)]
    crowd = [threading.Thread(target=_pieces, args=(address, each, told)) for each in seeds]
    is_over = threading.Event()
    looking = threading.Thread(target=_look, args=(address, told, is_over))
    for each in (*crowd, looking):
        each.start()
    for each in crowd:
        each.join()
    is_over.set()
    looking.join()


def _pieces(address: str, seeds: Sequence[int], told: Told) -> None:
    with tempfile.TemporaryDirectory() as folder:
        visitor = Client(address, verbose=False, download_files=folder)
        for seed in seeds:
            before = time.monotonic()
            try:
                made: Any = visitor.predict(MODEL, bars=BARS, seed=seed, api_name="/generate")
            except Exception as error:  # noqa: BLE001 - whatever a visitor is told is counted
                told.refused.append(str(error)[:120])
                continue
            told.pieces_s.append(time.monotonic() - before)
            told.digests[seed] = hashlib.sha256(Path(made[0]).read_bytes()).hexdigest()


def _look(address: str, told: Told, is_over: threading.Event) -> None:
    while not is_over.wait(PAGE_EVERY_S):
        before = time.monotonic()
        urllib.request.urlopen(address, timeout=60).read()
        told.pages_s.append(time.monotonic() - before)


@contextmanager
def _training(home: Path, dataset: Path) -> Iterator[None]:
    words = ["train", "--dataset", str(dataset), "--run", "beside", "--threads", "1"]
    command = [sys.executable, "-m", "midigen", *words, "--max-steps", "100000"]
    environment = {**os.environ, "MIDIGEN_HOME": str(home), "OMP_NUM_THREADS": "1"}
    with (home / "train.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=log, stderr=log)
        try:
            while not (home / "models" / "beside" / "metrics.jsonl").exists():
                assert process.poll() is None, (home / "train.log").read_text(encoding="utf-8")
                time.sleep(0.5)
            yield
            assert process.poll() is None, "the training ended too early"
        finally:
            process.kill()
            process.wait()


@contextmanager
def _page(home: Path) -> Iterator[tuple[str, int]]:
    """A public page, its address and its process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    knobs = {"port": port, "open-browser": "false", "public": "true"}
    knobs |= {"public-takes-per-hour": 1000, "public-requests-per-hour": 10_000}
    words = [word for name, value in knobs.items() for word in (f"--{name}", str(value))]
    environment = {
        **os.environ,
        "MIDIGEN_HOME": str(home),
        "GRADIO_TEMP_DIR": str(home / "cache"),
        "OMP_NUM_THREADS": "1",
    }
    command = [sys.executable, "app.py", *words]
    with (home / "app.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=log, stderr=log)
        try:
            yield _served(f"http://127.0.0.1:{port}", process), process.pid
        finally:
            process.terminate()
            process.wait(20)


def _served(address: str, process: subprocess.Popen[bytes]) -> str:
    while process.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=5).close()
        except OSError:
            time.sleep(0.5)
        else:
            return address
    raise RuntimeError("the page did not start")


def _memory_mb(pid: int) -> float:
    """Resident memory; Linux tells it."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return sum(int(line.split()[1]) / 1000 for line in lines if line.startswith("VmRSS"))


def _p95(values: Sequence[float]) -> float:
    return sorted(values)[int(0.95 * (len(values) - 1))]


if __name__ == "__main__":
    main()
