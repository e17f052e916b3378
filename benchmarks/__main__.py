"""`python -m benchmarks SUITE [--json FILE]`: the speed table; ends with 1 below a floor.

It ends with 1 as well where a suite lacks something that it is compared with.

A suite is a module of `benchmarks.speed` with `rows(rounds) -> Iterator[Row]`. The measurements of
quality are commands of their own, named in README.md.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import pkgutil
import platform
import sys
from collections.abc import Iterator
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks import speed
from benchmarks.speed.measuring import ROUNDS, MissingError, Row, load

# Before numpy and torch: one thread, so that CPU time is what one core does.
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")

SUITES = sorted({each.name for each in pkgutil.iter_modules(speed.__path__)} - {"measuring"})
LIBRARIES = ("torch", "numpy", "onnxruntime", "miditok", "symusic", "transformers", "gradio")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="The speed table.")
    parser.add_argument("suite", choices=["all", *SUITES])
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows there too")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args()
    chosen = SUITES if options.suite == "all" else [options.suite]
    print(f"{platform.machine()}, {os.cpu_count()} cores, load {load()}; {', '.join(versions())}")
    print("| what | measured | of the rounds | floor | |\n|---|---|---|---|---|")
    missing: list[str] = []
    rows = list(_measured(chosen, options.rounds, missing))
    print(f"load {load()}")
    for each in missing:
        print(each, file=sys.stderr)
    if options.json:
        report = {"versions": versions(), "load": load(), "rows": [asdict(each) for each in rows]}
        options.json.write_text(json.dumps(report, indent=2), encoding="utf-8")
    return 0 if all(each.is_reached for each in rows) and not missing else 1


def _measured(suites: list[str], rounds: int, missing: list[str]) -> Iterator[Row]:
    """All rows, printed as they come; what a suite lacks is added to `missing`."""
    for suite in suites:
        try:
            for row in importlib.import_module(f"benchmarks.speed.{suite}").rows(rounds):
                print(line(row), flush=True)
                yield row
        except MissingError as error:
            missing.append(f"{suite}: {error}")


def line(row: Row) -> str:
    """One line of the table, in Markdown."""
    low, high = row.spread
    sign = "≤" if row.at_most else "≥"
    cells = (
        f"{row.what} ({row.note})" if row.note else row.what,
        f"**{row.value:.3g} {row.unit}**",
        f"{low:.3g} to {high:.3g}",
        f"{sign} {row.floor:g} {row.unit}",
        "" if row.is_reached else "**missed**",
    )
    return f"| {' | '.join(cells)} |"


def versions() -> list[str]:
    """The versions that matter, of what is installed."""
    return [
        f"Python {platform.python_version()}",
        *(each for each in map(_version, LIBRARIES) if each),
    ]


def _version(library: str) -> str:
    try:
        return f"{library} {version(library)}"
    except PackageNotFoundError:
        return ""


if __name__ == "__main__":
    sys.exit(main())
