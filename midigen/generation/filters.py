"""From logits to the next token: pure functions that remove tokens or reweigh them, then a draw.

Every filter takes float32 logits (V,) and leaves them as they were; it returns new ones of the same
shape, or at a neutral value its input. A removed token has the logit -inf. Among equal logits the
lower id counts as the likelier one. Which token means what is not known here.
"""

from __future__ import annotations

import math

import numpy as np

from midigen.config import GenerationRequest

_REMOVED = np.float32(-math.inf)


def filter_logits(
    logits: np.ndarray,
    request: GenerationRequest,
    allowed: np.ndarray | None = None,
    recent_ids: np.ndarray | None = None,
) -> np.ndarray:
    """Apply all that a request asks for.

    The grammar comes first, so that the shares of top-p and min-p are those of tokens that can
    really follow. The penalty comes before the temperature, which then acts on what is heard.

    Args:
        logits: (V,).
        request: a filter at its neutral value costs nothing.
        allowed: as for `allow`; None allows all.
        recent_ids: as for `repetition_penalty`; None penalises none.
    """
    if allowed is not None:
        logits = allow(logits, allowed)
    if recent_ids is not None:
        logits = repetition_penalty(logits, recent_ids, request.repetition_penalty)
    logits = temperature(logits, request.temperature)
    return _keep_likeliest(logits, request.top_k, request.min_p, request.top_p)


def allow(logits: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Remove what the grammar forbids.

    Args:
        logits: (V,).
        mask: bool (V,), True where a token may follow. It must allow one.
    """
    return np.where(mask, logits, _REMOVED)


def repetition_penalty(logits: np.ndarray, recent_ids: np.ndarray, penalty: float) -> np.ndarray:
    """Make recent tokens less likely (CTRL; Keskar et al. 2019, section 4.1).

    Positive logits are divided by the penalty. Negative ones, which the paper does not mention, are
    multiplied, since a division would raise them. With 1.5: 3 becomes 2, and -2 becomes -3.

    Args:
        logits: (V,).
        recent_ids: int64 (R,); how often an id occurs in it does not matter.
        penalty: at least 1, which changes nothing.
    """
    assert penalty >= 1, f"penalty is {penalty}; below 1 it would reward repetition"
    if penalty == 1:
        return logits
    lowered, seen = logits.copy(), logits[recent_ids]  # (R,)
    lowered[recent_ids] = np.minimum(seen / penalty, seen * penalty)
    return lowered


def temperature(logits: np.ndarray, temperature: float) -> np.ndarray:
    """Sharpen (below 1) or flatten (above 1) the distribution.

    The result is shifted so that its maximum is 0: a tiny temperature then overflows to -inf, which
    is a removed token, and not to inf, which would make the softmax NaN.
    """
    assert temperature > 0, f"temperature is {temperature}; it must be above 0"
    if temperature == 1:
        return logits
    with np.errstate(over="ignore"):
        scaled: np.ndarray = (logits - logits.max()) / temperature
    return scaled


def top_k(logits: np.ndarray, k: int) -> np.ndarray:
    """Keep the k likeliest tokens; 0, or more than there are, keeps all."""
    return _keep_likeliest(logits, k=k)


def min_p(logits: np.ndarray, share: float) -> np.ndarray:
    """Keep tokens at least `share` times as likely as the likeliest (Nguyen et al. 2024).

    With 0.2, of 0.6 0.2 0.15 0.05 the last is below 0.6 * 0.2 = 0.12 and is removed.

    Args:
        logits: (V,).
        share: from 0, which keeps all, to 1, which keeps only the likeliest and its equals.
    """
    return _keep_likeliest(logits, share=share)


def top_p(logits: np.ndarray, p: float) -> np.ndarray:
    """Keep the smallest set whose probability reaches p: the nucleus (Holtzman et al. 2020).

    A token stays if those before it have not reached p yet, so the likeliest always stays. With
    p = 0.7:

        probability    0.5   0.25   0.15   0.1
        before it      0     0.5    0.75   0.9
        stays          yes   yes    no     no

    Args:
        logits: (V,).
        p: from 0, which keeps only the likeliest, to 1, which keeps all.
    """
    return _keep_likeliest(logits, p=p)


def draw(logits: np.ndarray, generator: np.random.Generator) -> int:
    """Draw one token.

    One number u is taken from the generator, and the first token at which the cumulative
    probability exceeds u. A removed token has no width there, so it cannot be hit.

    Args:
        logits: (V,).
        generator: the only source of chance.
    """
    _check(logits)
    left = np.flatnonzero(logits > _REMOVED)
    cumulative = _cumulative(logits[left])
    sought = generator.random() * cumulative[-1]
    # For rounding that may be the total: then it is the last token.
    place = min(int(np.searchsorted(cumulative, sought, "right")), len(left) - 1)
    return int(left[place])


def _keep_likeliest(
    logits: np.ndarray, k: int = 0, share: float = 0.0, p: float = 1.0
) -> np.ndarray:
    """Top-k, then min-p, then top-p: each cuts the tail of one ranking, so it is sorted once."""
    assert 0 <= share <= 1, f"min_p is {share}; it is a share, from 0 to 1"
    k = k if 0 < k < len(logits) else 0
    if k == 0 and share == 0 and p >= 1:
        return logits
    _check(logits)
    ids = _ranking(logits, k)
    values = logits[ids]
    if share > 0:  # P(a) / P(b) = exp(logit a - logit b)
        ids = ids[values >= values[0] + math.log(share)]
    if p < 1:
        cumulative = _cumulative(logits[ids])
        n_before = int(np.count_nonzero(cumulative[:-1] < p * cumulative[-1]))
        ids = ids[: n_before + 1]
    kept = np.full_like(logits, _REMOVED)
    kept[ids] = logits[ids]
    return kept


def _ranking(logits: np.ndarray, k: int) -> np.ndarray:
    """Ids (K,), the likeliest first: of the k likeliest tokens; with k = 0, of all that are left.

    Only what can be among them is sorted.
    """
    lowest = np.partition(logits, len(logits) - k)[-k] if k else _REMOVED
    left = np.flatnonzero(logits >= lowest if lowest > _REMOVED else logits > _REMOVED)
    ranking: np.ndarray = left[np.argsort(-logits[left], kind="stable")]
    return ranking[:k] if k else ranking


def _check(logits: np.ndarray) -> None:
    assert math.isfinite(logits.max()), "there is no token left, or a logit is not a number"


def _cumulative(logits: np.ndarray) -> np.ndarray:
    """Sums of probabilities (N,) float64, up to a common factor."""
    values = logits.astype(np.float64)
    cumulative: np.ndarray = np.exp(values - values.max()).cumsum()
    return cumulative
