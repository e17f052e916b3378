from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from midigen.config import SAMPLING, GenerationRequest
from midigen.music.score import n_bars, n_bars_begun
from midigen.studio import Studio
from midigen.takes import Take, new_visitor
from midigen.ui import texts
from midigen.ui.generate_tab import GenerateTab, choose_model
from midigen.ui.request_panel import sampling_of
from midigen.ui.sound_panel import AS_COMPOSED
from midigen.ui.takes_list import takes_value
from tests.conftest import make_score
from tests.rendering.conftest import write_soundfont

ASKED: dict[str, Any] = {
    "recall": 0.4,
    "temperature": 1.0,
    "top_p": 0.97,
    "top_k": 0,
    "min_p": 0,
    "repetition_penalty": 1,
    "style_strength": 1.5,
    "gen_length": 60,
    "bars": 4,
    "seed": "7",
    "prompt_bars": 4,
    "key": "",
    "scale": "",
    "style": "",
    "time_signature": "",
    "tempo_bpm": "",
    "length_unit": texts.BARS,
    "is_random": False,
}
BEGINNING: dict[str, Any] = {
    "source": texts.BEGINNINGS["nothing"],
    "file": None,
    "opening": None,
    "played": None,
}
ANNA, JOHANN = new_visitor(), new_visitor()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "cache"))


@pytest.fixture
def tab(trained: Studio) -> GenerateTab:
    with gr.Blocks():
        return GenerateTab(trained)


def request(name: str = "anna", **query: str) -> gr.Request:
    found = gr.Request(session_hash=name)
    found.kwargs = {"query_params": query}
    return found


def before(visitor: str = ANNA, shown: str = "", compared: str = "") -> dict[str, Any]:
    return {
        "visitor": visitor,
        "shown": shown,
        "compared": compared,
        "soundfont": "",
        "instruments": {},
    }


def compose(tab: GenerateTab, visitor: str = ANNA, **changes: Any) -> list[Any]:
    """All that the page is told, one after the other."""
    values = {"model": "tiny", "n_takes": "1", **before(visitor), **BEGINNING, **ASKED, **changes}
    return list(tab.composing.compose(request(visitor), **values))


def composed(tab: GenerateTab, visitor: str = ANNA, **changes: Any) -> Any:
    return compose(tab, visitor, **changes)[-1]


def takes(tab: GenerateTab, visitor: str = ANNA) -> list[Take]:
    return tab.studio.visit(visitor).takes()


def press(tab: GenerateTab, action: str, take: str | None, value: Any = None, **now: str) -> Any:
    event = gr.EventData(None, {"action": action, "take": take, "value": value})
    return tab.view.use_take(event, **before(**now))


def files(told: Any, tab: GenerateTab) -> dict[str, Path]:
    shown = told[tab.view.player]
    there = [each for each in shown["downloads"] if "file" in each]
    return {each["label"]: Path(each["file"]["path"]) for each in there}


def test_a_take_comes_as_midi_wav_and_recipe_named_by_model_and_seed(tab: GenerateTab) -> None:
    made = files(composed(tab), tab)
    assert sorted(path.name for path in made.values()) == [
        "tiny-seed7.json",
        "tiny-seed7.mid",
        "tiny-seed7.wav",
    ]
    assert all(path.stat().st_size > 0 for path in made.values())


def test_the_sound_waits_for_no_mp3_which_is_made_when_it_is_wanted(tab: GenerateTab) -> None:
    deck, told = tab.view.deck, composed(tab)
    (offer,) = [each for each in told[deck.player]["downloads"] if each["label"] == "MP3"]
    assert "file" not in offer
    again = deck.make_file(told[deck.shown], gr.EventData(None, {"file": offer["make"]}))
    made = files(again, tab)["MP3"]
    assert made.stat().st_size > 1000
    assert again[deck.player]["audio"] == told[deck.player]["audio"]


@pytest.mark.parametrize("sent", [None, {}, {"file": ".wav"}, {"file": "/etc/passwd"}, {"file": 3}])
def test_no_other_file_is_made(tab: GenerateTab, sent: Any) -> None:
    deck, told = tab.view.deck, composed(tab)
    assert deck.make_file(told[deck.shown], gr.EventData(None, sent)) == gr.skip()
    assert deck.make_file(None, gr.EventData(None, {"file": ".mp3"})) == gr.skip()


def test_the_roll_is_drawn_while_the_piece_grows(tab: GenerateTab) -> None:
    *drafts, last = compose(tab, bars=16)
    assert drafts
    grown = [len(each[tab.view.player]["roll"]["start"]) for each in [*drafts, last]]
    assert grown == sorted(grown)
    assert grown[0] > 0
    assert all(each[tab.view.player]["progress"] for each in drafts)
    assert not last[tab.view.player]["progress"]
    assert last[tab.view.player]["audio"] is not None


def test_the_same_seed_gives_the_same_music_in_a_folder_of_its_own(tab: GenerateTab) -> None:
    first, second = (files(composed(tab, who), tab)["MIDI"] for who in (ANNA, JOHANN))
    assert first.read_bytes() == second.read_bytes()
    assert first.parent != second.parent


def test_two_visitors_never_see_each_others_takes(tab: GenerateTab) -> None:
    told = composed(tab, ANNA)
    composed(tab, JOHANN, seed="8")
    assert [take.seed for take in takes(tab, ANNA)] == [7]
    assert [take.seed for take in takes(tab, JOHANN)] == [8]
    assert [each["id"] for each in told[tab.view.list]["takes"]] == ["take-001"]


def test_a_drawn_seed_is_written_back(tab: GenerateTab) -> None:
    told = composed(tab, is_random=True)
    seed = told[tab.panel.knobs["seed"]]
    assert seed == told[tab.panel.used_seed] == str(takes(tab)[0].seed)
    assert f"seed {seed}" in told[tab.view.player]["title"]
    assert f"--seed {seed}" in told[tab.view.command]
    assert f"seed={seed}" in told[tab.view.link]


def test_several_takes_have_seeds_that_count_up_and_the_first_is_shown(tab: GenerateTab) -> None:
    told = compose(tab, n_takes="3")
    assert [take.seed for take in reversed(takes(tab))] == [7, 8, 9]
    shown = [each[tab.view.shown] for each in told if tab.view.shown in each]
    assert shown == ["take-001"]
    assert [each["id"] for each in told[-1][tab.view.list]["takes"]] == [
        "take-003",
        "take-002",
        "take-001",
    ]


def test_a_take_of_several_is_what_its_seed_alone_gives(tab: GenerateTab) -> None:
    compose(tab, n_takes="2")
    alone = files(composed(tab, JOHANN, seed="8"), tab)["MIDI"].read_bytes()
    visit = tab.studio.visit(ANNA)
    assert visit.score(visit.take("take-002")).dumps_midi() == alone


def test_a_file_to_begin_with_is_used_marked_and_kept(tab: GenerateTab, tmp_path: Path) -> None:
    prompt = tmp_path / "prompt.mid"
    make_score(n_bars=3).dump_midi(prompt)
    told = composed(tab, source=texts.BEGINNINGS["file"], file=str(prompt))
    assert told[tab.view.player]["roll"]["prompt_bars"] == 3
    assert "--prompt prompt.mid" in told[tab.view.command]
    kept = tab.studio.visit(ANNA).prompt(takes(tab)[0])
    assert kept is not None
    assert n_bars(kept) == 3


def test_an_opening_that_comes_with_the_studio_can_be_gone_on_from(tab: GenerateTab) -> None:
    told = composed(
        tab, source=texts.BEGINNINGS["opening"], opening="Bach - Prelude in C major", bars=6
    )
    assert told[tab.view.player]["roll"]["prompt_bars"] == 4


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("file", texts.NO_PROMPT_FILE),
        ("opening", texts.NO_OPENING),
        ("played", texts.NOTHING_PLAYED),
    ],
)
def test_a_beginning_that_is_not_there_is_missed(tab: GenerateTab, source: str, said: str) -> None:
    with pytest.raises(gr.Error, match=re.escape(said)):
        compose(tab, source=texts.BEGINNINGS[source])


def test_length_is_in_bars_or_in_tokens(tab: GenerateTab) -> None:
    assert "--bars 2" in composed(tab, bars=2)[tab.view.command]
    in_tokens = composed(tab, length_unit=texts.TOKENS)[tab.view.command]
    assert "--bars" not in in_tokens
    assert "--gen-length 60" in in_tokens


def test_a_take_is_gone_on_from_and_undone(tab: GenerateTab) -> None:
    composed(tab)
    (first,) = takes(tab)
    length = n_bars_begun(tab.studio.visit(ANNA).score(first))
    values = {"model": "tiny", **before(shown=first.id), **ASKED, "bars": 3, "seed": "9"}
    told = list(tab.composing.continue_take(request(), **values))[-1]
    grown = takes(tab)[0]
    assert (grown.parent, grown.blocks, grown.prompt_bars) == (first.id, (length,), length)
    assert length < n_bars_begun(tab.studio.visit(ANNA).score(grown)) <= length + 3
    roll = told[tab.view.player]["roll"]
    assert roll["prompt_bars"] == 0, "what the model wrote itself is not given"
    assert told[tab.view.undo]["interactive"]
    back = tab.view.undo_growing(**before(shown=grown.id))
    assert back[tab.view.shown] == first.id
    assert not back[tab.view.undo]["interactive"]


def test_the_first_bars_are_kept_note_for_note(tab: GenerateTab) -> None:
    composed(tab, bars=8, time_signature="4/4")
    (first,) = takes(tab)
    asked = {**ASKED, "seed": "10", "time_signature": "4/4"}
    values = {"model": "tiny", **before(shown=first.id), **asked}
    list(tab.composing.redo_rest(request(), keep=2, **values))
    again = takes(tab)[0]
    visit = tab.studio.visit(ANNA)

    def opening(take: Take) -> set[tuple[float, int]]:
        score = visit.score(take)
        beat = score.ticks_per_quarter
        return {
            (note.time / beat, note.pitch)
            for track in score.tracks
            for note in track.notes
            if note.time < 8 * beat
        }

    assert again.blocks == (2,)
    assert opening(again) == opening(first)
    assert visit.score(again).dumps_midi() != visit.score(first).dumps_midi()


def test_takes_are_shown_renamed_starred_deleted_and_packed(tab: GenerateTab) -> None:
    compose(tab, n_takes="2")
    told = press(tab, "show", "take-001", shown="take-002")
    assert told[tab.view.shown] == "take-001"
    told = press(tab, "rename", "take-002", "<b>Waltz</b>", shown="take-001")
    assert told[tab.view.list]["takes"][0]["name"] == "<b>Waltz</b>"
    told = press(tab, "star", "take-002", True, shown="take-001")
    assert told[tab.view.list]["takes"][0]["is_starred"]
    packed = Path(press(tab, "zip", None)[tab.view.zip]["value"])
    with zipfile.ZipFile(packed) as archive:
        assert len(archive.namelist()) == 4
    told = press(tab, "delete", "take-002", shown="take-001")
    assert [each["id"] for each in told[tab.view.list]["takes"]] == ["take-001"]


def test_two_takes_are_heard_side_by_side(tab: GenerateTab) -> None:
    compose(tab, n_takes="2")
    told = press(tab, "compare", "take-002", shown="take-001")
    assert "seed 8" in told[tab.view.other.player]["title"]
    assert told[tab.view.list]["compared"] == "take-002"
    told = press(tab, "compare", None, shown="take-001", compared="take-002")
    assert told[tab.view.other.player] is None


@pytest.mark.parametrize("sent", [None, 7, {}, {"action": "format"}, {"action": "show", "take": 3}])
def test_a_page_that_sends_nonsense_is_told_so(tab: GenerateTab, sent: Any) -> None:
    with pytest.raises(gr.Error) as raised:
        tab.view.use_take(gr.EventData(None, sent), **before())
    assert raised.value.message != texts.UNEXPECTED


def test_a_take_sounds_otherwise_without_being_composed_again(tab: GenerateTab) -> None:
    told = composed(tab)
    wishes = {"transpose": 3, "tempo": "200", "muted": [], "volumes": {}}
    values = {**before(shown="take-001"), "instruments": {0: 40}}
    now = tab.view.play_again(**wishes, **values)
    again, played = now[tab.view.deck.player], now[tab.view.deck.shown]
    roll, moved = told[tab.view.player]["roll"], again["roll"]
    assert moved["pitch"] == [pitch + 3 for pitch in roll["pitch"]]
    assert moved["duration"] == pytest.approx(roll["duration"] / 2, rel=0.01)
    assert moved["tracks"] == ["Violin"]
    assert len(takes(tab)) == 1
    assert played.midi.exists()


def test_the_list_is_shown_without_reading_music_again(
    tab: GenerateTab, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes = composed(tab)[tab.view.list]["takes"][0]["notes"]
    visit = tab.studio.visit(ANNA)
    monkeypatch.setattr(visit, "score", None)
    assert takes_value(visit, "")["takes"][0]["notes"] == notes


def test_a_take_of_an_earlier_version_has_a_picture_too(tab: GenerateTab) -> None:
    notes = composed(tab)[tab.view.list]["takes"][0]["notes"]
    visit = tab.studio.visit(ANNA)
    (facts,) = tab.studio.workspace.takes.rglob("take.json")
    old = json.loads(facts.read_text(encoding="utf-8"))
    del old["picture"]
    facts.write_text(json.dumps(old), encoding="utf-8")
    assert takes_value(visit, "")["takes"][0]["notes"] == notes


def test_each_part_has_a_volume_of_its_own_and_a_new_take_begins_in_full(tab: GenerateTab) -> None:
    sound = tab.view.sound
    volumes = sound.choose_volume(1, 40.0, {0: 80})
    assert volumes == {0: 80, 1: 40}
    assert sound.choose_volume(AS_COMPOSED, 10, volumes) == volumes
    _, shown = sound.show_part(1, {}, volumes)
    assert (shown["value"], shown["interactive"]) == (40, True)
    _, shown = sound.show_part(AS_COMPOSED, {}, volumes)
    assert (shown["value"], shown["interactive"]) == (100, False)
    assert sound.arrangement(volumes=volumes).volumes == volumes
    fresh = sound.fresh(["Piano", "Bass"], {})
    assert (fresh[sound.volumes], fresh[sound.volume]["visible"]) == ({}, True)
    assert sound.fresh(["Piano"], {})[sound.volume]["visible"] is False


def test_a_take_becomes_sheet_music_once_it_is_wanted(tab: GenerateTab) -> None:
    told = composed(tab)
    assert told[tab.view.player]["sheet"] is None
    deck = tab.view.deck
    shown = deck.write_sheet(told[deck.shown])[deck.player]
    assert "<svg" in shown["sheet"]["pages"][0]
    assert shown["key"] == told[tab.view.player]["key"]
    labels = [each["label"] for each in shown["downloads"]]
    assert labels == ["MIDI", "WAV", "MP3", "MusicXML", "Score (SVG)", "Recipe (JSON)"]
    assert deck.write_sheet(None) == gr.skip()


@pytest.mark.parametrize(
    ("event", "kept"), [({"bar": 3}, 3), ({"bar": 0}, 1), ({"bar": None}, None), ("x", None)]
)
def test_the_flag_on_the_roll_sets_the_bars_to_keep(
    tab: GenerateTab, event: Any, kept: int | None
) -> None:
    said = tab.view.keep_bars(gr.EventData(None, event))
    assert said == (gr.skip() if kept is None else kept)


@pytest.mark.parametrize(
    "change",
    [
        {"model": "nobody"},
        {"model": None},
        {"visitor": "../../etc"},
        {"visitor": ""},
        {"temperature": float("nan")},
        {"seed": "abc"},
        {"tempo_bpm": "fast"},
        {"time_signature": "17/16"},
        {"scale": "loud"},
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


def test_stop_ends_only_the_piece_of_the_visitor_who_asked(tab: GenerateTab) -> None:
    stops = tab.composing.stops
    with stops.listening("anna") as anna, stops.listening("johann") as johann:
        tab.composing.ask_to_stop(request("anna"))
        assert anna()
        assert not johann()
    tab.composing.ask_to_stop(request("nobody"))


def test_who_stops_while_waiting_for_a_turn_gets_no_piece(tab: GenerateTab) -> None:
    tab.composing.begin(request(ANNA))
    tab.composing.ask_to_stop(request(ANNA))
    assert compose(tab) == []
    assert takes(tab) == []
    assert len(compose(tab)) > 0


def test_a_stopped_piece_is_kept_and_says_so(tab: GenerateTab) -> None:
    asked = {"length_unit": texts.TOKENS, "gen_length": 20_000}
    values = {"model": "tiny", "n_takes": "4", **before(), **BEGINNING, **ASKED, **asked}
    told = tab.composing.compose(request(ANNA), **values)
    next(told)
    tab.composing.ask_to_stop(request(ANNA))
    *_, last = told
    assert texts.STOPPED_EARLY in last[tab.view.player]["details"]
    assert len(takes(tab)) == 1, "what was to come after it is not composed"
    assert takes(tab)[0].n_notes > 0


def test_takes_are_there_again_after_a_reload(tab: GenerateTab) -> None:
    compose(tab, n_takes="2")
    values = before()
    told = tab.arrive(request(), **values)
    assert told[tab.view.visitor] == ANNA
    assert told[tab.view.shown] == "take-002"
    assert len(told[tab.view.list]["takes"]) == 2


@pytest.mark.parametrize("visitor", ["", None, "../..", {"a": 1}])
def test_a_stranger_gets_a_name_of_their_own(tab: GenerateTab, visitor: Any) -> None:
    values = {**before(), "visitor": visitor}
    first, second = (tab.arrive(request(), **values) for _ in range(2))
    names = [first[tab.view.visitor], second[tab.view.visitor]]
    assert names[0] != names[1]
    assert visitor not in names
    assert tab.view.shown not in first


def test_a_link_fills_the_request_in(tab: GenerateTab) -> None:
    link = composed(tab, key="Eb", scale="minor", temperature=1.2)[tab.view.link]
    query = dict(pair.split("=") for pair in link.removeprefix("?").split("&"))
    assert query["model"] == "tiny"
    told = tab.arrive(request(**query), **before(new_visitor()))
    knobs = tab.panel.knobs
    assert told[knobs["key"]]["value"] == "Eb"
    assert told[knobs["scale"]]["value"] == "minor"
    assert told[knobs["temperature"]]["value"] == 1.2
    assert told[knobs["seed"]] == "7"
    assert told[tab.panel.is_random] is False
    news = tab.look(None, None, request(model="tiny"))
    assert news[tab.model].value == "tiny"


def test_a_link_with_nonsense_is_refused_in_words(tab: GenerateTab) -> None:
    with pytest.raises(gr.Error, match="temperature"):
        tab.arrive(request(temperature="9e9"), **before())
    told = tab.arrive(request(utm_source="x"), **before())
    assert tab.panel.is_random not in told


def test_only_a_seed_that_somebody_wrote_ends_the_drawing_of_seeds(tab: GenerateTab) -> None:
    assert tab.panel.respect_seed("42", used="7") is False
    assert tab.panel.respect_seed("7", used="7") == gr.skip()
    assert tab.panel.respect_seed("", used="7") == gr.skip()


def test_the_dice_draw_a_seed_that_stays(tab: GenerateTab) -> None:
    (first, is_random), (second, _) = tab.panel.draw_seed(), tab.panel.draw_seed()
    assert first != second
    assert is_random is False


USUAL = sampling_of(GenerationRequest())


def fitted(tab: GenerateTab, model: str | None, style: str, metre: str) -> dict[Any, Any]:
    return tab.panel.fit_model(model, USUAL, style, metre, *USUAL.values())


def test_a_model_is_sampled_as_it_is_meant_but_for_what_the_visitor_has_set(
    tab: GenerateTab,
) -> None:
    own = tab.studio.workspace.run_folder("tiny") / "config.yaml"
    text = own.read_text(encoding="utf-8")
    own.write_text(
        text.replace("temperature: 1.0", "temperature: 1.25").replace("top_p: 0.97", "top_p: 0.9"),
        encoding="utf-8",
    )
    knobs, set_by_hand = tab.panel.knobs, {**USUAL, "top_p": 0.5}
    news = tab.panel.fit_model("tiny", USUAL, "", "", *set_by_hand.values())
    assert news[knobs["temperature"]]["value"] == 1.25
    assert "value" not in news[knobs["top_p"]]
    assert (news[tab.panel.usual]["temperature"], news[tab.panel.usual]["top_p"]) == (1.25, 0.9)
    shown = {**set_by_hand, "temperature": 1.25}
    back = tab.panel.fit_model(None, news[tab.panel.usual], "", "", *shown.values())
    assert back[knobs["temperature"]]["value"] == 1.0
    assert "value" not in back[knobs["top_p"]]


def test_presets_set_the_sliders(tab: GenerateTab) -> None:
    balanced, safe, wild = (
        tab.panel.apply_preset(each, USUAL) for each in (texts.BALANCED, texts.SAFE, texts.WILD)
    )
    assert balanced == list(USUAL.values())
    temperature = SAMPLING.index("temperature")
    assert safe[temperature] < balanced[temperature] < wild[temperature]


def test_only_metres_that_the_model_can_write_are_offered(tab: GenerateTab) -> None:
    offered = fitted(tab, "tiny", "", "3/4")[tab.panel.knobs["time_signature"]]
    choices = [value for _, value in offered["choices"]]
    assert choices[0] == ""
    assert {"3/4", "6/8"} <= set(choices)
    assert offered["value"] == "3/4"
    unknown = fitted(tab, "tiny", "", "13/4")[tab.panel.knobs["time_signature"]]
    assert unknown["value"] == ""


def test_a_model_that_has_gone_while_the_page_showed_it_offers_nothing(tab: GenerateTab) -> None:
    offered = fitted(tab, "gone", "", "3/4")[tab.panel.knobs["time_signature"]]
    assert [value for _, value in offered["choices"]] == [""]


def test_styles_are_offered_where_the_model_has_learned_some_apart(
    tab: GenerateTab, monkeypatch: pytest.MonkeyPatch
) -> None:
    style = tab.panel.knobs["style"]
    monkeypatch.setattr(tab.studio, "styles", lambda model: ("Bach", "Satie"))
    offered = fitted(tab, "tiny", "Satie", "")[style]
    assert [value for _, value in offered["choices"]] == ["", "Bach", "Satie"]
    assert (offered["value"], offered["visible"]) == ("Satie", True)
    assert fitted(tab, "tiny", "Ravel", "")[style]["value"] == ""
    monkeypatch.setattr(tab.studio, "styles", lambda model: ())
    assert fitted(tab, "tiny", "", "")[style]["visible"] is False


def test_recall_is_offered_where_the_model_has_a_cache(
    tab: GenerateTab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether training has fitted one depends on its data."""
    for can_recall in (True, False):
        monkeypatch.setattr(tab.studio, "can_recall", lambda model, can=can_recall: can)
        offered = fitted(tab, "tiny", "", "")[tab.panel.knobs["recall"]]
        assert offered["interactive"] is can_recall
        assert (offered["info"] == texts.NO_RECALL) is not can_recall
    assert fitted(tab, None, "", "")[tab.panel.knobs["recall"]]["interactive"] is True


def test_without_a_model_the_page_says_where_to_get_one(studio: Studio) -> None:
    with gr.Blocks():
        tab = GenerateTab(studio)
    news = tab.look(None, None, request())
    assert news[tab.nothing_yet].visible
    assert not news[tab.button].interactive


def test_models_are_offered_once_and_then_only_news_is_sent(tab: GenerateTab) -> None:
    news = tab.look(None, None, request())
    assert news[tab.model].value == "tiny"
    assert tab.look(news[tab.seen], "tiny", request()) == gr.skip()
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


def test_a_soundfont_that_was_sent_is_chosen(tab: GenerateTab, tmp_path: Path) -> None:
    sine = write_soundfont(tmp_path / "sine.sf2")
    offered = tab.view.sound.add_soundfont(str(sine))
    assert offered["value"] == "sine.sf2"
    assert ("sine.sf2", "sine.sf2") in offered["choices"]
    with pytest.raises(gr.Error, match=r"There is a soundfont sine\.sf2 already"):
        tab.view.sound.add_soundfont(str(sine))
