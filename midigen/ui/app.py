"""The page as a whole: its tabs, and what they tell each other."""

from __future__ import annotations

import os
import socket
import tempfile
import threading
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import gradio as gr
from starlette.middleware import Middleware

from midigen.config import AppConfig
from midigen.errors import UserError
from midigen.studio import Studio
from midigen.ui import markup, texts, zero_gpu
from midigen.ui.api import Endpoints
from midigen.ui.assets import asset, asset_text
from midigen.ui.caretaker import Caretaker
from midigen.ui.data_tab import DataTab
from midigen.ui.evaluate_tab import EvaluateTab
from midigen.ui.events import QUIET
from midigen.ui.generate_tab import GenerateTab
from midigen.ui.limits import Limits
from midigen.ui.public_door import PublicDoor
from midigen.ui.spoken_page import SpeaksToBrowser, SpokenPage
from midigen.ui.theme import studio_theme
from midigen.ui.train_tab import TrainTab
from midigen.untrusted import MB

SECONDS_BETWEEN_LOOKS = 1.5
PORTS_TO_TRY = 20
LOOPBACK = AppConfig().host
CACHE = "GRADIO_TEMP_DIR"  # the variable that says where gradio keeps files
HOUR_S, DAY_S = 3600, 24 * 3600
MINUTE_S = 60


def build_app(studio: Studio) -> gr.Blocks:
    """Lay out the page and connect its tabs."""
    app = studio.config.app
    page: gr.Blocks = _public_page(studio) if app.public else _own_page(studio)
    # Without `api_open=False` a direct call would pass the queue by.
    page.queue(max_size=app.queue_size, api_open=False)
    return page


def _own_page(studio: Studio) -> gr.Blocks:
    """All that there is."""
    page: gr.Blocks
    with SpokenPage(
        title=texts.TITLE, analytics_enabled=False, delete_cache=(HOUR_S, DAY_S)
    ) as page:
        gr.HTML(markup.masthead(texts.TITLE, texts.TAGLINE))
        with gr.Tabs() as tabs:
            with gr.Tab(texts.GENERATE, id="generate"):
                generate = GenerateTab(studio)
            with gr.Tab(texts.TRAIN, id="train"):
                train = TrainTab(studio)
            with gr.Tab(texts.EVALUATE, id="evaluate"):
                evaluate = EvaluateTab(studio)
            with gr.Tab(texts.DATA, id="data"):
                data = DataTab(studio)
        Endpoints(studio).register()
        timer = gr.Timer(SECONDS_BETWEEN_LOOKS)
        for tab in (generate, train, evaluate, data):
            tab.watch(page, timer)
        _connect(tabs, generate, train, data)
    return page


def _public_page(studio: Studio) -> gr.Blocks:
    """For strangers: what they may not use has no handlers at all, since buttons can be hidden but
    handlers behind them are still called by their number."""
    limits, kept_s = Limits(studio.config.app), studio.config.app.public_kept_hours * HOUR_S
    page: gr.Blocks
    with SpokenPage(
        title=texts.TITLE, analytics_enabled=False, delete_cache=(MINUTE_S, int(kept_s))
    ) as page:
        gr.HTML(markup.masthead(texts.TITLE, texts.TAGLINE))
        with gr.Tabs():
            with gr.Tab(texts.GENERATE, id="generate"):
                generate = GenerateTab(studio, limits)
            for name, why in texts.OFF_IN_PUBLIC.items():
                with gr.Tab(name, id=name.lower()):
                    gr.HTML(markup.paragraph(why))
        Endpoints(studio, limits).register()
        generate.watch(page, timer=None)
    return page


def launch(studio: Studio, **options: Any) -> None:
    """Serve the page until somebody ends it.

    Args:
        studio: what the page works with.
        **options: take precedence over what is passed to `gr.Blocks.launch`.
    """
    app = studio.config.app
    host = address(app)
    if app.public:
        os.environ.setdefault(CACHE, str(Path(tempfile.gettempdir()) / "midigen-visitors"))
        Caretaker(studio).start()
    settings = {
        "server_name": host,
        "server_port": free_port(host, app.port),
        "inbrowser": app.open_browser,
        "max_file_size": int(_most_mb(app) * MB),
        "theme": studio_theme(),
        "css": asset_text("studio.css"),
        "head": f"<script>{asset_text('storage.js')}</script>",  # before any of its parts
        "favicon_path": asset("icon.svg"),
        "footer_links": ["gradio", "settings"],
        "run_history": False,
        "enable_monitoring": False,
        "share": False,
        "show_error": False,
        # The public endpoints as tools; to a tool's server all visitors have one address.
        "mcp_server": find_spec("mcp") is not None and not app.public,
        "app_kwargs": {"middleware": [*_door(app), Middleware(SpeaksToBrowser)]},
    }
    zero_gpu.announce()
    page: Any = build_app(studio)
    returns = options.get("prevent_thread_lock", False)
    page.launch(**{**settings, **options, "prevent_thread_lock": True})
    # Once the page is up, which this would delay; who looks at it does not wait for a model then.
    threading.Thread(target=studio.warm_up, name="warm-up", daemon=True).start()
    if not returns:
        page.block_thread()


def _most_mb(app: AppConfig) -> float:
    return min(app.max_upload_mb, app.public_max_prompt_mb) if app.public else app.max_upload_mb


def _door(app: AppConfig) -> list[Middleware]:
    return [Middleware(PublicDoor, config=app)] if app.public else []


def address(app: AppConfig) -> str:
    """Where to listen; a hosting service says so in a variable, which our own setting precedes."""
    return os.environ.get("GRADIO_SERVER_NAME", app.host) if app.host == LOOPBACK else app.host


def free_port(host: str, port: int) -> int:
    """The port, or the next one that nobody listens on."""
    for candidate in range(port, min(port + PORTS_TO_TRY, 65536)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, candidate))
            except OSError:
                continue
            return candidate
    raise UserError(f"Port {port} and the next {PORTS_TO_TRY} are busy.", "Choose one with --port.")


def _connect(tabs: gr.Tabs, generate: GenerateTab, train: TrainTab, data: DataTab) -> None:
    """What one tab does to another: it opens it, with what was chosen here chosen there."""

    def open_tab(tab: str) -> Callable[[], gr.Tabs]:
        return lambda: gr.Tabs(selected=tab)

    generate.to_data.click(open_tab("data"), outputs=tabs, **QUIET)
    generate.to_train.click(open_tab("train"), outputs=tabs, **QUIET)
    form = train.form
    advise: dict[str, Any] = {  # also where the set is the chosen one already
        "fn": form.advise, "inputs": [form.dataset, form.base], "outputs": form.advice, **QUIET
    }  # fmt: skip
    data.to_train.click(
        lambda name: (open_tab("train")(), name), data.chosen, [tabs, train.dataset], **QUIET
    ).then(**advise)
    data.to_finetune.click(
        lambda name: (open_tab("train")(), name, train.teacher()),
        data.chosen,
        [tabs, train.dataset, train.base],
        **QUIET,
    )
    train.to_generate.click(
        lambda name: (open_tab("generate")(), name), train.run, [tabs, generate.model], **QUIET
    )
