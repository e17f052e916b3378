"""Fits the three numbers of a continuous cache to a trained network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from midigen.engines.recollection import NOTHING, CacheSettings
from midigen.networks import SequenceNetwork
from midigen.networks.cache import BLOCK, directions, look_back

SHARPNESS = (12.0, 20.0, 32.0)  # tried; slope and bias are found for each
LONGEST = 4096  # tokens of a piece that are read
TOKENS = 60_000  # of all pieces together, about
_START = (0.8, 2.0)  # slope and bias from which the search sets out


def fit_cache(
    network: SequenceNetwork, pieces: Sequence[np.ndarray], device: torch.device
) -> CacheSettings | None:
    """The settings that foretell pieces best; None if the network alone foretells them as well.

    Args:
        network: in evaluation mode, on `device`.
        pieces: each (T,) uint16, from BOS to EOS; none that the network has learned from, for of
            those it is surer than it would be of new ones.
        device: where the network lies.
    """
    found = [_observe(network, ids, device) for ids in _some(pieces)]
    alone = torch.cat([each for each, _ in found])
    best, least = None, float(-alone.sum())
    for i, sharpness in enumerate(SHARPNESS):
        total, followed = (torch.cat([logs[i][k] for _, logs in found]) for k in (0, 1))
        settings, nats = search(alone, total, followed, sharpness)
        if nats < least:
            best, least = settings, nats
    return best


def _some(pieces: Sequence[np.ndarray]) -> Iterator[np.ndarray]:
    """Openings of pieces taken from the whole row of them, until they are enough."""
    n_tokens, usual = 0, max(1, sum(min(len(ids), LONGEST) for ids in pieces) // TOKENS)
    for ids in pieces[::usual]:
        yield ids[:LONGEST]
        n_tokens += min(len(ids), LONGEST)
        if n_tokens >= TOKENS:
            return


@torch.inference_mode()
def _observe(
    network: SequenceNetwork, ids: np.ndarray, device: torch.device
) -> tuple[Tensor, list[tuple[Tensor, Tensor]]]:
    """Of each token of a piece, (T,) float64 on the CPU.

    Returns:
        its log-probability by the network alone; and for each sharpness, the logarithms of the
        likeness of all that the cache holds and of what was followed by this very token.
    """
    read = torch.from_numpy(ids.astype(np.int64))[None].to(device)
    signal, _ = network.read(read[:, :-1], network.initial_state(1))
    signals, targets = directions(signal), read[:, 1:]
    alone = network.foretell(signal).float().log_softmax(-1).gather(-1, targets[..., None])
    logs = [
        recognise(signals, read, targets, sharpness, network.vocabulary_size)
        for sharpness in SHARPNESS
    ]
    return alone.flatten().double().cpu(), logs


def recognise(
    signals: Tensor, read: Tensor, targets: Tensor, sharpness: float, vocabulary_size: int
) -> tuple[Tensor, Tensor]:
    """What a cache recognises in a piece, token by token.

    Args:
        signals: (1, T, H), of length 1.
        read: (1, T + 1) ids; a signal is the answer to one of them, and the next one follows it.
        targets: (1, T) ids to be foretold.
        sharpness: of the likeness.
        vocabulary_size: V.

    Returns:
        logarithms of the likeness of all that went before, and of what was followed by the target:
        each (T,) float64 on the CPU.
    """
    total, followed = [], []
    for begin in range(0, targets.shape[1], BLOCK):
        end = min(targets.shape[1], begin + BLOCK)
        likeness, by_token = look_back(
            signals[:, :end], read[:, :end], end - begin, sharpness, vocabulary_size
        )
        total.append(likeness)
        followed.append(by_token.gather(-1, targets[:, begin:end, None])[..., 0])
    first, second = (
        torch.cat(each, dim=1).clamp(min=NOTHING).log().flatten().double().cpu()
        for each in (total, followed)
    )
    return first, second


def search(
    alone: Tensor, total: Tensor, followed: Tensor, sharpness: float
) -> tuple[CacheSettings, float]:
    """The slope and bias of least surprise, and that surprise in nats.

    Args:
        alone: log-probabilities of the targets by the network, (T,) float64.
        total, followed: from `recognise`.
        sharpness: that they were made with.
    """
    numbers = torch.tensor(_START, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([numbers], max_iter=100, line_search_fn="strong_wolfe")

    def nats() -> Tensor:
        return -with_cache(alone, total, followed, numbers[0], numbers[1]).sum()

    def closure() -> float:
        optimizer.zero_grad()
        loss = nats() / len(alone)
        loss.backward()  # type: ignore[no-untyped-call]
        return float(loss.detach())

    optimizer.step(closure)  # type: ignore[no-untyped-call]
    slope, bias = numbers.tolist()
    return CacheSettings(sharpness, slope, bias), float(nats().detach())


def with_cache(
    alone: Tensor, total: Tensor, followed: Tensor, slope: Tensor | float, bias: Tensor | float
) -> Tensor:
    """Log-probabilities of the targets by network and cache together, (T,); args as `search`."""
    odds = slope * total + bias
    return torch.logaddexp(alone + F.logsigmoid(-odds), followed - total + F.logsigmoid(odds))
