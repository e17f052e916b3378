"""What a request restricts beyond the grammar: the notes of a scale, one metre, one style."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from midigen.config import GenerationRequest
from midigen.errors import UserError
from midigen.music.key import TONICS, Key
from midigen.music.tokenizer import ScoreTokenizer

# Semitones above the tonic. Minor holds the raised seventh too, without which it has no dominant.
SCALES: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {
        "major": (0, 2, 4, 5, 7, 9, 11),
        "minor": (0, 2, 3, 5, 7, 8, 10, 11),
        "dorian": (0, 2, 3, 5, 7, 9, 10),
        "mixolydian": (0, 2, 4, 5, 7, 9, 10),
        "major pentatonic": (0, 2, 4, 7, 9),
        "minor pentatonic": (0, 3, 5, 7, 10),
        "blues": (0, 3, 5, 6, 7, 10),
    }
)
_MINOR_THIRD, _A = 3, 9


def home_tonic(scale: str) -> int:
    """Where a model that knows only C major and A minor has this scale: on C, or on A."""
    return _A if _MINOR_THIRD in SCALES[scale] else 0


def tonic_of(request: GenerationRequest, is_natural: bool, prompt_key: Key | None) -> int:
    """The pitch class that the scale of a request stands on, as the model writes it.

    Args:
        request: its scale must be set.
        is_natural: whether the model writes in C major and A minor, to be transposed afterwards.
        prompt_key: the key of what it goes on from.
    """
    assert request.scale is not None, "only a scale has a tonic to stand on"
    if is_natural:
        return home_tonic(request.scale)
    if request.key is not None:
        return TONICS.index(request.key)
    return prompt_key.tonic if prompt_key is not None else 0


def wished(
    request: GenerationRequest,
    tokenizer: ScoreTokenizer,
    is_natural: bool,
    prompt_key: Key | None = None,
) -> np.ndarray | None:
    """The tokens that a request leaves, (V,) bool; None where it leaves all.

    Raises:
        UserError: the model's alphabet has no such metre or style.
    """
    if request.scale is None and request.time_signature is None and request.style is None:
        return None
    left = np.ones(len(tokenizer), dtype=bool)
    if request.time_signature is not None:
        left &= _of_metre(tokenizer, request.time_signature)
    if request.scale is not None:
        tonic = tonic_of(request, is_natural, prompt_key)
        in_scale = np.isin((tokenizer.midi_pitch - tonic) % 12, SCALES[request.scale])
        left &= (tokenizer.midi_pitch < 0) | in_scale
    if request.style is not None:
        left &= _of_style(tokenizer, request.style)
    return left


def metres(tokenizer: ScoreTokenizer) -> tuple[str, ...]:
    """The time signatures that an alphabet can write: `("1/4", …, "12/8")`."""
    pairs = zip(tokenizer.types, tokenizer.values, strict=True)
    return tuple(value for kind, value in pairs if kind == "TimeSig") or ("4/4",)


def _of_style(tokenizer: ScoreTokenizer, style: str) -> np.ndarray:
    if style not in tokenizer.styles:
        known = ", ".join(tokenizer.styles)
        raise UserError(
            f"This model has learned no style {style[:40]!r} apart.",
            f"It knows {known}." if known else "It knows one style; leave the style out.",
        )
    bars = ~tokenizer.is_bar
    bars[tokenizer.bar(style)] = True
    return bars


def _of_metre(tokenizer: ScoreTokenizer, metre: str) -> np.ndarray:
    known = metres(tokenizer)
    if metre not in known:
        raise UserError(
            f"This model cannot write in {metre[:20]!r}.", f"It knows {', '.join(known)}."
        )
    pairs = zip(tokenizer.types, tokenizer.values, strict=True)
    return np.array([kind != "TimeSig" or value == metre for kind, value in pairs])
