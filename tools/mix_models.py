"""Mixes a model with what a run that went on from it came to: a mean of their weights.

    python tools/mix_models.py MODEL RUN NAME [--share 0.5]

Run it in the workspace that holds both. A model soup (Wortsman et al., ICML 2022): a run that went
on with a part of the data has taken up its manner and lost some of the rest; between the two lies
what has both. The run's weights are those of its last step, whether or not they were its best.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from midigen.bundle import load_bundle, save_weights
from midigen.training.checkpoint import load_checkpoint
from midigen.workspace import Workspace

COPIED = ("config.yaml", "tokenizer.json", "card.json")
OF_AVERAGE = "module."  # what torch puts before the names of averaged weights


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("model", help="a model of this workspace")
    parser.add_argument("run", help="a run that started from it, with its checkpoint")
    parser.add_argument("name", help="of the mixture")
    parser.add_argument("--share", type=float, default=0.5, help="of the run's weights")
    options = parser.parse_args()
    workspace = Workspace(Path.cwd())
    base = load_bundle(workspace.run_folder(options.model))
    _, tensors = load_checkpoint(workspace.run_folder(options.run))
    averaged = tensors["averaged"]
    last, prefix = (averaged, OF_AVERAGE) if averaged else (tensors["network"], "")
    folder = workspace.run_folder(options.name)
    folder.mkdir(parents=True)
    for name in COPIED:
        shutil.copyfile(workspace.run_folder(options.model) / name, folder / name)
    mixed = {
        name: (1 - options.share) * weight + options.share * last[prefix + name].float().numpy()
        for name, weight in base.weights.items()
    }
    save_weights(folder, mixed, base.tokenizer, base.cache)


if __name__ == "__main__":
    main()
