from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from midigen.studio import Studio
from midigen.ui import texts
from midigen.ui.generate_tab import GenerateTab, choose_model
from tests.conftest import make_score

ASKED: dict[str, Any] = {
    "temperature": 1.0,
    "top_p": 0.95,
    "top_k": 0,
    "min_p": 0,
    "repetition_penalty": 1,
    "gen_length": 60,
    "bars": 16,
    "seed": "7",
    "prompt_bars": 4,
    "key": "",
    "tempo_bpm": "",
}


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "cache"))


@pytest.fixture
def tab(trained: Studio) -> GenerateTab:
    with gr.Blocks():
        return GenerateTab(trained)


def visitor(name: str = "anna") -> gr.Request:
    return gr.Request(session_hash=name)


def compose(tab: GenerateTab, who: str = "anna", **changes: Any) -> Any:
    asked = {"model": "tiny", "prompt": None, "length_unit": texts.TOKENS, "is_random": False}
    return tab.compose(visitor(who), **{**asked, **ASKED, **changes})


def files(shown: Any, tab: GenerateTab) -> dict[str, Path]:
    return {each["label"]: Path(each["file"]["path"]) for each in shown[tab.player]["downloads"]}


def test_a_piece_comes_as_midi_wav_mp3_and_recipe_named_by_model_and_seed(tab: GenerateTab) -> None:
    made = files(compose(tab), tab)
    assert sorted(path.name for path in made.values()) == [
        "tiny-seed7.json",
        "tiny-seed7.mid",
        "tiny-seed7.mp3",
        "tiny-seed7.wav",
    ]
    assert all(path.stat().st_size > 0 for path in made.values())


def test_the_same_seed_gives_the_same_music_in_a_folder_of_its_own(tab: GenerateTab) -> None:
    first, second = (files(compose(tab, who), tab)["MIDI"] for who in ("anna", "johann"))
    assert first.read_bytes() == second.read_bytes()
    assert first.parent != second.parent


def test_a_drawn_seed_is_written_back(tab: GenerateTab) -> None:
    shown = compose(tab, is_random=True)
    seed = shown[tab.knobs["seed"]]
    assert seed == shown[tab.used_seed]
    assert seed in shown[tab.player]["title"]
    assert f"--seed {seed}" in shown[tab.command]


def test_only_a_seed_that_somebody_wrote_ends_the_drawing_of_seeds(tab: GenerateTab) -> None:
    assert tab.respect_seed("42", used="7") is False
    assert tab.respect_seed("7", used="7") == gr.skip()
    assert tab.respect_seed("", used="7") == gr.skip()


def test_the_roll_is_the_music(tab: GenerateTab) -> None:
    shown = compose(tab)[tab.player]
    roll = shown["roll"]
    n_notes = len(roll["start"])
    assert n_notes > 0
    assert {len(roll[name]) for name in ("end", "pitch", "velocity", "track")} == {n_notes}
    assert f"{n_notes} note" in shown["details"]
    assert roll["prompt_bars"] == 0


def test_a_prompt_is_used_and_marked(tab: GenerateTab, tmp_path: Path) -> None:
    prompt = tmp_path / "prompt.mid"
    make_score(n_bars=3).dump_midi(prompt)
    shown = compose(tab, prompt=str(prompt))
    assert shown[tab.player]["roll"]["prompt_bars"] == 3
    assert "--prompt prompt.mid" in shown[tab.command]


def test_length_in_bars_is_passed_on(tab: GenerateTab) -> None:
    assert "--bars 2" in compose(tab, length_unit=texts.BARS, bars=2)[tab.command]
    assert "--bars" not in compose(tab, length_unit=texts.TOKENS, bars=2)[tab.command]


@pytest.mark.parametrize(
    "change",
    [
        {"model": "nobody"},
        {"model": None},
        {"temperature": float("nan")},
        {"seed": "abc"},
        {"tempo_bpm": "fast"},
    ],
)
def test_what_cannot_be_done_is_said(tab: GenerateTab, change: dict[str, Any]) -> None:
    with pytest.raises(gr.Error) as raised:
        compose(tab, **change)
    assert raised.value.message != texts.UNEXPECTED


def test_a_path_is_no_model(tab: GenerateTab) -> None:
    """The studio takes paths too; what comes from a page may only be a name."""
    path = str(tab.studio.workspace.run_folder("tiny"))
    with pytest.raises(gr.Error, match="no model named"):
        compose(tab, model=path)
    with pytest.raises(gr.Error, match="no model named"):
        tab.generate(path)


def test_stop_ends_only_the_piece_of_the_visitor_who_asked(tab: GenerateTab) -> None:
    with tab.stops.listening("anna") as anna, tab.stops.listening("johann") as johann:
        tab.ask_to_stop(visitor("anna"))
        assert anna()
        assert not johann()
    tab.ask_to_stop(visitor("nobody"))


def test_who_stops_while_waiting_for_a_turn_gets_no_piece(tab: GenerateTab) -> None:
    tab.begin(visitor("anna"))
    tab.ask_to_stop(visitor("anna"))
    assert compose(tab, "anna") == gr.skip()
    assert tab.player in compose(tab, "anna")


def test_a_stopped_piece_is_kept_and_says_so(
    tab: GenerateTab, monkeypatch: pytest.MonkeyPatch
) -> None:
    compose_of_studio = tab.studio.compose

    def compose_and_press_stop(model: str, asked: Any, prompt: Any, report: Any, stop: Any) -> Any:
        def progress(done: int, total: int | None, what: str) -> None:
            report(done, total, what)
            if done == 50:
                tab.ask_to_stop(visitor("anna"))

        return compose_of_studio(model, asked, prompt, progress, stop)

    monkeypatch.setattr(tab.studio, "compose", compose_and_press_stop)
    shown = compose(tab, gen_length=2000)[tab.player]
    assert texts.STOPPED_EARLY in shown["details"]
    assert re.search(r"\b5[0-5] tokens composed", shown["details"]), "it ends after a whole note"


def test_the_endpoint_gives_files(tab: GenerateTab) -> None:
    made = tab.generate("tiny", gen_length=60, seed=7)
    assert [Path(each.path).suffix for each in made] == [".mid", ".wav", ".mp3", ".json"]


def test_without_a_model_the_page_says_where_to_get_one(studio: Studio) -> None:
    with gr.Blocks():
        tab = GenerateTab(studio)
    news = tab.look(None, None)
    assert news[tab.nothing_yet].visible
    assert not news[tab.button].interactive


def test_models_are_offered_once_and_then_only_news_is_sent(tab: GenerateTab) -> None:
    news = tab.look(None, None)
    assert news[tab.model].value == "tiny"
    assert tab.look(news[tab.seen], "tiny") == gr.skip()
    assert "Learned from my-midi" in tab.describe("tiny")[0]


@pytest.mark.parametrize(
    ("seen", "standing", "chosen", "choice"),
    [
        (None, {}, None, None),
        (None, {"new": False, "old": False}, None, "new"),
        (None, {"learning": True, "old": False}, None, "old"),
        (None, {"learning": True}, None, "learning"),
        ({"run": True, "old": False}, {"run": False, "old": False}, "old", "run"),
        ({"run": False, "old": False}, {"run": False, "old": False}, "old", "old"),
        ({"old": False}, {"copied": False, "old": False}, "old", "copied"),
        ({"old": False}, {"learning": True, "old": False}, "old", "old"),
        ({"gone": False, "old": False}, {"old": False}, "gone", "old"),
    ],
)
def test_a_model_that_has_just_finished_is_chosen_and_later_choices_stay(
    seen: dict[str, bool] | None, standing: dict[str, bool], chosen: str | None, choice: str | None
) -> None:
    assert choose_model(seen, standing, chosen) == choice
