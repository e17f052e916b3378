from __future__ import annotations

import json
from dataclasses import replace

from midigen.config import Config
from midigen.config_file import save_config
from midigen.run_summary import settings_of, summary_of
from midigen.studio import Studio


def test_a_run_is_told_in_a_row(trained: Studio) -> None:
    summary = summary_of(trained.run("tiny"))
    card = trained.models()[0].card
    assert (summary.name, summary.dataset, summary.steps) == ("tiny", "my-midi", 12)
    assert summary.status.state == "finished"
    assert summary.validation_loss == card["validation_loss"]
    assert summary.bits_per_note == card["bits_per_note"]
    assert summary.seconds is not None
    assert summary.settings["training.max_steps"] == 12
    assert "training.weight_decay" not in summary.settings


def test_only_what_differs_is_told_and_newly_where_it_changes(trained: Studio) -> None:
    folder = trained.run("tiny").folder
    save_config(Config(), folder / "config.yaml")
    assert settings_of(folder) == {}
    longer = replace(Config(), training=replace(Config().training, patience=3))
    save_config(longer, folder / "config.yaml")
    assert settings_of(folder) == {"training.patience": 3}
    (folder / "config.yaml").write_text("nonsense: [", encoding="utf-8")
    assert settings_of(folder) == {}


def test_a_strange_card_is_no_obstacle(trained: Studio) -> None:
    folder = trained.run("tiny").folder
    strange = {"dataset": 5, "validation_loss": "low", "training_s": None}
    (folder / "card.json").write_text(json.dumps(strange), encoding="utf-8")
    summary = summary_of(trained.run("tiny"))
    assert summary.validation_loss is None
    assert summary.dataset == "my-midi", "its history tells"
