"""The list of a visitor's takes: a card each, with a small picture of its notes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from midigen.errors import UserError
from midigen.takes import Take, Visit, picture
from midigen.ui import sentences, texts
from midigen.ui.assets import asset_text

ACTIONS = ("show", "compare", "star", "rename", "delete", "zip")


@dataclass(frozen=True)
class Pressed:
    """What a visitor did with the list.

    Attributes:
        action: one of `ACTIONS`.
        take: the id of a take, or nothing.
        value: the new name, or whether it is a favourite.
    """

    action: str
    take: str
    value: Any


def takes_list(is_public: bool = False, **options: Any) -> gr.HTML:
    """The component; its event `select` brings what `pressed` reads.

    Args:
        is_public: whether takes are kept for some hours only.
        **options: passed on to `gr.HTML`.
    """
    words = {**texts.TAKES, "none": texts.KEPT_FOR_HOURS} if is_public else texts.TAKES
    return gr.HTML(
        value=None,
        html_template=asset_text("takes.html"),
        css_template=asset_text("takes.css"),
        js_on_load=asset_text("takes.js"),
        apply_default_css=False,
        texts=words,
        **options,
    )


def takes_value(visit: Visit, shown: str, compared: str = "") -> dict[str, Any]:
    """What the list shows.

    Args:
        visit: whose takes.
        shown: the id of the take in the player.
        compared: the id of the one beside it.
    """
    return {
        "takes": [_card(take, visit) for take in visit.takes()],
        "shown": shown,
        "compared": compared,
    }


def pressed(event: gr.EventData) -> Pressed:
    """What a visitor did; a page may send anything.

    Raises:
        UserError: it is nothing that the list offers.
    """
    data = event._data if isinstance(event._data, dict) else {}
    action, take, value = (data.get(name) for name in ("action", "take", "value"))
    if action not in ACTIONS or not isinstance(take, str | None):
        raise UserError("That cannot be done with a take.", "Reload the page.")
    return Pressed(action, take or "", value)


def _card(take: Take, visit: Visit) -> dict[str, Any]:
    return {
        "id": take.id,
        "name": sentences.take_name(take),
        "facts": sentences.take_facts(take),
        "is_starred": take.is_starred,
        "notes": take.picture or picture(visit.score(take)),
    }
