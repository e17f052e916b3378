"""Whether a model writes in the style that it is asked for: an n-gram for each composer says whose.

    python benchmarks/quality/styles.py --model classical-piano [--pieces 20]

Run it in the workspace that holds the model and its data. The judge is a 4-gram for each style,
counted from that style's training pieces, of the same number of tokens each, so that no style wins
by its size; loudness is left out, since it tells the source of a file rather than its composer. A
piece is of the style that is least surprised by it, beside how much held-out music of all styles
surprises it; else whoever wrote the most ordinary music would get every piece. Held-out real works
show how far the judge can be trusted.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from midigen.bundle import load_bundle
from midigen.config import GenerationRequest
from midigen.config_file import load_config
from midigen.corpus.store import StoredPiece, TokenStore
from midigen.evaluation.ngram import NGram, fit_ngram
from midigen.music.tokenizer import ScoreTokenizer
from midigen.studio import Studio
from midigen.workspace import Workspace

BARS, ORDER, MOST_STYLES = 32, 4, 10


@dataclass(frozen=True)
class Judge:
    """One n-gram for each style.

    Attributes:
        tokenizer: of the pieces.
        models: the n-grams.
        usual: how much music of all styles surprises each, in nats per token.
    """

    tokenizer: ScoreTokenizer
    models: Mapping[str, NGram]
    usual: Mapping[str, float]

    def style_of(self, ids: np.ndarray) -> str:
        """The style that is least surprised by a piece, (T,) ids."""
        piece = [heard(self.tokenizer, ids)]

        def surprise(style: str) -> float:
            return self.models[style].nats_per_token(piece) - self.usual[style]

        return min(self.models, key=surprise)


def heard(tokenizer: ScoreTokenizer, ids: np.ndarray) -> np.ndarray:
    """What the judge hears of a piece: neither the name of its style, nor countdown or loudness."""
    told = [kind not in ("Left", "Velocity", "EOS") for kind in tokenizer.types]
    plain = tokenizer.in_style(ids, "")
    kept: np.ndarray = plain[np.array(told)[plain]]
    return kept


def appoint(store: TokenStore) -> Judge:
    """Count the n-grams of the styles that there is most of."""
    pieces: dict[str, list[np.ndarray]] = {}
    for piece in store.of("train"):
        if piece.style in store.tokenizer.styles:
            pieces.setdefault(piece.style, []).append(heard(store.tokenizer, store.ids(piece)))
    sizes = Counter({style: sum(map(len, each)) for style, each in pieces.items()})
    chosen = sizes.most_common(MOST_STYLES)
    size = chosen[-1][1]
    models = {
        style: fit_ngram(_cut(pieces[style], size), ORDER, len(store.tokenizer))
        for style, _ in chosen
    }
    all_styles = [
        heard(store.tokenizer, opening(store.tokenizer, store.ids(each)))
        for each in _held_out(store)
    ]
    usual = {
        style: float(np.mean([model.nats_per_token([each]) for each in all_styles]))
        for style, model in models.items()
    }
    return Judge(store.tokenizer, models, usual)


def _cut(pieces: Sequence[np.ndarray], size: int) -> list[np.ndarray]:
    """The first pieces of a fixed shuffle, `size` tokens in all."""
    order = np.random.default_rng(0).permutation(len(pieces))
    kept, n = [], 0
    for i in order:
        kept.append(pieces[i][: size - n])
        n += len(kept[-1])
        if n >= size:
            break
    return kept


def opening(tokenizer: ScoreTokenizer, ids: np.ndarray) -> np.ndarray:
    """The first `BARS` bars of a piece."""
    bars = np.flatnonzero(tokenizer.is_bar[ids])
    return ids[: bars[BARS]] if len(bars) > BARS else ids


def recall_of(judge: Judge, pieces: Mapping[str, Sequence[np.ndarray]]) -> dict[str, list[str]]:
    """The styles that the judge names, by the true ones."""
    return {style: [judge.style_of(each) for each in given] for style, given in pieces.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", required=True, help="a model of this workspace")
    parser.add_argument("--dataset", help="where its styles come from; else what it learned from")
    parser.add_argument("--pieces", type=int, default=20, help="composed in each style")
    parser.add_argument("--seed", type=int, default=20_000)
    options = parser.parse_args()
    torch.set_num_threads(1)
    workspace = Workspace(Path.cwd())
    bundle = load_bundle(workspace.run_folder(options.model))
    config = load_config(workspace.run_folder(options.model) / "config.yaml")
    store = Studio(config, workspace).prepare(options.dataset or bundle.card["dataset"])
    judge, composer = appoint(store), bundle.composer()
    held_out: dict[str, list[np.ndarray]] = {style: [] for style in judge.models}
    for piece in _held_out(store):
        if piece.style in held_out:
            held_out[piece.style].append(opening(store.tokenizer, store.ids(piece)))
    composed = {
        style: [
            composer.compose(GenerationRequest(style=style, bars=BARS, seed=options.seed + i)).ids
            for i in range(options.pieces)
        ]
        for style in judge.models
    }
    real, ours = recall_of(judge, held_out), recall_of(judge, composed)
    print("| style | held-out works recognised | composed pieces recognised | taken for |")
    print("|---|---|---|---|")
    for style in judge.models:
        others = Counter(each for each in ours[style] if each != style).most_common(2)
        taken_for = ", ".join(f"{name} {n}" for name, n in others)
        print(f"| {style} | {_share(real, style)} | {_share(ours, style)} | {taken_for} |")
    print(
        f"| all | {_accuracy(real):.0%} of {sum(map(len, real.values()))} "
        f"| {_accuracy(ours):.0%} of {sum(map(len, ours.values()))} "
        f"| chance {1 / len(judge.models):.0%} |"
    )


def _held_out(store: TokenStore) -> list[StoredPiece]:
    return [*store.of("validation"), *store.of("test")]


def _share(named: Mapping[str, Sequence[str]], style: str) -> str:
    return f"{sum(each == style for each in named[style])} of {len(named[style])}"


def _accuracy(named: Mapping[str, Sequence[str]]) -> float:
    """Mean over the styles, so that chance is one in their number however many pieces each has."""
    shares = [np.mean([each == style for each in given]) for style, given in named.items() if given]
    return float(np.mean(shares))


if __name__ == "__main__":
    main()
