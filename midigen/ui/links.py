"""Links that open the page with a request filled in: `?model=…&seed=7&bars=16`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from midigen.config import GenerationRequest
from midigen.knobs import knobs_of

_MODEL = "model"


def link(model: str, request: GenerationRequest, usual: GenerationRequest) -> str:
    """The query of a link; what is as usual is left out.

    Args:
        model: its name.
        request: with its seed.
        usual: what the page shows where nothing is said.
    """
    values = {
        each.name: getattr(request, each.name)
        for each in knobs_of(GenerationRequest)
        if getattr(request, each.name) not in (None, getattr(usual, each.name))
    }
    return "?" + urlencode({_MODEL: model, **values})


def asked(query: Mapping[str, str]) -> dict[str, Any]:
    """The knobs that a link names, as texts; other words are not ours."""
    known = {each.name for each in knobs_of(GenerationRequest)}
    return {name: value for name, value in query.items() if name in known}


def model(query: Mapping[str, str]) -> str | None:
    """The model that a link names."""
    return query.get(_MODEL)
