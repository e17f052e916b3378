"""Whether a model fills its bars as it is asked: one row for each density.

    python benchmarks/quality/density.py --model NAME [--pieces 20]

Run it in the workspace that holds the model, trained with `tokenizer.styles=density`, and its data.
A bar is sparse, medium or dense by the borders that part the training bars in equal shares, so a
third of the bars would be as asked by chance. The first and the last bar of a piece are left out.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from midigen.bundle import load_bundle
from midigen.config import DENSITIES
from midigen.config_file import load_config
from midigen.corpus.densities import density_borders, density_levels, notes_of_bars
from midigen.studio import Studio
from midigen.workspace import Workspace

BARS = 16


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", required=True, help="a model of this workspace")
    parser.add_argument("--pieces", type=int, default=20)
    options = parser.parse_args()
    torch.set_num_threads(1)
    workspace = Workspace(Path.cwd())
    bundle = load_bundle(workspace.run_folder(options.model))
    config = load_config(workspace.run_folder(options.model) / "config.yaml")
    store = Studio(config, workspace).prepare(bundle.card["dataset"])
    tokenizer = bundle.tokenizer
    borders = density_borders(tokenizer, (store.ids(piece) for piece in store.of("train")))
    print(f"medium from {borders[0]:g} notes a bar, dense from {borders[1]:g}\n")
    print("| asked | notes a bar: median | bars as asked |")
    print("|---|---|---|", flush=True)
    composer = bundle.composer()
    for level, style in enumerate(("", *DENSITIES), start=-1):
        asked = replace(config.generation, bars=BARS, style=style or None)
        found = []
        for seed in range(options.pieces):
            piece = composer.compose(replace(asked, seed=seed))
            found.append(notes_of_bars(tokenizer, tokenizer.encode(piece.score))[1:-1])
        notes = np.concatenate(found)
        share = np.mean(density_levels(notes, borders) == level)
        print(
            f"| {style or 'any'} | {np.median(notes):g} | {f'{share:.0%}' if style else ''} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
