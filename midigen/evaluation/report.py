"""Everything that is known of how good a model is, in one place and ready for JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import torch

from midigen.bundle import Bundle
from midigen.config import Split
from midigen.corpus.store import TokenStore
from midigen.errors import UserError
from midigen.evaluation.likelihood import Likelihood, nats_by_token, nats_of_pieces
from midigen.evaluation.ngram import Floors
from midigen.evaluation.review import Review


@dataclass(frozen=True)
class Evaluation:
    """How well a model foretells pieces, and how like real pieces its own ones are.

    Attributes:
        model: its name.
        data, split: the pieces that it was measured on.
        n_pieces: how many they are.
        likelihood: of these pieces under the model as it composes, with its cache if it has one.
        alone: the same by the network without its cache; None if it has none.
        bits_by_type: bits per note that each type of token takes; they add up to bits per note.
        floors: n-gram losses on the same pieces.
        review: of composed pieces; None if none were asked for.
    """

    model: str
    data: str
    split: str
    n_pieces: int
    likelihood: Likelihood
    bits_by_type: Mapping[str, float]
    floors: Floors
    alone: Likelihood | None = None
    review: Review | None = None

    def as_dict(self) -> dict[str, Any]:
        """All figures, for JSON."""
        measured = self.likelihood
        content: dict[str, Any] = {
            "model": self.model,
            "data": self.data,
            "split": self.split,
            "pieces": self.n_pieces,
            "notes": measured.n_notes,
            "nats_per_token": measured.nats_per_token,
            "bits_per_note": measured.bits_per_note,
            "bits_per_second": measured.bits_per_second,
            "unigram_nats_per_token": self.floors.unigram_nats,
            "fivegram_nats_per_token": self.floors.fivegram_nats,
            "below_fivegram": 1 - measured.nats_per_token / self.floors.fivegram_nats,
            "bits_per_note_by_type": dict(self.bits_by_type),
        }
        if self.alone is not None:
            content["nats_per_token_without_cache"] = self.alone.nats_per_token
            content["bits_per_note_without_cache"] = self.alone.bits_per_note
        return content | ({"composed": _composed(self.review)} if self.review else {})


def foretell(
    bundle: Bundle, store: TokenStore, split: Split, data: str, floors: Floors
) -> Evaluation:
    """Measure a model on the pieces of a split, each from a fresh memory.

    Raises:
        UserError: the split is empty.
    """
    pieces = store.of(split)
    if not pieces:
        raise UserError(f"The data set '{data}' has no {split} pieces.", "Choose another part.")
    ids, cpu = [store.ids(piece) for piece in pieces], torch.device("cpu")
    nats = nats_by_token(bundle.reader(), ids, cpu)
    likelihood = Likelihood(
        float(nats.sum()),
        sum(piece.length - 1 for piece in pieces),
        sum(piece.n_notes for piece in pieces),
        sum(piece.duration_s for piece in pieces),
    )
    alone = None
    if bundle.cache is not None:
        alone = replace(likelihood, nats=nats_of_pieces(bundle.network(), ids, cpu))
    types = np.array(store.tokenizer.types)
    per_note = nats / math.log(2) / max(1, likelihood.n_notes)
    by_type = {str(kind): float(per_note[types == kind].sum()) for kind in np.unique(types)}
    return Evaluation(
        bundle.name,
        data,
        split,
        len(pieces),
        likelihood,
        {kind: bits for kind, bits in by_type.items() if bits > 0},
        floors,
        alone,
    )


def _composed(review: Review) -> dict[str, Any]:
    """The figures of the composed pieces."""
    compared, baseline = review.comparison, review.baseline
    return {
        "pieces": len(review.pieces),
        "silent": review.n_silent,
        "collapsed": compared.n_collapsed,
        "mean_overlap": compared.mean_overlap,
        "mean_overlap_of_real_halves": compared.real_overlap,
        "measures": [asdict(row) for row in compared.rows],
        "copied_run_median": float(np.median([run.n_notes for run in review.runs])),
        "copied_run_longest": max(run.n_notes for run in review.runs),
        "copied_run_95th_percentile": float(
            np.percentile([run.n_notes for run in review.runs], 95)
        ),
        "real_run_median": baseline.median,
        "real_run_95th_percentile": baseline.percentile_95,
        "above_real_95th_percentile": sum(
            run.n_notes > baseline.percentile_95 for run in review.runs
        ),
        "longest_runs": [
            asdict(run) for run in sorted(review.runs, key=lambda run: -run.n_notes)[:5]
        ],
    }
