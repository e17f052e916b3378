"""Whether a model writes in the style that it is asked for: an n-gram for each composer says whose.

    python benchmarks/quality/styles.py --model classical-piano [--pieces 10] [--strengths 1 2 4]

Run it in the workspace that holds the model and its data. The judge is one n-gram of orders 2 to 4
for each style, counted from that style's training pieces on top of a prior that all styles share (a
Dirichlet prior; MacKay and Peto 1995), so that a style is told by what it does otherwise than the
rest. Loudness is left out, since it tells the source of a file rather than its composer. A piece is
of the style that fits it best, beside how well that style fits training pieces of the other ones;
else the most ordinary style would get every piece. Held-out real works show how far the judge can
be trusted.
"""

from __future__ import annotations

import argparse
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

import numpy as np
import torch

from midigen.bundle import load_bundle
from midigen.config import GenerationRequest
from midigen.config_file import load_config
from midigen.corpus.store import StoredPiece, TokenStore
from midigen.generation.composer import Composer
from midigen.music.tokenizer import ScoreTokenizer
from midigen.studio import Studio
from midigen.workspace import Workspace

BARS, MOST_STYLES = 32, 10
ORDERS = (2, 3, 4)
PRIOR = 5.0  # how many tokens after a context the shared model is worth
OTHERS, OTHERS_LENGTH = (
    80,
    1500,
)  # pieces, and tokens of each, that tell how well a style fits others

Gram: TypeAlias = tuple[int, ...]


@dataclass
class Counts:
    """How often each n-gram, and each context of one, was seen; all `ORDERS` together."""

    grams: Counter[Gram] = field(default_factory=Counter)
    contexts: Counter[Gram] = field(default_factory=Counter)

    def add(self, piece: np.ndarray) -> None:
        """Count one more piece, (T,) ids."""
        for gram in _grams(piece):
            self.grams[gram] += 1
            self.contexts[gram[:-1]] += 1


@dataclass(frozen=True)
class Judge:
    """One n-gram for each style, over what all styles share.

    Attributes:
        tokenizer: of the pieces.
        shared: counts of all styles.
        own: counts of each style that is judged.
        usual: mean and deviation of each style's fit to training pieces of other styles.
    """

    tokenizer: ScoreTokenizer
    shared: Counts
    own: Mapping[str, Counts]
    usual: dict[str, tuple[float, float]] = field(default_factory=dict)

    def fit(self, style: str, piece: np.ndarray) -> float:
        """How much likelier a piece, (T,) ids, is in a style than in all music; nats a gram."""
        own, n_ids = self.own[style], len(self.tokenizer)
        gains = []
        for gram in _grams(piece):
            context = gram[:-1]
            p = (self.shared.grams[gram] + 0.5) / (self.shared.contexts[context] + 0.5 * n_ids)
            q = (own.grams[gram] + PRIOR * p) / (own.contexts[context] + PRIOR)
            gains.append(math.log(q / p))
        return float(np.mean(gains))

    def style_of(self, ids: np.ndarray) -> str:
        """The style that a piece, (T,) ids, is in."""
        piece = heard(self.tokenizer, ids)

        def standing(style: str) -> float:
            mean, deviation = self.usual[style]
            return (self.fit(style, piece) - mean) / deviation

        return max(self.own, key=standing)


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
    chosen = [style for style, _ in sizes.most_common(MOST_STYLES)]
    shared = _counted(piece for each in pieces.values() for piece in each)
    judge = Judge(store.tokenizer, shared, {style: _counted(pieces[style]) for style in chosen})
    for style in chosen:
        others = [piece for other, each in pieces.items() if other != style for piece in each]
        order = np.random.default_rng(0).permutation(len(others))[:OTHERS]
        fits = [judge.fit(style, others[i][:OTHERS_LENGTH]) for i in order]
        judge.usual[style] = (float(np.mean(fits)), float(np.std(fits)))
    return judge


def _counted(pieces: Iterable[np.ndarray]) -> Counts:
    counts = Counts()
    for piece in pieces:
        counts.add(piece)
    return counts


def _grams(piece: np.ndarray) -> Iterator[Gram]:
    ids = piece.tolist()
    for order in ORDERS:
        yield from zip(*(ids[n:] for n in range(order)), strict=False)


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
    parser.add_argument("--pieces", type=int, default=10, help="composed in each style")
    parser.add_argument("--strengths", type=float, nargs="+", default=[1.0, 4.0])
    parser.add_argument("--seed", type=int, default=20_000)
    options = parser.parse_args()
    torch.set_num_threads(1)
    workspace = Workspace(Path.cwd())
    bundle = load_bundle(workspace.run_folder(options.model))
    config = load_config(workspace.run_folder(options.model) / "config.yaml")
    store = Studio(config, workspace).prepare(options.dataset or bundle.card["dataset"])
    judge, composer = appoint(store), bundle.composer()
    held_out: dict[str, list[np.ndarray]] = {style: [] for style in judge.own}
    for piece in _held_out(store):
        if piece.style in held_out:
            held_out[piece.style].append(opening(store.tokenizer, store.ids(piece)))
    seeds = range(options.seed, options.seed + options.pieces)
    usual = replace(config.generation, bars=BARS)
    asked = [replace(usual, style_strength=strength) for strength in options.strengths]
    columns = {"held-out works": recall_of(judge, held_out)} | {
        f"strength {each.style_strength:g}": recall_of(
            judge, composed(composer, each, judge.own, seeds)
        )
        for each in asked
    }
    print(f"| style | {' | '.join(columns)} |")
    print("|---" * (len(columns) + 1) + "|")
    for style in judge.own:
        print(f"| {style} | {' | '.join(_share(each, style) for each in columns.values())} |")
    print(f"| all | {' | '.join(f'{_accuracy(each):.0%}' for each in columns.values())} |")
    print(f"\nchance: {1 / len(judge.own):.0%}")


def composed(
    composer: Composer, asked: GenerationRequest, styles: Iterable[str], seeds: Iterable[int]
) -> dict[str, list[np.ndarray]]:
    """Pieces in each style, (T,) ids."""
    return {
        style: [composer.compose(replace(asked, style=style, seed=seed)).ids for seed in seeds]
        for style in styles
    }


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
