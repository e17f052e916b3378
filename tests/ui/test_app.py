from __future__ import annotations

import socket
import subprocess
import sys
import warnings
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from gradio.utils import get_function_description

from midigen.config import AppConfig
from midigen.studio import Studio
from midigen.ui import app
from midigen.ui.api import Endpoints
from midigen.ui.app import address, build_app, free_port
from midigen.ui.assets import asset_text
from midigen.ui.theme import studio_theme


def test_only_what_is_meant_for_programs_is_a_public_endpoint(studio: Studio) -> None:
    page = build_app(studio)
    public = {each.api_name for each in page.fns.values() if each.api_visibility != "private"}
    assert public == {"generate", "models", "analyse"}


def test_the_tabs_stand_in_their_order(studio: Studio) -> None:
    labels = [each.label for each in build_app(studio).blocks.values() if hasattr(each, "label")]
    tabs = [each for each in labels if each in ("Generate", "Train", "Data")]
    assert tabs == ["Generate", "Train", "Data"]


def test_nothing_is_told_to_others(studio: Studio) -> None:
    assert build_app(studio).analytics_enabled is False


def test_two_pages_do_not_share_anything(studio: Studio) -> None:
    first, second = build_app(studio), build_app(studio)
    assert not set(first.blocks.values()) & set(second.blocks.values())


def test_building_the_page_writes_nothing(studio: Studio) -> None:
    build_app(studio)
    assert not studio.workspace.root.exists()


@pytest.mark.parametrize("name", ["player.html", "player.css", "player.js", "studio.css"])
def test_assets_load_nothing_from_elsewhere(name: str) -> None:
    content = asset_text(name).replace("http://www.w3.org/2000/svg", "")
    assert "http" not in content
    assert "//fonts" not in content
    assert "innerHTML" not in content


def test_the_fonts_hold_the_whole_alphabet() -> None:
    """Some fonts in gradio's wheel are subsets without capitals; those weigh under 30 kB."""
    import gradio

    folder = Path(gradio.__file__).parent / "templates" / "frontend" / "static" / "fonts"
    css = "".join(studio_theme()._font_css)
    used = [part.split("')")[0] for part in css.split("static/fonts/")[1:]]
    assert used
    for name in used:
        assert (folder / name).stat().st_size > 30_000, name


@pytest.mark.parametrize("is_there", [False, True])
def test_tools_are_offered_where_the_package_is_there(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, is_there: bool
) -> None:
    asked: dict[str, Any] = {}
    monkeypatch.setattr(app, "find_spec", lambda name: name if is_there else None)
    monkeypatch.setattr(gr.Blocks, "launch", lambda page, **options: asked.update(options))
    app.launch(studio)
    assert asked["mcp_server"] is is_there


@pytest.mark.skipif(find_spec("mcp") is not None, reason="the package mcp is there")
def test_without_the_package_the_page_is_served_as_ever(
    studio: Studio, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)
            app.launch(studio, prevent_thread_lock=True, inbrowser=False)
    finally:
        gr.close_all()
    said = capsys.readouterr()
    assert "MCP" not in said.out + said.err


def test_what_tools_read_is_said_of_every_parameter() -> None:
    """An MCP client sees the docstrings and nothing else."""
    for endpoint in (Endpoints.generate, Endpoints.models, Endpoints.analyse):
        said, parameters, _ = get_function_description(endpoint)
        parameters.pop("self")
        assert len(said) > 60
        assert all(parameters.values()), parameters


def test_a_busy_port_gives_the_next_one() -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        assert port < free_port("127.0.0.1", port) < port + 20


def test_a_hosting_service_may_say_where_to_listen(monkeypatch: pytest.MonkeyPatch) -> None:
    assert address(AppConfig()) == "127.0.0.1"
    monkeypatch.setenv("GRADIO_SERVER_NAME", "0.0.0.0")
    assert address(AppConfig()) == "0.0.0.0"
    assert address(AppConfig(host="192.168.0.7")) == "192.168.0.7"


def test_the_page_is_laid_out_without_torch() -> None:
    """It takes longer to load than all of the page; the first model brings it, beside the page."""
    code = "import sys, midigen.ui.app; print(sorted({'torch', 'miditok'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
