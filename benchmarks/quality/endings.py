"""Whether pieces come to an end where they are asked to, and on the tonic.

    python benchmarks/quality/endings.py --model classical-piano [--pieces 100]

Run it in the workspace that holds the model and its data. Pieces of 32 bars are asked for. One ends
by itself if the model drew the end (EOS) before it was cut: within the last bar asked for or up to
four bars before. An ending is on the tonic if its last onset holds the tonic and nothing but the
tonic's triad, in the key that the whole piece is in. The validation pieces tell how real ones end.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from symusic import Score

from midigen.bundle import load_bundle
from midigen.config_file import load_config
from midigen.music.key import estimate_key
from midigen.music.score import n_bars_begun
from midigen.studio import Studio
from midigen.workspace import Workspace

BARS, NEAR = 32, 4


def ends_on_tonic(score: Score) -> tuple[bool, bool]:
    """Whether the last onset is the tonic's chord, and whether its lowest note is the tonic."""
    notes = np.concatenate(
        [
            np.stack([track.notes.numpy()["time"], track.notes.numpy()["pitch"]]).astype(np.int64)
            for track in score.tracks
            if track.note_num() and not track.is_drum
        ],
        axis=1,
    )
    last = notes[1, notes[0] == notes[0].max()].tolist()
    key = estimate_key(score)
    return key.is_home(last), (min(last) - key.tonic) % 12 == 0


def shares(scores: Sequence[Score]) -> str:
    """Both shares, in percent."""
    found = np.array([ends_on_tonic(score) for score in scores])
    chord, bass = found.mean(axis=0)
    return f"{chord:.0%} | {bass:.0%}"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", required=True, help="a model of this workspace")
    parser.add_argument("--dataset", help="real pieces; else what the model learned from")
    parser.add_argument("--pieces", type=int, default=100)
    parser.add_argument("--seed", type=int, default=30_000)
    options = parser.parse_args()
    torch.set_num_threads(1)
    workspace = Workspace(Path.cwd())
    bundle = load_bundle(workspace.run_folder(options.model))
    config = load_config(workspace.run_folder(options.model) / "config.yaml")
    store = Studio(config, workspace).prepare(options.dataset or bundle.card["dataset"])
    composer = bundle.composer()
    pieces = [
        composer.compose(replace(config.generation, bars=BARS, seed=options.seed + i))
        for i in range(options.pieces)
    ]
    ended = [
        piece.score
        for piece in pieces
        if piece.ended_by_itself and n_bars_begun(piece.score) >= BARS - NEAR
    ]
    cut = [piece.score for piece in pieces if not piece.ended_by_itself]
    real = [store.tokenizer.decode(store.ids(piece)) for piece in store.of("validation")]
    print("| | pieces | end on the tonic's chord | lowest note is the tonic |")
    print("|---|---|---|---|")
    print(f"| ended by themselves, {BARS - NEAR} to {BARS} bars | {len(ended)} | {shares(ended)} |")
    if cut:
        print(f"| cut at {BARS} bars | {len(cut)} | {shares(cut)} |")
    print(f"| real endings | {len(real)} | {shares(real)} |")


if __name__ == "__main__":
    main()
