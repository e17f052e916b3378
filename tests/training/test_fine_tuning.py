from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from midigen.bundle import load_bundle
from midigen.config_file import apply_overrides
from midigen.errors import UserError
from midigen.music.tokenizer import ScoreTokenizer
from midigen.studio import Studio
from midigen.training.events import Evaluated, Finished
from midigen.training.fine_tuning import starting_weights
from tests.conftest import make_score


@pytest.fixture
def other_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "other"
    folder.mkdir()
    for i in range(4):
        make_score(seed=50 + i).dump_midi(folder / f"other-{i}.mid")
    return folder


def with_knobs(studio: Studio, *overrides: str) -> Studio:
    return Studio(apply_overrides(studio.config, overrides), studio.workspace)


def first_look(studio: Studio, name: str, base: str) -> float:
    events = list(studio.train(name, "other", base=base))
    return next(each.validation_loss for each in events if isinstance(each, Evaluated))


def test_it_starts_where_the_model_stands(trained: Studio, other_folder: Path) -> None:
    trained.import_dataset(str(other_folder))
    still = with_knobs(trained, "training.learning_rate=1e-6", "training.max_steps=1",
                       "training.eval_every=1", "training.sample_tokens=0")  # fmt: skip
    from_model, from_nothing = first_look(still, "tuned", "tiny"), first_look(still, "fresh", "")
    assert from_model < 0.95 * from_nothing
    tuned, base = (load_bundle(trained.run(name).folder) for name in ("tuned", "tiny"))
    for name, weight in base.weights.items():
        np.testing.assert_allclose(tuned.weights[name], weight, atol=1e-4, rtol=0)


def test_what_does_not_get_better_stays_as_it_was(trained: Studio, other_folder: Path) -> None:
    trained.import_dataset(str(other_folder))
    reckless = with_knobs(trained, "training.learning_rate=1", "training.max_steps=6",
                          "training.eval_every=6", "training.sample_tokens=0")  # fmt: skip
    *_, finished = reckless.train("tuned", "other", base="tiny")
    assert isinstance(finished, Finished)
    assert finished.best_step == 0
    tuned, base = (load_bundle(trained.run(name).folder) for name in ("tuned", "tiny"))
    for name, weight in base.weights.items():
        np.testing.assert_allclose(tuned.weights[name], weight, rtol=1e-6)


def test_alphabet_and_shape_are_the_models_own(trained: Studio, other_folder: Path) -> None:
    trained.import_dataset(str(other_folder))
    elsewhere = Studio(
        replace(trained.config, model=replace(trained.config.model, dropout=0.4)),
        trained.workspace,
    )
    list(elsewhere.train("tuned", "other", base="tiny"))
    tuned, base = (load_bundle(trained.run(name).folder) for name in ("tuned", "tiny"))
    assert tuned.tokenizer.fingerprint == base.tokenizer.fingerprint
    assert tuned.model == replace(base.model, dropout=0.4)
    assert tuned.card["base"]["name"] == "tiny"
    assert tuned.card["base"]["dataset"] == "my-midi"
    assert tuned.card["dataset"] == "other"


def test_the_alphabet_grows_by_styles_that_are_named(trained: Studio) -> None:
    growing = with_knobs(trained, "tokenizer.styles=other, anna")
    base = load_bundle(trained.run("tiny").folder)
    config = growing.config_to_train(base="tiny")
    assert config.tokenizer.styles == "anna,johann,other"
    new = ScoreTokenizer(config.tokenizer)
    weights = starting_weights(config, base)
    table, before = weights["embedding.weight"], base.weights["embedding.weight"]
    assert table.shape[0] == weights["head.bias"].shape[0] == len(new) == len(before) + 1
    for i, token in enumerate(new.vocabulary):
        known = "Bar_None" if token == "Bar_other" else token
        assert np.array_equal(table[i], before[base.tokenizer.vocabulary.index(known)])
    list(growing.train("tuned", "my-midi", base="tiny"))
    assert load_bundle(trained.run("tuned").folder).tokenizer.styles == new.styles


def test_a_model_without_a_countdown_learns_one(trained: Studio) -> None:
    plain = with_knobs(trained, "tokenizer.use_endings=false", "tokenizer.styles=null")
    list(plain.train("plain", "my-midi"))
    config = trained.config_to_train(base="plain")
    base = load_bundle(trained.run("plain").folder)
    weights = starting_weights(config, base)
    assert len(weights["head.bias"]) == len(base.weights["head.bias"]) + 8
    assert weights["head.bias"][-8:].tolist() == [float(base.weights["head.bias"].min())] * 8
    table = weights["embedding.weight"]
    assert 0.7 < float(table[-8:].std() / table[:-8].std()) < 1.4
    assert len(np.unique(table[-8:], axis=0)) == 8


@pytest.mark.parametrize("knob", ["tokenizer.velocities=8", "model.hidden_size=40"])
def test_another_alphabet_or_shape_is_refused(trained: Studio, knob: str) -> None:
    with pytest.raises(UserError, match=knob.split("=")[0]):
        list(with_knobs(trained, knob).train("tuned", "my-midi", base="tiny"))
    assert [run.name for run in trained.runs()] == ["tiny"]


def test_a_tuned_run_resumes_without_its_base(trained: Studio, other_folder: Path) -> None:
    trained.import_dataset(str(other_folder))
    for event in trained.train("tuned", "other", base="tiny"):
        if event.type == "step" and getattr(event, "step", 0) == 8:
            break
    events = list(trained.train("tuned", resume=True))
    assert events[-1].type == "finished"
    assert load_bundle(trained.run("tuned").folder).card["base"]["name"] == "tiny"
