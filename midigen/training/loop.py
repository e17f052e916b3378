"""The training loop: a generator of events that reads from top to bottom as the algorithm.

Truncated back-propagation through time (Williams & Peng 1990): rows walk through whole pieces, the
memory is carried from chunk to chunk and starts at zero where a piece starts, as it will when
composing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from midigen.config import Config
from midigen.corpus.store import TokenStore
from midigen.engines import Weights
from midigen.evaluation.ngram import Floors
from midigen.training.events import Event, Halved
from midigen.training.session import PLAN_STEPS, Session


def train(
    config: Config,
    store: TokenStore,
    folder: Path,
    floors: Floors,
    should_stop: Callable[[], bool] = lambda: False,
    resume: bool = False,
    weights: Weights | None = None,
) -> Iterator[Event]:
    """Train a network; the best weights so far are always a usable bundle in `folder`.

    Uses torch's global generator, which belongs to the process that trains.

    Args:
        config: its sections model and training; all of it is saved in the bundle.
        store: the prepared data set.
        folder: of the run.
        floors: of this store, for those who watch.
        should_stop: asked before each step; then the weights are evaluated and saved.
        resume: go on from the checkpoint in `folder`.
        weights: where to start from; None draws them.

    Raises:
        UserError: the loss is no number any more, or the checkpoint cannot be used.
    """
    settings = config.training
    session = Session(config, store, folder, weights)
    if resume:
        session.restore()
    yield session.start(floors)
    if weights is not None and not resume:
        yield from session.look()  # what it can do already: it is kept unless it gets better
    progress, reason = session.progress, "finished"
    while progress.step < progress.total_steps:
        if session.engine.any(should_stop()):
            reason = "stopped"
            break
        # Asked first: a run that was killed at this very moment must not go on when resumed.
        if settings.patience and progress.n_without_best >= settings.patience:
            reason = "early stop"
            break
        rows = session.rows_at_once
        session.learn()
        if session.rows_at_once < rows:
            yield Halved(progress.step, session.rows_at_once)
        if settings.max_minutes is not None and progress.step in PLAN_STEPS:
            yield session.plan(settings.max_minutes)
        if progress.step % settings.log_every == 0:
            yield session.report()
        if progress.step % settings.eval_every == 0:
            yield from session.look()
        if progress.step % settings.checkpoint_every == 0:
            session.save()
    yield from session.finish(reason)
    session.engine.close()
