from __future__ import annotations

import base64
import json
from dataclasses import asdict
from pathlib import Path

import gradio as gr
import pytest
from gradio.data_classes import FileData

from midigen.studio import Studio
from midigen.ui.api import Endpoints
from tests.conftest import make_score


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "cache"))


def test_generate_gives_files(trained: Studio) -> None:
    made = Endpoints(trained).generate("tiny", gen_length=60, seed=7)
    assert [Path(each.path).suffix for each in made] == [".mid", ".wav", ".mp3", ".json"]
    asked = json.loads(Path(made[-1].path).read_text(encoding="utf-8"))["request"]
    assert asked == {**asdict(trained.usual_request("tiny")), "gen_length": 60, "seed": 7}


def test_an_address_that_generate_gave_is_analysed(trained: Studio) -> None:
    endpoints = Endpoints(trained)
    midi = endpoints.generate("tiny", gen_length=60, seed=7)[0]
    assert endpoints.analyse(f"http://127.0.0.1:7860{midi.url}")["notes"] > 0


def test_a_file_may_come_as_a_data_address(trained: Studio) -> None:
    content = base64.b64encode(make_score(seed=1).dumps_midi()).decode()
    told = Endpoints(trained).analyse(f"data:audio/midi;base64,{content}")
    assert told["key"] == "C major"
    with pytest.raises(gr.Error, match="no base64"):
        Endpoints(trained).analyse("data:audio/midi;base64,abc")


def test_models_tells_their_names_and_figures(trained: Studio) -> None:
    (model,) = Endpoints(trained).models()
    assert model["name"] == "tiny"
    assert model["parameters"] > 0
    assert model["styles"] == ["anna", "johann"]


def test_a_path_is_no_model(trained: Studio) -> None:
    with pytest.raises(gr.Error, match="no model named '…/tiny'"):  # not escaped: no page
        Endpoints(trained).generate(str(trained.workspace.run_folder("tiny")))


def test_an_uploaded_file_is_analysed(trained: Studio, tmp_path: Path) -> None:
    path = tmp_path / "cache" / "abc" / "mine.mid"
    path.parent.mkdir(parents=True)
    make_score(seed=1).dump_midi(path)
    told = Endpoints(trained).analyse(FileData(path=str(path)), "tiny")
    assert told["key"] == "C major"
    assert told["bars"] == 8
    assert told["chords"][0]["numeral"] == "I"
    assert isinstance(told["copied_notes"], int)


def test_a_file_of_this_computer_is_nobodys_business(trained: Studio, tmp_path: Path) -> None:
    path = tmp_path / "private.mid"
    make_score().dump_midi(path)
    for sent in (
        str(path),
        str(tmp_path / "cache" / ".." / "private.mid"),
        f"http://127.0.0.1/gradio_api/file={path}",
        "https://elsewhere.example/piece.mid",
    ):
        for each in (sent, FileData(path=sent)):
            with pytest.raises(gr.Error, match="not uploaded"):
                Endpoints(trained).analyse(each)
