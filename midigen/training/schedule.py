"""The learning rate as a pure function of the step."""

from __future__ import annotations

import math

from midigen.config import TrainingConfig


def learning_rate(step: int, total_steps: int, config: TrainingConfig) -> float:
    """Linear warm-up, then a half cosine down (Loshchilov & Hutter, ICLR 2017).

    Args:
        step: from 0.
        total_steps: where the cosine ends.
        config: peak, final share and warm-up.
    """
    peak, final = config.learning_rate, config.learning_rate * config.final_learning_rate_share
    warmup = min(config.warmup_steps, total_steps // 2)
    if step < warmup:
        return peak * (step + 1) / warmup
    share = min(1.0, (step - warmup) / max(1, total_steps - warmup))
    return final + (peak - final) * 0.5 * (1 + math.cos(math.pi * share))
