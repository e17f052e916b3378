"""Looks at the validation pieces: a share of them often, all of them at the end."""

from __future__ import annotations

import numpy as np
import torch

from midigen.corpus.store import TokenStore
from midigen.engines.recollection import CacheSettings
from midigen.evaluation.cache_fit import fit_cache
from midigen.evaluation.likelihood import Likelihood, nats_of_pieces
from midigen.networks import Foreteller, SequenceNetwork
from midigen.training.engine import Engine

_CACHED_TO_ALONE = 4  # as long does a look take with a cache, for pieces of some minutes


class Validation:
    """The validation pieces of a store; networks come in evaluation mode.

    Args:
        store: the prepared data set.
        limit: tokens of a quick look; of each piece the opening is taken, so that all are heard.

    Attributes:
        whole, openings: the pieces, each (T,) uint16.
    """

    def __init__(self, store: TokenStore, limit: int) -> None:
        self._is_pitch = store.tokenizer.is_pitch
        self.whole = [store.ids(piece) for piece in store.of("validation")]
        each = max(2, limit // len(self.whole))
        fits = sum(len(ids) for ids in self.whole) <= limit
        self.openings = self.whole if fits else [ids[:each] for ids in self.whole]

    @property
    def last_to_quick(self) -> float:
        """How many times as long the last look takes: at all pieces, alone and with a cache."""
        whole, openings = (sum(map(len, each)) for each in (self.whole, self.openings))
        return whole / openings * (1 + _CACHED_TO_ALONE)

    def quick(self, network: Foreteller, engine: Engine) -> Likelihood:
        """Over the openings."""
        return self._look(network, engine, self.openings)

    def full(self, network: Foreteller, engine: Engine) -> Likelihood:
        """Over all pieces, from beginning to end."""
        return self._look(network, engine, self.whole)

    def fit_cache(self, network: SequenceNetwork, engine: Engine) -> CacheSettings | None:
        """The continuous cache that helps most; every process finds the same."""
        return fit_cache(network, self.whole, engine.device)

    def _look(self, network: Foreteller, engine: Engine, pieces: list[np.ndarray]) -> Likelihood:
        """The pieces are shared out among the processes."""
        own = pieces[engine.rank :: engine.n_processes]
        nats = nats_of_pieces(network, own, engine.device) if own else 0.0
        total = engine.sum(torch.tensor(nats, dtype=torch.float64, device=engine.device))
        return Likelihood(
            nats=float(total),
            n_tokens=sum(len(ids) - 1 for ids in pieces),
            n_notes=sum(int(self._is_pitch[ids].sum()) for ids in pieces),
        )
