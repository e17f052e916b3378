"""Whether the parts of composed pieces play as those of real ones: a table, part by part.

    python -m benchmarks.quality.ensemble --model art-songs [--data NAME] [--split test]
        [--pieces 40] [--bars 32] [--set preprocessing.split_csv=…] [--json]

Run it in the workspace that holds the model and its data. Composed pieces of so many bars, with the
settings that people get, are compared with the openings of real pieces as long. The range of a part
is that in which 98 % of its notes in the training pieces lie, in the keys that the model writes in.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from symusic import Score

from midigen.bundle import load_bundle
from midigen.config import GenerationRequest
from midigen.config_file import apply_overrides
from midigen.corpus.store import TokenStore
from midigen.evaluation.review import BARS, openings
from midigen.generation.composer import Composer
from midigen.music.instruments import numbered, place_in_score
from midigen.music.part_measures import PartsOfPiece, measure_parts
from midigen.studio import Studio, open_studio
from midigen.workspace import find_workspace

RANGE = (1, 99)  # percentiles
Row = tuple[str, float, float]  # what, in real pieces, in composed ones


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", required=True, help="a model of this workspace")
    parser.add_argument("--data", help="by default what the model learned from")
    parser.add_argument("--split", default="validation", choices=("validation", "test"))
    parser.add_argument("--pieces", type=int, default=40)
    parser.add_argument("--bars", type=int, default=BARS)
    parser.add_argument("--seed", type=int, default=10_000)
    parser.add_argument("--set", action="append", default=[], metavar="KNOB=VALUE")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    torch.set_num_threads(1)
    studio = open_studio(find_workspace())
    bundle = load_bundle(studio.workspace.run_folder(options.model))
    own = replace(
        studio.config, tokenizer=bundle.tokenizer.config, preprocessing=bundle.preprocessing
    )
    store = Studio(apply_overrides(own, options.set), studio.workspace).prepare(
        options.data or bundle.card["dataset"]
    )
    request = replace(studio.config.generation, bars=options.bars)
    real = openings(store, options.split, options.bars)
    composed = compose(bundle.composer(), request, options.pieces, options.seed)
    tables = compare_parts(real, composed, ranges(store))
    if options.json:
        print(json.dumps({name: [list(row) for row in rows] for name, rows in tables.items()}))
    else:
        print(as_markdown(tables, len(real), len(composed)))


def compose(composer: Composer, request: GenerationRequest, n: int, seed: int) -> list[Score]:
    """Pieces with one seed after the other; in the keys that the model writes in."""
    pieces = []
    for i in range(n):
        piece = composer.compose(replace(request, seed=seed + i))
        pieces.append(composer.tokenizer.decode(piece.ids))
    return pieces


def ranges(store: TokenStore) -> dict[int, tuple[float, float]]:
    """The lowest and highest usual pitch of each part, from the training pieces."""
    found: dict[int, list[np.ndarray]] = {}
    for piece in store.of("train"):
        for part, measured in measure_parts(store.tokenizer.decode(store.ids(piece))).parts.items():
            found.setdefault(part, []).append(measured.pitches)
    return {part: _usual(np.concatenate(each)) for part, each in found.items()}


def compare_parts(
    real: Sequence[Score], composed: Sequence[Score], usual: dict[int, tuple[float, float]]
) -> dict[str, list[Row]]:
    """Tables by the name of the part, and one of the pieces as wholes."""
    pairs = [measure_parts(each) for each in real], [measure_parts(each) for each in composed]
    tables = {
        numbered(part): _rows_of_part(part, pairs, usual[part])
        for part in sorted(usual, key=place_in_score)
    }
    everything = set(usual)
    return {
        **tables,
        "all parts": [
            (
                "share of pieces in which all parts sound",
                *_each(pairs, lambda p: _all(p, everything)),
            ),
            ("share of the time in which two sound together", *_each(pairs, lambda p: p.together)),
        ],
    }


def _rows_of_part(
    part: int, pairs: tuple[list[PartsOfPiece], list[PartsOfPiece]], usual: tuple[float, float]
) -> list[Row]:
    low, high = usual

    def mean(field: str) -> tuple[float, float]:
        return _each(_having(pairs, part), lambda p: float(getattr(p.parts[part], field)))

    def inside(pieces: Iterable[PartsOfPiece]) -> float:
        pitches = [each.parts[part].pitches for each in pieces if part in each.parts]
        notes = np.concatenate([np.zeros(0), *pitches])
        return float(((notes >= low) & (notes <= high)).mean()) if len(notes) else 0.0

    def percentile(percent: float) -> tuple[float, float]:
        real, composed = pairs
        return _percentile(real, part, percent), _percentile(composed, part, percent)

    real, composed = pairs
    sounds = _each(pairs, lambda p: float(part in p.parts))
    figures = {
        "share of pieces in which it sounds": sounds,
        "notes a piece, where it sounds": mean("n_notes"),
        "share of the time in which it sounds": mean("presence"),
        f"share of notes from MIDI {low:.0f} to {high:.0f}": (inside(real), inside(composed)),
        "lowest usual pitch (1 %)": percentile(RANGE[0]),
        "middle pitch": percentile(50),
        "highest usual pitch (99 %)": percentile(RANGE[1]),
        "share of its time with one note": mean("monophony"),
    }
    return [(name, *pair) for name, pair in figures.items()]


def as_markdown(tables: dict[str, list[Row]], n_real: int, n_composed: int) -> str:
    """A table for each part."""
    lines = [f"{n_real} real pieces, {n_composed} composed"]
    for name, rows in tables.items():
        lines += ["", f"| {name} | real | composed |", "|---|---|---|"]
        lines += [f"| {what} | {real:.4g} | {composed:.4g} |" for what, real, composed in rows]
    return "\n".join(lines)


def _usual(pitches: np.ndarray) -> tuple[float, float]:
    low, high = np.percentile(pitches, RANGE)
    return float(low), float(high)


def _percentile(pieces: Iterable[PartsOfPiece], part: int, percent: float) -> float:
    pitches = [each.parts[part].pitches for each in pieces if part in each.parts]
    return float(np.percentile(np.concatenate(pitches), percent)) if pitches else float("nan")


def _having(pairs: Any, part: int) -> tuple[list[PartsOfPiece], list[PartsOfPiece]]:
    real, composed = ([each for each in pieces if part in each.parts] for pieces in pairs)
    return real, composed


def _each(pairs: Any, of: Any) -> tuple[float, float]:
    """The mean over the pieces, real and composed."""
    real, composed = (
        float(np.mean([of(each) for each in pieces])) if pieces else float("nan")
        for pieces in pairs
    )
    return real, composed


def _all(piece: PartsOfPiece, parts: set[int]) -> float:
    return float(parts <= set(piece.parts))


if __name__ == "__main__":
    main()
