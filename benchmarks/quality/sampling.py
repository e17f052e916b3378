"""Which sampling settings give pieces most like real ones: one row for each setting.

    python benchmarks/quality/sampling.py --model classical-piano [--pieces 60]

Run it in the workspace that holds the model and its data. Composed pieces of 32 bars are compared
with the openings of the validation pieces; settings are chosen here, never by the test pieces.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from midigen.bundle import load_bundle
from midigen.config import GenerationRequest
from midigen.config_file import load_config
from midigen.evaluation.comparison import compare
from midigen.evaluation.review import BARS, openings
from midigen.music.measures import measure
from midigen.studio import Studio
from midigen.workspace import Workspace

SETTINGS = (
    "0/1/0.95", "0.3/1/0.95", "0.6/1/0.95", "1/1/0.95", "1/1/0.97", "0.5/1/0.97",
    "0.4/1.05/0.97", "0.6/1.05/0.97", "0.6/1.05/0.98", "0.8/1.05/0.98",
)  # fmt: skip


def request_of(settings: str) -> GenerationRequest:
    """What settings such as `0.4/1/0.97` ask for: recall, temperature, top-p."""
    recall, temperature, top_p = map(float, settings.split("/"))
    return GenerationRequest(recall=recall, temperature=temperature, top_p=top_p, bars=BARS)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", required=True, help="a model of this workspace")
    parser.add_argument("--pieces", type=int, default=60)
    parser.add_argument("--seed", type=int, default=10_000)
    parser.add_argument(
        "--settings", nargs="+", default=SETTINGS, metavar="RECALL/TEMPERATURE/TOP_P"
    )
    options = parser.parse_args()
    torch.set_num_threads(1)
    workspace = Workspace(Path.cwd())
    bundle = load_bundle(workspace.run_folder(options.model))
    config = load_config(workspace.run_folder(options.model) / "config.yaml")
    store = Studio(config, workspace).prepare(bundle.card["dataset"])
    real = [measure(each) for each in openings(store, "validation", BARS)]
    composer = bundle.composer()
    print("| recall/temperature/top-p | mean overlap | lowest | scale share (real) | collapsed |")
    print("|---|---|---|---|---|", flush=True)
    for name in options.settings:
        request = request_of(name)
        pieces = [
            composer.compose(replace(request, seed=options.seed + i)) for i in range(options.pieces)
        ]
        found = compare([measure(piece.score) for piece in pieces], real)
        lowest = min(found.rows, key=lambda row: row.overlap)
        scale = next(row for row in found.rows if row.name == "scale_share")
        assert scale.generated is not None
        assert scale.real is not None
        print(
            f"| {name} | {found.mean_overlap:.3f} | {lowest.name} {lowest.overlap:.2f} "
            f"| {scale.generated:.3f} ({scale.real:.3f}) | {found.n_collapsed} |",
            flush=True,
        )
    print(f"random halves of the real pieces: {np.round(found.real_overlap, 3)}")


if __name__ == "__main__":
    main()
