"""A model judged by what it writes: measures beside those of real pieces, and the copy check.

The copy check of a single piece, with what is usual between real pieces, is here as well.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from symusic import Score

from midigen import atomic
from midigen.config import GenerationRequest, Split
from midigen.corpus.store import TokenStore
from midigen.errors import UserError
from midigen.evaluation.comparison import Comparison, compare
from midigen.evaluation.copy_check import FINGERPRINTS, Baseline, CopyIndex, Run, open_index
from midigen.music.measures import measure
from midigen.music.score import first_bars
from midigen.progress import Progress, silent

if TYPE_CHECKING:
    from midigen.generation.composer import Composer, Piece

BARS = 32
USUAL_RUNS = "usual_runs.json"


@dataclass(frozen=True)
class Review:
    """What became of a number of composed pieces.

    Attributes:
        pieces: those that hold notes.
        n_silent: attempts that were nothing but rests.
        comparison: measures beside those of the openings of real pieces.
        runs: the longest run that each piece shares with the training pieces.
        baseline: the same of the openings of real pieces.
    """

    pieces: tuple[Piece, ...]
    n_silent: int
    comparison: Comparison
    runs: tuple[Run, ...]
    baseline: Baseline


@dataclass(frozen=True)
class CopyFinding:
    """How much of a piece a training piece has too.

    Attributes:
        run: the longest run that they share; its `file` is the nearest piece.
        baseline: the same of the openings of real held-out pieces; None where there are none.
    """

    run: Run
    baseline: Baseline | None

    @property
    def is_unusual(self) -> bool:
        """Whether the run is longer than those of 95 % of the real pieces."""
        return self.baseline is not None and self.run.n_notes > self.baseline.percentile_95


def review(
    composer: Composer,
    store: TokenStore,
    split: Split,
    request: GenerationRequest,
    n_pieces: int,
    progress: Progress = silent,
    should_stop: Callable[[], bool] = lambda: False,
) -> Review:
    """Let a model compose and judge the pieces.

    Args:
        composer: the model.
        store: its data; the pieces of the split are cut to as many bars as are composed.
        split: the real pieces to compare with; never those that it learned from.
        request: how to compose; seeds count up from its own, and it is for 32 bars if it names
            no length in bars.
        n_pieces: how many to compose.
        progress: told of pieces.
        should_stop: asked before each piece; those that there are then are judged.

    Raises:
        UserError: too few pieces hold notes, or the split is too small to compare with.
    """
    request = replace(request, bars=request.bars or BARS)
    pieces, n_silent = _compose(composer, request, n_pieces, progress, should_stop)
    progress(0, None, "Comparing with real pieces")
    real = openings(store, split, request.bars or BARS)
    index = open_index(store)
    return Review(
        pieces=tuple(pieces),
        n_silent=n_silent,
        comparison=compare(
            [measure(piece.score) for piece in pieces], [measure(each) for each in real]
        ),
        runs=tuple(index.longest_run(piece.score) for piece in pieces),
        baseline=baseline(index, real),
    )


def openings(store: TokenStore, split: Split, n_bars: int) -> list[Score]:
    """The first bars of every piece of a split, as the tokenizer plays them."""
    return [
        first_bars(store.tokenizer.decode(store.ids(piece)), n_bars) for piece in store.of(split)
    ]


def baseline(index: CopyIndex, real: Iterable[Score]) -> Baseline:
    """How long the runs are that held-out pieces share with the training pieces."""
    return Baseline(tuple(index.longest_run(each).n_notes for each in real))


def check_piece(score: Score, store: TokenStore, index: CopyIndex | None = None) -> CopyFinding:
    """Search the training pieces for what a piece shares with them.

    The first check of a store takes longer: it finds what is usual and keeps it by the tokens.

    Args:
        score: the piece.
        store: the data of its model.
        index: of the store, where it is open already.
    """
    index = index or open_index(store)
    return CopyFinding(index.longest_run(score), open_baseline(store, index))


def check_shipped(score: Score, folder: Path) -> CopyFinding | None:
    """The same by the fingerprints that a model was shipped with; None if it has none."""
    if not (folder / FINGERPRINTS).is_file():
        return None
    run = CopyIndex.load(folder / FINGERPRINTS).longest_run(score)
    return CopyFinding(run, _read_baseline(folder / USUAL_RUNS))


def ship_fingerprints(store: TokenStore, folder: Path) -> None:
    """Write beside a model what `check_shipped` needs: none of the music, but hashes of it."""
    index = open_index(store)
    index.save(folder / FINGERPRINTS)
    usual = open_baseline(store, index)
    if usual is not None:
        atomic.write_json(folder / USUAL_RUNS, list(usual.runs))


def open_baseline(store: TokenStore, index: CopyIndex) -> Baseline | None:
    """What is usual: the runs of the validation pieces' openings; None if there are no such."""
    n_pieces = len(store.of("validation"))
    if n_pieces == 0:
        return None
    path = store.folder / USUAL_RUNS
    kept = _read_baseline(path)
    if kept is not None and len(kept.runs) == n_pieces:
        return kept
    found = baseline(index, openings(store, "validation", BARS))
    atomic.write_json(path, list(found.runs))
    return found


def _read_baseline(path: Path) -> Baseline | None:
    """What is usual, as it was kept; None if it is not there, or damaged."""
    try:
        runs = json.loads(path.read_text(encoding="utf-8"))
        return Baseline(tuple(int(each) for each in runs))
    except (OSError, ValueError, TypeError):
        return None


def _compose(
    composer: Composer,
    request: GenerationRequest,
    n_pieces: int,
    progress: Progress,
    should_stop: Callable[[], bool],
) -> tuple[list[Piece], int]:
    """The pieces that hold notes, and how many do not."""
    pieces: list[Piece] = []
    n_silent = 0
    for i in range(n_pieces):
        if should_stop():
            break
        progress(i, n_pieces, "Composing pieces")
        try:
            pieces.append(composer.compose(replace(request, seed=(request.seed or 0) + i)))
        except UserError:
            n_silent += 1  # nothing but rests
    return pieces, n_silent
