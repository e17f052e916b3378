"""Makes a trained model ready to be shipped without its data: its cache, fingerprints and profile.

    python tools/ship_model.py MODEL DATASET [--set knob=value …]

Run it in the workspace that holds both. The continuous cache is fitted to the validation pieces of
the data set, which may be another one than the training ended with. `fingerprints.npz` and
`usual_runs.json`, for the copy check, and `profile.json`, for the analysis, are counted from its
pieces; none of them holds music.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import torch

from midigen.bundle import load_bundle, save_weights
from midigen.config_file import apply_overrides
from midigen.evaluation.cache_fit import fit_cache
from midigen.evaluation.profile import ship_profile
from midigen.evaluation.review import ship_fingerprints
from midigen.studio import Studio, open_studio
from midigen.workspace import Workspace


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("model", help="a model of this workspace")
    parser.add_argument("dataset", help="a data set of this workspace")
    parser.add_argument("--set", action="append", default=[], metavar="KNOB=VALUE")
    options = parser.parse_args()
    torch.set_num_threads(1)
    studio = open_studio(Workspace(Path.cwd()))
    folder = studio.workspace.run_folder(options.model)
    bundle = load_bundle(folder)
    own = replace(
        studio.config, tokenizer=bundle.tokenizer.config, preprocessing=bundle.preprocessing
    )
    store = Studio(apply_overrides(own, options.set), studio.workspace).prepare(options.dataset)
    held_out = [store.ids(piece) for piece in store.of("validation")]
    cache = fit_cache(bundle.network(), held_out, torch.device("cpu"))
    save_weights(folder, bundle.weights, bundle.tokenizer, cache)
    ship_fingerprints(store, folder)
    ship_profile(store, folder)
    print(f"{folder}: {cache}")


if __name__ == "__main__":
    main()
