from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from midigen.config import Config
from midigen.studio import Studio
from midigen.training.estimate import estimate, late_memory, planned
from midigen.training.session import Session


def with_training(config: Config, **changes: object) -> Config:
    return replace(config, training=replace(config.training, **changes))  # type: ignore[arg-type]


def test_all_that_takes_time_is_counted(config: Config) -> None:
    config = with_training(config, max_steps=100, eval_every=40)
    steps, seconds = planned(config, step_s=0.5, look_s=3.0, last_s=20.0)
    assert steps == 100
    assert seconds == pytest.approx(100 * 0.5 + 3 * 3.0 + 20.0)  # looks at 40, 80 and 100


def test_a_time_limit_leaves_fewer_steps(config: Config) -> None:
    config = with_training(config, max_steps=10_000, eval_every=100, max_minutes=2.0)
    steps, seconds = planned(config, step_s=0.5, look_s=5.0, last_s=10.0)
    assert steps == pytest.approx(200, abs=1)  # (120 s - 10 s) / (0.5 s + 0.05 s)
    assert seconds == pytest.approx(120, abs=5)


def test_a_probe_measures_and_leaves_nothing(studio: Studio, midi_folder: Path) -> None:
    studio.import_dataset(str(midi_folder))
    config = with_training(studio.config, max_steps=1000)
    before = sorted(studio.workspace.root.rglob("*"))
    store = studio.prepare("my-midi")
    prepared = sorted(studio.workspace.root.rglob("*"))
    found = estimate(config, store)
    assert found.steps == 1000
    assert not found.is_limited
    assert 0 < found.step_s < 1
    assert found.look_s > 0
    assert found.seconds > 1000 * found.step_s
    assert sorted(studio.workspace.root.rglob("*")) == prepared != before


def test_steps_are_measured_with_a_full_memory(studio: Studio, midi_folder: Path) -> None:
    """Those of a Transformer take less time until its window has filled."""
    studio.import_dataset(str(midi_folder))
    store = studio.prepare("my-midi")
    shape = replace(studio.config.model, type="transformer", n_heads=3, n_kv_heads=1, window=700)
    for model, kept in ((shape, 700), (studio.config.model, studio.config.model.hidden_size)):
        config = replace(studio.config, model=model)
        session = Session(config, store, studio.workspace.root, None)
        memory = late_memory(session)
        assert memory[0].shape[0] == config.training.batch_size
        assert kept in memory[0].shape
        session.memory = memory
        session.learn()
        assert [each.shape for each in session.memory] == [each.shape for each in memory]


def test_the_steps_of_a_slow_network_are_told_by_shorter_ones(
    studio: Studio, midi_folder: Path
) -> None:
    """A whole step of the size `large` takes minutes on a CPU: a probe must not do one."""
    studio.import_dataset(str(midi_folder))
    config = with_training(studio.config, sequence_length=65536, batch_size=64)
    found = estimate(config, studio.prepare("my-midi"))
    assert found.probe_s < 20
    assert found.step_s > 1
