from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from midigen.config_file import apply_overrides
from midigen.studio import Studio
from midigen.training.averaging import averaged_copy


def test_without_decay_there_is_no_average() -> None:
    assert averaged_copy(nn.Linear(2, 2), 0.0) is None


def test_the_average_follows_and_is_short_at_first() -> None:
    network = nn.Linear(1, 1, bias=False)
    averaged = averaged_copy(network, 0.9)
    assert averaged is not None
    expected, weight = None, 0.0
    for n in range(40):
        weight += 1.0
        nn.init.constant_(network.weight, weight)
        averaged.update_parameters(network)
        decay = min(0.9, (1 + n) / (10 + n))
        expected = weight if expected is None else decay * expected + (1 - decay) * weight
    assert averaged.module.weight.item() == pytest.approx(expected)
    assert 40 - 10 < averaged.module.weight.item() < 40


def test_a_run_with_averaging_keeps_and_resumes_the_average(
    studio: Studio, midi_folder: Path
) -> None:
    studio.import_dataset(str(midi_folder))
    overrides = ["training.average_decay=0.8", "training.fresh_starts=0.5",
                 "model.drop_connect=0.2", "model.embedding_dropout=0.1"]  # fmt: skip
    averaging = Studio(apply_overrides(studio.config, overrides), studio.workspace)
    list(averaging.train("unbroken", "my-midi"))
    for event in averaging.train("broken", "my-midi"):
        if event.type == "step" and getattr(event, "step", 0) == 8:
            break
    list(averaging.train("broken", resume=True))
    losses = [
        [e["validation_loss"] for e in studio.run(name).events() if e["type"] == "evaluated"]
        for name in ("unbroken", "broken")
    ]
    assert losses[0] == losses[1]
    content = torch.load(studio.run("broken").folder / "checkpoint.pt", weights_only=True)
    assert not torch.equal(content["network"]["head.bias"], content["averaged"]["module.head.bias"])
