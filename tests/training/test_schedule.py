from __future__ import annotations

import pytest

from midigen.config import TrainingConfig
from midigen.training.schedule import learning_rate

CONFIG = TrainingConfig(learning_rate=1.0, final_learning_rate_share=0.1, warmup_steps=10)


@pytest.mark.parametrize(
    ("step", "rate"), [(0, 0.1), (4, 0.5), (9, 1.0), (10, 1.0), (60, 0.55), (110, 0.1), (999, 0.1)]
)
def test_the_rate_warms_up_and_falls_as_a_half_cosine(step: int, rate: float) -> None:
    assert learning_rate(step, 110, CONFIG) == pytest.approx(rate)


def test_a_short_training_still_reaches_its_peak() -> None:
    rates = [learning_rate(step, 6, CONFIG) for step in range(6)]
    assert max(rates) == 1.0
    assert rates[0] < 1.0
    assert rates[-1] < 1.0
