"""Names that a page may ask for: what it sends could be a path, which the studio takes too."""

from __future__ import annotations

from midigen.config import GenerationRequest
from midigen.corpus.datasets import Dataset
from midigen.errors import UserError
from midigen.studio import Studio


def known_dataset(studio: Studio, name: str | None) -> Dataset:
    """The data set of this name.

    Raises:
        UserError: there is none.
    """
    datasets = {each.name: each for each in studio.datasets()}
    if name not in datasets:
        raise UserError(f"There is no data set named '{name}'.", _there_are(list(datasets)))
    return datasets[name]


def usual_request(studio: Studio, model: str | None) -> GenerationRequest:
    """What is asked of a model where nobody says otherwise; it may be gone, or never chosen."""
    if model is None or not is_model(studio, model):
        return studio.config.generation
    return studio.usual_request(model)


def known_model(studio: Studio, name: str | None) -> str:
    """The name itself, if a model has it.

    Raises:
        UserError: there is none.
    """
    names = [each.name for each in studio.models()]
    if name not in names:
        raise UserError(f"There is no model named '{name}'.", _there_are(names))
    return name


def is_model(studio: Studio, name: str | None) -> bool:
    """Whether a model has this name; a page may still show one that has gone."""
    return name in [each.name for each in studio.models()]


def _there_are(names: list[str]) -> str:
    return f"There are: {', '.join(names)}." if names else "There is none yet."
