from __future__ import annotations

from pathlib import Path

import gradio as gr
import pytest

from midigen.studio import Studio
from midigen.ui.api import Endpoints


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "cache"))


def test_generate_gives_files(trained: Studio) -> None:
    made = Endpoints(trained).generate("tiny", gen_length=60, seed=7)
    assert [Path(each.path).suffix for each in made] == [".mid", ".wav", ".mp3", ".json"]


def test_models_tells_their_names_and_figures(trained: Studio) -> None:
    (model,) = Endpoints(trained).models()
    assert model["name"] == "tiny"
    assert model["parameters"] > 0


def test_a_path_is_no_model(trained: Studio) -> None:
    with pytest.raises(gr.Error, match="no model named"):
        Endpoints(trained).generate(str(trained.workspace.run_folder("tiny")))
