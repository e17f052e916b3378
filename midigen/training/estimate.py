"""How long a training would take here: a few seconds of it are done and thrown away."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from midigen.config import Config
from midigen.corpus.store import TokenStore
from midigen.engines import Weights
from midigen.engines.recollection import WINDOW
from midigen.evaluation.cache_fit import LONGEST, SHARPNESS, TOKENS
from midigen.evaluation.likelihood import nats_of_pieces
from midigen.networks import State
from midigen.networks.cache import look_back
from midigen.training.session import Session

_STEPS_S, _LOOK_S = 2.5, 0.7  # about as long is each measured
_FEWEST_STEPS = 3
_SHORT = 16  # tokens of the steps by which it is seen how long whole ones would take
_FILLED_WITH = 512  # tokens at a time, of one row
_OPENINGS = (128, 512)  # tokens of the pieces looked at, the longer ones where there is time
_QUERIES, _LOOKED_AT, _TIMES = 256, 2048, 4  # tokens by which the cache is measured


@dataclass(frozen=True)
class Estimate:
    """What a training would do and how long that takes.

    Attributes:
        steps: as many as are asked for, or as fit the time limit.
        seconds: from the first step to the end, all that follows included.
        step_s: of one step.
        look_s: of a look at the validation pieces, with its sample and a checkpoint.
        last_s: of the last look, which takes all pieces, alone and with a cache.
        probe_s: the measuring itself.
        is_limited: whether the time limit cuts the steps.
        open_s: what it took before that to prepare and open the data.
    """

    steps: int
    seconds: float
    step_s: float
    look_s: float
    last_s: float
    probe_s: float
    is_limited: bool
    open_s: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """The estimate, ready for JSON."""
        return asdict(self)


def estimate(config: Config, store: TokenStore, weights: Weights | None = None) -> Estimate:
    """Measure how long `train` would take; nothing of it is kept.

    Args:
        config: as for `train`.
        store: the prepared data set.
        weights: where it would start from; None draws them.
    """
    began, settings = time.monotonic(), config.training
    with tempfile.TemporaryDirectory() as folder:
        session = Session(config, store, Path(folder), weights)
        session.memory = late_memory(session)
        step_s = _step_s(session)
        quick_s, last_s = _looks_s(session)
        sample_s = _seconds(session.sample) if settings.sample_tokens else 0.0
        save_s = _seconds(session.save)
    look_s = quick_s + sample_s + save_s * settings.eval_every / settings.checkpoint_every
    steps, seconds = planned(config, step_s, look_s, last_s)
    return Estimate(
        steps=steps,
        seconds=seconds,
        step_s=step_s,
        look_s=look_s,
        last_s=last_s,
        probe_s=time.monotonic() - began,
        is_limited=steps < settings.max_steps,
    )


def planned(config: Config, step_s: float, look_s: float, last_s: float) -> tuple[int, float]:
    """Steps and seconds of a whole training, as `Session.plan` fits them to the time limit."""
    settings = config.training
    steps, per_step = settings.max_steps, step_s + look_s / settings.eval_every
    if settings.max_minutes is not None:
        fitting = int((settings.max_minutes * 60 - last_s) / per_step)
        steps = min(steps, max(1, fitting))
    looks = -(-steps // settings.eval_every)  # the last step is looked at wherever it falls
    return steps, steps * step_s + looks * look_s + last_s


@torch.no_grad()
def late_memory(session: Session) -> State:
    """A memory as large as it becomes: while a window fills, steps are cheaper than later ones."""
    network, n_rows = session.plain, session.memory[0].shape[0]
    ids = torch.zeros(1, _FILLED_WITH, dtype=torch.int64, device=session.engine.device)
    before: State = network.initial_state(1)
    _, after = network.read(ids, before)
    while [each.shape for each in after] != [each.shape for each in before]:
        before, (_, after) = after, network.read(ids, after)
    return tuple(each.expand(n_rows, *each.shape[1:]).contiguous() for each in after)


def _step_s(session: Session) -> float:
    """Seconds of one step; where it is a long one, told by steps of fewer tokens."""
    whole = session.config.training.sequence_length
    short = _timed_steps(session, min(_SHORT, whole), _STEPS_S / 4)
    if whole <= _SHORT:
        return short
    if short * whole / _SHORT * _FEWEST_STEPS <= _STEPS_S:
        return _timed_steps(session, whole, _STEPS_S)
    longer = int(_SHORT * _STEPS_S / _FEWEST_STEPS / short)
    if longer < 2 * _SHORT:
        return short * whole / _SHORT
    by_token = (_timed_steps(session, longer, _STEPS_S) - short) / (longer - _SHORT)
    return short + max(0.0, by_token) * (whole - _SHORT)


def _timed_steps(session: Session, n_tokens: int, budget_s: float) -> float:
    """Seconds of a step of so many tokens, after one that does not count."""
    session.batches = session.batches_of(n_tokens)
    first = _seconds(session.learn)
    if first > budget_s:
        return first
    began, n_steps = time.monotonic(), 0
    while n_steps < _FEWEST_STEPS or time.monotonic() - began < budget_s:
        session.learn()
        n_steps += 1
    return (time.monotonic() - began) / n_steps


def _looks_s(session: Session) -> tuple[float, float]:
    """Seconds of a look at the openings, and of the last look, scaled from less."""
    network, device = session.judged.eval(), session.engine.device
    pieces = [session.store.ids(piece) for piece in session.store.of("validation")]
    some, by_token = pieces, 0.0
    for length in _OPENINGS:
        some = [ids[:length] for ids in pieces[:16]]
        took = _seconds(partial(nats_of_pieces, network, some, device))
        by_token = took / _n_tokens(some)
        if 8 * took > _LOOK_S:
            break
    by_pair = _look_back_s(session) / (_QUERIES * _LOOKED_AT)
    openings, tried = session.validation.openings, [ids[:LONGEST] for ids in pieces]
    share = min(1.0, TOKENS / _n_tokens(tried))
    fit_s = share * (by_token * _n_tokens(tried) + len(SHARPNESS) * by_pair * _n_pairs(tried))
    last_s = 2 * by_token * _n_tokens(pieces) + by_pair * _n_pairs(pieces) + fit_s
    return by_token * _n_tokens(openings), last_s


def _look_back_s(session: Session) -> float:
    """Seconds in which the cache compares some tokens with many earlier ones."""
    size, vocabulary = session.config.model.hidden_size, len(session.store.tokenizer)
    device = session.engine.device
    signals = torch.randn(1, _LOOKED_AT, size, device=device)
    read = torch.randint(vocabulary, (1, _LOOKED_AT), device=device)
    look = partial(look_back, signals, read, _QUERIES, SHARPNESS[0], vocabulary)
    look()
    return sum(_seconds(look) for _ in range(_TIMES)) / _TIMES


def _n_tokens(pieces: Sequence[np.ndarray]) -> int:
    return sum(map(len, pieces))


def _n_pairs(pieces: Sequence[np.ndarray]) -> float:
    """Of a token and an earlier one within reach of the cache."""
    return sum(n * min(n, WINDOW) - min(n, WINDOW) ** 2 / 2 for n in map(len, pieces))


def _seconds(work: Callable[[], Any]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began
