"""What ten pieces of one's own teach a model: bits per note of other pieces by the same composer.

    python benchmarks/quality/fine_tuning.py FOLDER [--base classical-piano] [--learn 10]

FOLDER holds pieces by one composer that the base model has not learned from, one file a work. Some
are drawn to be learned from with `python -m midigen train --preset finetune`; the others are
foretold by the base model and by the fine-tuned one, each without and with its continuous cache.
The fine-tuning chooses its weights, and fits its cache, by the pieces that are judged, as every
training does; the base model's cache was fitted to other pieces.
"""

from __future__ import annotations

import argparse
import csv
import subprocess
import sys
from pathlib import Path

import numpy as np

from midigen.bundle import load_bundle
from midigen.config_file import load_config
from midigen.evaluation.ngram import compute_floors
from midigen.evaluation.report import Evaluation, foretell
from midigen.studio import Studio, open_studio
from midigen.workspace import Workspace


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--base", default="classical-piano")
    parser.add_argument("--learn", type=int, default=10, help="pieces to learn from")
    parser.add_argument("--seed", type=int, default=1, help="of the draw")
    options = parser.parse_args()
    name = options.folder.resolve().name
    studio = open_studio(Workspace(Path.cwd()))
    studio.import_dataset(str(options.folder))
    files = sorted(each.name for each in options.folder.iterdir() if each.suffix == ".mid")
    order = np.random.default_rng(options.seed).permutation(len(files))
    table = Path(f"{name}-split.csv")
    with table.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(("file", "split"))
        for place, i in enumerate(order):
            rows.writerow((files[i], "train" if place < options.learn else "val"))
    run = f"{name}-tuned"
    command = [sys.executable, "-m", "midigen", "train", "--run", run, "--from", options.base,
               "--preset", "finetune", "--dataset", name,
               "--set", f"preprocessing.split_csv={table}"]  # fmt: skip
    subprocess.run(command, check=True)
    folders = {name: studio.workspace.run_folder(name) for name in (options.base, run)}
    store = Studio(load_config(folders[run] / "config.yaml"), studio.workspace).prepare(name)
    learned, judged = ([store.ids(each) for each in store.of(k)] for k in ("train", "validation"))
    floors = compute_floors(learned, judged, len(store.tokenizer))
    print("| model | pieces | bits per note without cache | with cache | minutes of learning |")
    print("|---|---|---|---|---|")
    for model, folder in folders.items():
        bundle = load_bundle(folder)
        found = foretell(bundle, store, "validation", name, floors)
        print(line(model, found, bundle.card["training_s"] / 60 if model == run else None))


def line(model: str, found: Evaluation, minutes: float | None) -> str:
    """A row of the table."""
    alone = found.alone or found.likelihood
    took = f"{minutes:.1f}" if minutes is not None else ""
    return (
        f"| {model} | {found.n_pieces} | {alone.bits_per_note:.3f} "
        f"| {found.likelihood.bits_per_note:.3f} | {took} |"
    )


if __name__ == "__main__":
    main()
