from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from midigen.config import GenerationRequest
from midigen.errors import UserError
from midigen.evaluation.review import openings
from midigen.generation.composer import Composer, Piece
from midigen.music.score import n_bars, n_bars_begun
from midigen.studio import Studio


def test_a_model_is_reviewed_by_what_it_composes(trained: Studio) -> None:
    result = trained.evaluate("tiny", n_pieces=4)
    review = result.review
    assert review is not None
    assert len(review.pieces) + review.n_silent == 4
    assert review.comparison.n_generated == len(review.runs) == len(review.pieces)
    assert review.comparison.n_real == len(review.baseline.runs) == result.n_pieces
    assert all(n_bars_begun(piece.score) <= 32 for piece in review.pieces)
    assert len({piece.request.seed for piece in review.pieces}) == len(review.pieces)
    assert json.loads(json.dumps(result.as_dict()))["composed"]["pieces"] == len(review.pieces)


def test_the_types_of_tokens_share_the_bits_among_them(trained: Studio) -> None:
    result = trained.evaluate("tiny")
    assert result.review is None
    assert "composed" not in result.as_dict()
    assert sum(result.bits_by_type.values()) == pytest.approx(result.likelihood.bits_per_note)
    assert {"Pitch", "Duration", "Velocity", "Position", "Bar"} <= set(result.bits_by_type)


def test_silent_pieces_are_counted_not_judged(
    trained: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    compose: Callable[..., Piece] = Composer.compose

    def sometimes_silent(self: Composer, request: GenerationRequest, *more: Any) -> Piece:
        if request.seed == 1:
            raise UserError("The model wrote nothing but rests.")
        return compose(self, request, *more)

    monkeypatch.setattr(Composer, "compose", sometimes_silent)
    review = trained.evaluate("tiny", n_pieces=3).review
    assert review is not None
    assert (review.n_silent, len(review.pieces)) == (1, 2)


def test_openings_are_cut_to_the_bars_that_are_composed(trained: Studio) -> None:
    store = trained.prepare("my-midi")
    assert [n_bars(each) for each in openings(store, "validation", 3)] == [3] * len(
        store.of("validation")
    )
