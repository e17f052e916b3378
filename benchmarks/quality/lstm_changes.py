"""What each change to the LSTM is worth: one training a row, all with the same tokens seen.

    python benchmarks/quality/lstm_changes.py --dataset clean-piano --split-csv clean_mix.csv \
        --results lstm_changes.json [--rows base untied …]

Run it in a workspace that has the data set. Every row is one `python -m midigen train` with the
settings of `ROWS`; rows that stand in the results already are not run again. Velocities, tempos and
transposition change what there is to foretell, so bits per note are also given for pitches,
positions and durations alone, which every row has.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import torch

from midigen import atomic
from midigen.bundle import load_bundle
from midigen.config_file import load_config
from midigen.evaluation.likelihood import nats_by_token
from midigen.studio import Studio
from midigen.workspace import Workspace

STEPS = 1300
NOTES_ALONE = ("Pitch", "Position", "Duration", "Bar")

# What the rows change: the LSTM without what was kept of this table.
PLAIN = (
    "model.bypass=none",
    "training.fresh_starts=0",
    "training.learning_rate=0.003",
    "training.average_decay=0",
)
ROWS: dict[str, tuple[str, ...]] = {
    "base": (),
    "untied embeddings": ("model.tie_embeddings=false",),
    "dropout 0": ("model.dropout=0",),
    "dropout 0.1": ("model.dropout=0.1",),
    "variational dropout": ("model.variational_dropout=true",),
    "DropConnect 0.2": ("model.drop_connect=0.2",),
    "embedding dropout 0.05": ("model.embedding_dropout=0.05",),
    "AWD: the three above": (
        "model.variational_dropout=true",
        "model.drop_connect=0.2",
        "model.embedding_dropout=0.05",
    ),
    "layer norm": ("model.layer_norm=true",),
    "residual": ("model.bypass=residual",),
    "highway": ("model.bypass=highway",),
    "layer norm, residual": ("model.layer_norm=true", "model.bypass=residual"),
    "weight averaging 0.99": ("training.average_decay=0.99",),
    "weight averaging 0.998": ("training.average_decay=0.998",),
    "fresh starts 0.3": ("training.fresh_starts=0.3",),
    "transposed by up to 5, not normalised": ("preprocessing.key_handling=transpose",),
    "transposed by up to 11, not normalised": (
        "preprocessing.key_handling=transpose",
        "preprocessing.transpose_semitones=11",
    ),
    "BPTT 192, 8 rows": ("training.sequence_length=192", "training.batch_size=8"),
    "BPTT 48, 32 rows": ("training.sequence_length=48", "training.batch_size=32"),
    "8 velocities": ("tokenizer.velocities=8",),
    "32 velocities": ("tokenizer.velocities=32",),
    "tempos": ("tokenizer.use_tempos=true",),
    "1 layer of 380": ("model.n_layers=1", "model.hidden_size=380"),
    "3 layers of 208": ("model.n_layers=3", "model.hidden_size=208"),
    "kept: highway, fresh starts 0.2, learning rate 5e-3, averaging 0.998": (
        "model.bypass=highway",
        "training.fresh_starts=0.2",
        "training.learning_rate=0.005",
        "training.average_decay=0.998",
    ),
    "learning rate 6e-3": ("training.learning_rate=0.006",),
    "learning rate 1.5e-3": ("training.learning_rate=0.0015",),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--dataset", required=True, help="a data set of the workspace")
    parser.add_argument("--split-csv", help="its split table")
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--rows", nargs="*", default=list(ROWS), choices=list(ROWS), metavar="ROW")
    parser.add_argument("--results", type=Path, default=Path("lstm_changes.json"))
    arguments = parser.parse_args()
    torch.set_num_threads(1)  # waiting threads cost more than they give where cores are shared
    results: dict[str, Any] = {}
    if arguments.results.exists():
        results = json.loads(arguments.results.read_text(encoding="utf-8"))
    for row in arguments.rows:
        if row not in results:
            results[row] = run_row(row, arguments.dataset, arguments.split_csv, arguments.steps)
            atomic.write_json(arguments.results, results)
    print(table(results))


def run_row(row: str, dataset: str, split_csv: str | None, steps: int) -> dict[str, Any]:
    """Train one row and measure it on all validation pieces."""
    run = "row-" + "".join(each if each.isalnum() else "-" for each in row)
    shared = (
        f"training.max_steps={steps}",
        f"training.eval_every={steps // 2}",
        f"training.checkpoint_every={steps}",
        "training.patience=0",
        "training.sample_tokens=0",
        "training.tensorboard=false",
        *((f"preprocessing.split_csv={split_csv}",) if split_csv else ()),
    )
    settings = [part for each in (*shared, *PLAIN, *ROWS[row]) for part in ("--set", each)]
    command = [sys.executable, "-m", "midigen", "train", "--run", run, "--dataset", dataset]
    subprocess.run([*command, "--threads", "1", *settings], check=True, stdout=subprocess.DEVNULL)
    workspace = Workspace(Path.cwd())
    bundle = load_bundle(workspace.run_folder(run))
    config = load_config(workspace.run_folder(run) / "config.yaml")
    store = Studio(config, workspace).prepare(dataset)
    pieces = [store.ids(piece) for piece in store.of("validation")]
    nats = nats_by_token(bundle.network(), pieces, torch.device("cpu"))
    n_notes = sum(piece.n_notes for piece in store.of("validation"))
    by_type = {
        kind: sum(float(n) for n, k in zip(nats, store.tokenizer.types, strict=True) if k == kind)
        for kind in sorted(set(store.tokenizer.types))
    }
    return {
        "settings": list(ROWS[row]),
        "parameters": bundle.card["parameters"],
        "tokens_seen": bundle.card["tokens_seen"],
        "training_s": bundle.card["training_s"],
        "nats_per_token": bundle.card["validation_loss"],
        "bits_per_note": bundle.card["bits_per_note"],
        "bits_per_note_by_type": {k: v / math.log(2) / n_notes for k, v in by_type.items()},
    }


def table(results: dict[str, Any]) -> str:
    """The results as Markdown, best first."""
    lines = [
        "| change | parameters | tokens seen | nats per token | bits per note | notes alone |",
        "|---|---|---|---|---|---|",
    ]
    for row, result in sorted(results.items(), key=lambda item: item[1]["bits_per_note"]):
        alone = sum(result["bits_per_note_by_type"].get(kind, 0.0) for kind in NOTES_ALONE)
        lines.append(
            f"| {row} | {result['parameters']:,} | {result['tokens_seen']:,} "
            f"| {result['nats_per_token']:.4f} | {result['bits_per_note']:.3f} | {alone:.3f} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
