"""Going on from a model: its alphabet, shape and weights; one's own data and settings."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from midigen.bundle import Bundle
from midigen.config import Config, ModelConfig, TokenizerConfig
from midigen.errors import UserError

# What only acts while training, and so may differ from the model that one goes on from.
REGULARISATION = ("dropout", "variational_dropout", "embedding_dropout", "drop_connect")


def built_on(config: Config, base: Bundle) -> Config:
    """The configuration of a training that goes on from `base`.

    Args:
        config: what is wanted.
        base: gives the tokenizer, the shape of the network and how keys are handled.

    Raises:
        UserError: the configuration asks for another alphabet or shape than the model has.
    """
    _refuse_conflicts("tokenizer", config.tokenizer, base.tokenizer.config, base.name)
    _refuse_conflicts("model", config.model, base.model, base.name)
    regularisation = {name: getattr(config.model, name) for name in REGULARISATION}
    return replace(
        config,
        tokenizer=base.tokenizer.config,
        model=replace(base.model, **regularisation),
        preprocessing=replace(config.preprocessing, key_handling=base.preprocessing.key_handling),
    )


def origin(base: Bundle) -> dict[str, Any]:
    """What the card of the new model says of the old one: what is derived keeps its licence."""
    told = ("data_source", "data_licence", "attribution", "dataset", "base")
    return {"name": base.name, **{key: base.card[key] for key in told if key in base.card}}


def _refuse_conflicts(
    section: str,
    ours: TokenizerConfig | ModelConfig,
    theirs: TokenizerConfig | ModelConfig,
    base: str,
) -> None:
    """A knob that was set on purpose must not be passed over in silence."""
    default = type(ours)()
    for each in fields(ours):
        value, given = getattr(ours, each.name), getattr(theirs, each.name)
        if each.name not in REGULARISATION and value not in (given, getattr(default, each.name)):
            raise UserError(
                f"{section}.{each.name} is {value}, but '{base}' was trained with {given}.",
                f"Leave {section}.{each.name} out, or train from scratch.",
            )
