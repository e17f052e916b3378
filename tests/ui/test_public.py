"""A public page, served: strangers can call what composes and analyses, by no way anything else."""

from __future__ import annotations

import socket
import sys
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr
import httpx
import pytest
import torch
from gradio.context import LocalContext
from gradio_client import Client, handle_file

from midigen.config import AppConfig, GenerationRequest
from midigen.errors import UserError
from midigen.studio import Studio
from midigen.ui import app, sentences, texts
from midigen.ui.app import build_app, launch
from midigen.ui.generate_tab import GenerateTab
from midigen.ui.limits import Limits, check_sound
from midigen.workspace import Workspace
from tests.conftest import make_score, small_config
from tests.ui.test_generate_tab import compose, composed, takes

PUBLIC = AppConfig(
    public=True,
    open_browser=False,
    public_max_bars=8,
    public_max_tokens=200,
    public_max_takes=2,
    public_max_sound_s=60,
    public_max_prompt_mb=0.05,
    public_takes_per_hour=40,
)
# All that a stranger can call, each of it read for what it does with values of any kind.
OPEN = {
    "AnalysisPanel.of_file",
    "Beginnings.show",
    "Composing.ask_to_stop",
    "Composing.begin",
    "Composing.compose",
    "Composing.continue_take",
    "Composing.end",
    "Composing.redo_rest",
    "Deck.make_file",
    "Deck.write_sheet",
    "Endpoints.analyse",
    "Endpoints.generate",
    "Endpoints.models",
    "Examples.wire.<locals>.<lambda>",  # plays an example
    "GenerateTab.arrive",
    "GenerateTab.describe",
    "GenerateTab.look",
    "RequestPanel.apply_preset",
    "RequestPanel.draw_seed",
    "RequestPanel.fit_model",
    "RequestPanel.respect_seed",
    "RequestPanel.show_length",
    "SoundPanel.choose_volume",
    "SoundPanel.show_part",
    "TakeView.choose_instrument",
    "TakeView.keep_bars",
    "TakeView.look_closer",
    "TakeView.mute",
    "TakeView.play_again",
    "TakeView.undo_growing",
    "TakeView.use_take",
}


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    """A studio with the model `tiny`, trained once for all that is tried on it."""
    root, config = tmp_path_factory.mktemp("public"), replace(small_config(), app=PUBLIC)
    for i in range(6):
        (root / "music").mkdir(exist_ok=True)
        make_score(seed=i).dump_midi(root / "music" / f"piece-{i}.mid")
    studio = Studio(config, Workspace(root / "workspace"))
    studio.import_dataset(str(root / "music"), "my-midi")
    for _ in studio.train("tiny", "my-midi"):
        pass
    return studio


@pytest.fixture
def home(public: Studio, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of the running page."""
    monkeypatch.setattr(Studio, "warm_up", lambda studio: None)
    monkeypatch.setattr(app, "Caretaker", lambda studio: gr)  # no thread that outlives the test
    monkeypatch.setattr(gr, "start", lambda: None, raising=False)
    pages: list[gr.Blocks] = []
    laid_out = build_app

    def kept(studio: Studio) -> gr.Blocks:
        pages.append(laid_out(studio))
        return pages[-1]

    monkeypatch.setattr(app, "build_app", kept)
    launch(public, prevent_thread_lock=True, quiet=True, server_port=unused_port())
    try:
        yield str(pages[0].local_url).rstrip("/")
    finally:
        pages[0].close()


def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def names(page: gr.Blocks) -> set[str]:
    return {each.fn.__qualname__ for each in page.fns.values() if each.fn is not None}


def visiting(home: str) -> httpx.Client:
    """A line of its own for every request: gradio hangs up where a number is unknown."""
    return httpx.Client(base_url=home, timeout=30, headers={"Connection": "close"})


def refusal(answer: httpx.Response) -> str:
    assert answer.status_code in (404, 422, 500), answer.text
    return answer.text


def test_only_what_composes_and_analyses_is_registered(public: Studio) -> None:
    """Also by its number a handler is called only if it is registered."""
    assert names(build_app(public)) == OPEN
    own = replace(public.config, app=replace(PUBLIC, public=False))
    assert len(names(build_app(Studio(own, public.workspace)))) > 2 * len(OPEN)


def test_by_no_number_and_by_no_name_anything_else_is_called(home: str, public: Studio) -> None:
    """Every number that the whole page has is tried against the public one, by every way in."""
    before = sorted(public.workspace.root.rglob("*"))
    with visiting(home) as visitor:
        told = visitor.get("/config").json()
        numbers = {each["id"] for each in told["dependencies"]}
        whole = Studio(replace(public.config, app=AppConfig()), public.workspace)
        others = set(range(-2, max(build_app(whole).fns) + 50)) - numbers
        assert len(others) > 60
        for number in sorted(others):
            call = {"fn_index": number, "data": [], "session_hash": uuid.uuid4().hex}
            refusal(visitor.post("/gradio_api/queue/join", json=call))
            refusal(visitor.post("/gradio_api/run/predict", json=call))
        hidden = ["train", "import_upload", "start", "delete_set", "add_soundfont", "unpack"]
        for name in [*hidden, "predict", "../generate", "%2e%2e"]:
            refusal(visitor.post(f"/gradio_api/run/{name}", json={"data": []}))
            refusal(visitor.post(f"/gradio_api/call/{name}", json={"data": []}))
            refusal(visitor.post(f"/gradio_api/call/v2/{name}", json={}))
        for path in ("monitoring", "gradio_api/runs", "gradio_api/deep_link", "gradio_api/mcp/"):
            assert visitor.get(f"/{path}").status_code == 404
    assert sorted(public.workspace.root.rglob("*")) == before


def test_composing_does_not_pass_the_queue_by(home: str) -> None:
    with visiting(home) as visitor:
        answer = visitor.post("/gradio_api/run/generate", json={"data": ["tiny"] + [None] * 10})
        assert "join the queue" in refusal(answer)


def test_a_client_meets_three_endpoints(home: str, cache: Path, tmp_path: Path) -> None:
    client = Client(home, verbose=False, download_files=str(tmp_path / "got"))
    told: Any = client.view_api(return_format="dict", print_info=False)
    assert set(told["named_endpoints"]) == {"/generate", "/models", "/analyse"}
    assert not told["unnamed_endpoints"]
    assert client.predict(api_name="/models")[0]["name"] == "tiny"
    midi = tmp_path / "mine.mid"
    make_score().dump_midi(midi)
    assert client.predict(handle_file(midi), api_name="/analyse")["key"] == "C major"
    made = client.predict("tiny", gen_length=60, seed=7, api_name="/generate")
    assert [Path(each).suffix for each in made] == [".mid", ".wav", ".mp3", ".json"]
    with pytest.raises(Exception, match="more than this public page composes"):
        client.predict("tiny", bars=9, api_name="/generate")
    with pytest.raises(Exception, match="larger than this public page reads"):
        client.predict(f"data:audio/midi;base64,{'A' * 80_000}", api_name="/analyse")
    for name in ("/train", "/import_upload", "/delete_set"):
        with pytest.raises(ValueError, match="Cannot find a function"):
            client.predict(api_name=name)


def test_nothing_of_the_machine_is_told(home: str, public: Studio) -> None:
    secrets = {
        str(public.workspace.root), str(Path.home()), sys.prefix, torch.__version__,
        sys.version.split()[0], str(Path(app.__file__).parent),
    }  # fmt: skip
    client = Client(home, verbose=False)
    said = [_error(client, "/no/such/model"), _error(client, "tiny", seed=-1)]
    with visiting(home) as visitor:
        for path in ("/", "/config", "/gradio_api/info", "/gradio_api/startup-events", "/x"):
            said.append(visitor.get(path).text)
        for body in ({}, {"fn_index": 10**9}, {"fn_index": 0, "data": {"a": 1}}, []):
            said.append(visitor.post("/gradio_api/queue/join", json=body).text)
            said.append(visitor.post("/gradio_api/run/predict", json=body).text)
    for text in said:
        assert not [secret for secret in secrets if secret in text], text[:2000]


def _error(client: Client, *args: Any, **kwargs: Any) -> str:
    with pytest.raises(Exception) as raised:  # noqa: PT011 - whatever it is, it is read
        client.predict(*args, **kwargs, api_name="/generate")
    return str(raised.value)


def test_tabs_of_what_is_off_say_why(public: Studio) -> None:
    shown = [str(getattr(each, "value", "")) for each in build_app(public).blocks.values()]
    for name, why in texts.OFF_IN_PUBLIC.items():
        assert any(why in each for each in shown), name


def test_nothing_is_recorded_or_told_to_others(
    public: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, Any] = {}
    monkeypatch.setattr(gr.Blocks, "launch", lambda page, **options: asked.update(options))
    monkeypatch.setattr(app, "Caretaker", lambda studio: gr)
    monkeypatch.setattr(gr, "start", lambda: None, raising=False)
    monkeypatch.setattr(Studio, "warm_up", lambda studio: None)
    launch(public)
    off = ("run_history", "enable_monitoring", "share", "show_error", "mcp_server")
    assert not any(asked[each] for each in off)
    assert asked["max_file_size"] == 50_000
    page = build_app(public)
    assert page.analytics_enabled is False
    assert page._queue.max_size == PUBLIC.queue_size
    assert page.delete_cache == (60, 6 * 3600)


def test_no_version_of_a_program_is_told() -> None:
    assert (
        sentences.of_sound("FluidSynth 2.3.1", "a.sf2", True) == "Played by FluidSynth with a.sf2."
    )
    assert "2.3.1" in sentences.of_sound("FluidSynth 2.3.1", "a.sf2")


# Limits, past all controls


@pytest.fixture
def tab(public: Studio) -> GenerateTab:
    with gr.Blocks():
        return GenerateTab(public)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"bars": 9}, "more than this public page composes"),
        ({"bars": None, "length_unit": texts.TOKENS, "gen_length": 201}, "at most 200"),
        ({"n_takes": "3"}, "from 1 to 2"),
        ({"n_takes": "many"}, "from 1 to 2"),
        ({"n_takes": float("nan")}, "from 1 to 2"),
        ({"n_takes": True}, "from 1 to 2"),
        ({"n_takes": 10**30}, "from 1 to 2"),
        ({"temperature": float("nan")}, "temperature is nan"),
        ({"temperature": True}, "temperature is True"),
        ({"top_k": float("inf")}, "top_k is inf"),
        ({"seed": "9" * 400}, "seed is inf"),
        ({"style": "x" * 100_000}, "at most 10,000 characters"),
        ({"key": ["C"]}, "key is a list"),
        ({"model": "../../etc"}, "no model named"),
    ],
)
def test_what_controls_would_refuse_is_refused_again(
    tab: GenerateTab, values: dict[str, Any], said: str
) -> None:
    n_before = len(takes(tab))
    with pytest.raises(gr.Error, match=said):
        compose(tab, **values)
    assert len(takes(tab)) == n_before


def test_a_take_does_not_grow_beyond_the_limit(tab: GenerateTab) -> None:
    shown = composed(tab, bars=8)[tab.view.shown]
    values = {"model": "tiny", "bars": 4}
    with pytest.raises(gr.Error, match="more than this public page composes"):
        grow(tab, shown, **values)


def grow(tab: GenerateTab, shown: str, **values: Any) -> Any:
    from tests.ui.test_generate_tab import ANNA, ASKED, before, request

    asked = {**before(ANNA, shown), **ASKED, **values}
    return list(tab.composing.continue_take(request(ANNA), **asked))


@pytest.mark.parametrize("keep", [float("nan"), True, 10**30, "all", [1]])
def test_what_is_kept_is_a_number_of_bars(tab: GenerateTab, keep: Any) -> None:
    from tests.ui.test_generate_tab import ANNA, ASKED, before, request

    shown = composed(tab)[tab.view.shown]
    asked = {**before(ANNA, shown), **ASKED, "model": "tiny", "keep": keep}
    with pytest.raises(gr.Error, match="must be a whole number"):
        list(tab.composing.redo_rest(request(ANNA), **asked))


def test_a_large_file_is_not_read(tab: GenerateTab, tmp_path: Path) -> None:
    midi = tmp_path / "long.mid"
    midi.write_bytes(b"MThd" + bytes(60_000))
    with pytest.raises(gr.Error, match="larger than this public page reads"):
        compose(tab, source=texts.BEGINNINGS["file"], file=str(midi))
    with pytest.raises(gr.Error, match="larger than this public page reads"):
        tab.view.analysis.of_file(str(midi), "tiny")


def test_slow_music_is_not_played_for_ever(public: Studio) -> None:
    slow = make_score(n_bars=8)
    slow.tempos[0].qpm = 20
    with pytest.raises(UserError, match="more than this public page plays"):
        check_sound(PUBLIC, slow)
    check_sound(AppConfig(), slow)


def test_a_visitor_has_so_many_takes_in_an_hour() -> None:
    limits = Limits(replace(PUBLIC, public_takes_per_hour=3))
    limits.admit(GenerationRequest(bars=8), 2)
    with pytest.raises(UserError, match=r"Go on in \d+ min"):
        limits.admit(GenerationRequest(bars=8), 2)
    token = LocalContext.request.set(gr.Request(client=_Peer(), headers=_Headers()))
    try:
        limits.admit(GenerationRequest(bars=8), 2)  # another address
    finally:
        LocalContext.request.reset(token)


class _Peer:
    host = "1.2.3.4"


class _Headers:
    def getlist(self, name: str) -> list[str]:
        return []


def test_a_page_of_ones_own_has_no_such_limits() -> None:
    limits = Limits(AppConfig())
    for _ in range(100):
        limits.admit(GenerationRequest(bars=2000), 4)
    assert limits.most_takes == 4
    assert limits.most("bars", 128) == 128
