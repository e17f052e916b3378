"""From logits to the next token: pure functions that remove tokens or reweigh them, then a draw.

Every filter takes float32 logits (V,) or (B, V) and leaves them as they were; it returns new ones
of the same shape, or at a neutral value its input. Rows never influence each other. A removed token
has the logit -inf. Among equal logits the lower id counts as the likelier one. Which token means
what is not known here.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from midigen.config import GenerationRequest

_REMOVED = -math.inf


def filter_logits(
    logits: Tensor,
    request: GenerationRequest,
    allowed: Tensor | None = None,
    recent_ids: Tensor | None = None,
) -> Tensor:
    """Apply all that a request asks for.

    The grammar comes first, so that the shares of top-p and min-p are those of tokens that can
    really follow. The penalty comes before the temperature, which then acts on what is heard.

    Args:
        logits: (V,) or (B, V).
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


def allow(logits: Tensor, mask: Tensor) -> Tensor:
    """Remove what the grammar forbids.

    Args:
        logits: (V,) or (B, V).
        mask: bool (V,) or (B, V), True where a token may follow. Each row must allow one.
    """
    return torch.where(mask, logits, _REMOVED)


def repetition_penalty(logits: Tensor, recent_ids: Tensor, penalty: float) -> Tensor:
    """Make recent tokens less likely (CTRL; Keskar et al. 2019, section 4.1).

    Positive logits are divided by the penalty. Negative ones, which the paper does not mention, are
    multiplied, since a division would raise them. With 1.5: 3 becomes 2, and -2 becomes -3.

    Args:
        logits: (V,) or (B, V).
        recent_ids: int64 (R,) or (B, R); how often an id occurs in it does not matter. Rows of
            different length are filled up with one of their own ids or with one that `allow`
            removed.
        penalty: at least 1, which changes nothing.
    """
    assert penalty >= 1, f"penalty is {penalty}; below 1 it would reward repetition"
    if penalty == 1:
        return logits
    seen = logits.gather(-1, recent_ids)  # (B, R)
    return logits.scatter(-1, recent_ids, torch.minimum(seen / penalty, seen * penalty))


def temperature(logits: Tensor, temperature: float) -> Tensor:
    """Sharpen (below 1) or flatten (above 1) the distribution.

    The result is shifted so that its maximum is 0: a tiny temperature then overflows to -inf, which
    is a removed token, and not to inf, which would make the softmax NaN.
    """
    assert temperature > 0, f"temperature is {temperature}; it must be above 0"
    if temperature == 1:
        return logits
    return (logits - logits.amax(-1, keepdim=True)) / temperature


def top_k(logits: Tensor, k: int) -> Tensor:
    """Keep the k likeliest tokens; 0, or more than there are, keeps all."""
    return _keep_likeliest(logits, k=k)


def min_p(logits: Tensor, share: float) -> Tensor:
    """Keep tokens at least `share` times as likely as the likeliest (Nguyen et al. 2024).

    With 0.2, of 0.6 0.2 0.15 0.05 the last is below 0.6 * 0.2 = 0.12 and is removed.

    Args:
        logits: (V,) or (B, V).
        share: from 0, which keeps all, to 1, which keeps only the likeliest and its equals.
    """
    return _keep_likeliest(logits, share=share)


def top_p(logits: Tensor, p: float) -> Tensor:
    """Keep the smallest set whose probability reaches p: the nucleus (Holtzman et al. 2020).

    A token stays if those before it have not reached p yet, so the likeliest always stays. With
    p = 0.7:

        probability    0.5   0.25   0.15   0.1
        before it      0     0.5    0.75   0.9
        stays          yes   yes    no     no

    Args:
        logits: (V,) or (B, V).
        p: from 0, which keeps only the likeliest, to 1, which keeps all.
    """
    return _keep_likeliest(logits, p=p)


def draw(logits: Tensor, generator: torch.Generator) -> Tensor:
    """Draw one token per row.

    Each row takes one number u from the generator and the first token at which the cumulative
    probability exceeds u. A removed token has no width there, so it cannot be hit.

    Args:
        logits: (V,) or (B, V), on the generator's device.
        generator: the only source of chance.

    Returns:
        int64 ids, () or (B,).
    """
    cumulative = torch.softmax(logits, -1, dtype=torch.float64).cumsum(-1)
    total = cumulative.narrow(-1, -1, 1)  # 1, but for rounding
    u = torch.rand(total.shape, generator=generator, dtype=total.dtype, device=total.device)
    ids = torch.searchsorted(cumulative, u * total, right=True).squeeze(-1)
    # The softmax of a row without a token is NaN, which no u finds a place in.
    assert int(ids.max()) < logits.shape[-1], "a row has no token left, or logits that are NaN"
    return ids


def _keep_likeliest(logits: Tensor, k: int = 0, share: float = 0.0, p: float = 1.0) -> Tensor:
    """Top-k, then min-p, then top-p: each cuts the tail of one ranking, so it is sorted once."""
    assert 0 <= share <= 1, f"min_p is {share}; it is a share, from 0 to 1"
    k = k if 0 < k < logits.shape[-1] else 0
    if k == 0 and share == 0 and p >= 1:
        return logits
    # Stable, so that equal logits keep the order of their ids; `values` is ours to overwrite.
    values, ids = torch.sort(logits, dim=-1, descending=True, stable=True)
    if k > 0:
        values, ids = values.narrow(-1, 0, k), ids.narrow(-1, 0, k)  # (B, k)
    if share > 0:  # P(a) / P(b) = exp(logit a - logit b)
        lowest = values.narrow(-1, 0, 1) + math.log(share)
        values.masked_fill_(values < lowest, _REMOVED)
    if p < 1:
        n_others = values.shape[-1] - 1
        before = torch.softmax(values, -1).cumsum(-1).narrow(-1, 0, n_others)
        values.narrow(-1, 1, n_others).masked_fill_(before >= p, _REMOVED)
    return torch.full_like(logits, _REMOVED).scatter_(-1, ids, values)
