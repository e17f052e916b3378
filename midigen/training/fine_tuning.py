"""Going on from a model: its alphabet, shape and weights; one's own data and settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from midigen.bundle import Bundle
from midigen.config import Config, ModelConfig, TokenizerConfig
from midigen.engines import Weights
from midigen.errors import UserError
from midigen.music.tokenizer import ScoreTokenizer

# What only acts while training, and so may differ from the model that one goes on from.
REGULARISATION = ("dropout", "variational_dropout", "embedding_dropout", "drop_connect")
GROWING = ("styles", "use_endings")  # tokens are added, none is read differently
BY_TOKEN = ("embedding.", "head.")  # weights that have a row for each token


def built_on(config: Config, base: Bundle) -> Config:
    """The configuration of a training that goes on from `base`.

    Args:
        config: what is wanted.
        base: gives the tokenizer, the shape of the network and how keys are handled. Its alphabet
            may grow: by styles that the configuration names, and by the countdown to the end.

    Raises:
        UserError: the configuration asks for another alphabet or shape than the model has.
    """
    _refuse_conflicts("tokenizer", config.tokenizer, base.tokenizer.config, base.name)
    _refuse_conflicts("model", config.model, base.model, base.name)
    regularisation = {name: getattr(config.model, name) for name in REGULARISATION}
    return replace(
        config,
        tokenizer=_grown(config.tokenizer, base.tokenizer),
        model=replace(base.model, **regularisation),
        preprocessing=replace(config.preprocessing, key_handling=base.preprocessing.key_handling),
    )


def starting_weights(config: Config, base: Bundle) -> Weights:
    """The weights of `base`, with rows for what its alphabet has grown by.

    Tokens that both alphabets have keep what was learned of them. A bar in a new style begins as
    any other bar. All else that is new begins at random, as far from the others as they are from
    each other: rows that begin near zero are overheard for thousands of steps. It begins unlikely.

    Args:
        config: from `built_on`.
        base: the model that it was built on.
    """
    old, new = base.tokenizer.vocabulary, ScoreTokenizer(config.tokenizer).vocabulary
    if new == old:
        return base.weights
    known = {token: i for i, token in enumerate(old)}
    bar = known["Bar_None"]
    rows = [known.get(token, bar if token.startswith("Bar_") else -1) for token in new]
    return {
        name: _respelled(torch.from_numpy(weight), rows) if name.startswith(BY_TOKEN) else weight
        for name, weight in base.weights.items()
    }


def origin(base: Bundle) -> dict[str, Any]:
    """What the card of the new model says of the old one: what is derived keeps its licence."""
    told = ("data_source", "data_licence", "attribution", "dataset", "base")
    return {"name": base.name, **{key: base.card[key] for key in told if key in base.card}}


def _grown(ours: TokenizerConfig, theirs: ScoreTokenizer) -> TokenizerConfig:
    named = ScoreTokenizer.names_of(ours.styles)
    return replace(
        theirs.config,
        styles=",".join(dict.fromkeys((*theirs.styles, *named))) or None,
        use_endings=ours.use_endings or theirs.config.use_endings,
    )


def _respelled(weight: Tensor, rows: Sequence[int]) -> np.ndarray:
    """One row, or one number, for each token: row -1 is new."""
    if weight.dim() == 1:
        return torch.stack([weight.min() if row < 0 else weight[row] for row in rows]).numpy()
    chance = torch.Generator().manual_seed(0)  # tied tables must begin alike
    new = torch.randn(len(rows), weight.shape[1], generator=chance) * weight.std()
    respelled = [new[i] if row < 0 else weight[row] for i, row in enumerate(rows)]
    return torch.stack(respelled).numpy()


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
        if each.name not in (*REGULARISATION, *GROWING) and value not in (
            given,
            getattr(default, each.name),
        ):
            raise UserError(
                f"{section}.{each.name} is {value}, but '{base}' was trained with {given}.",
                f"Leave {section}.{each.name} out, or train from scratch.",
            )
