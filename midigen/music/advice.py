"""What to try when a piece is unlike real music: findings and remedies as codes, without words.

A finding is a measure outside of what nearly all real pieces have. That need not be bad.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from midigen.config import GenerationRequest
from midigen.music.analysis import Analysis
from midigen.music.measures import COLLAPSED

Finding = Literal[
    "collapsed",
    "outside_key",
    "repeats_itself",
    "wanders",
    "hardly_moves",
    "too_sparse",
    "too_dense",
    "one_loudness",
]
Remedy = Literal[
    "raise_temperature",
    "lower_temperature",
    "raise_top_p",
    "lower_top_p",
    "raise_repetition_penalty",
    "lower_repetition_penalty",
    "another_seed",
    "give_a_prompt",
    "train_on_performances",
]

# From the first 32 bars of the 989 pieces of at least 16 bars among the 337 of piano-midi.de and
# 695 of the Mutopia Project, as `measure` gives them. Percentiles 0, 1, 50, 99 and 100:
#   scale_share        0.62  0.71  0.91   1.00   1.00
#   self_similarity    0.37  0.47  0.73   0.92   0.97
#   pitch_range        15    29    48     77     84
#   notes_per_quarter  1.2   1.8   4.9    11.8   16.7
# Each limit is the 1st or the 99th percentile.
LEAST_SCALE_SHARE = 0.709
LEAST_SELF_SIMILARITY, MOST_SELF_SIMILARITY = 0.471, 0.925
LEAST_PITCH_RANGE = 29
LEAST_DENSITY, MOST_DENSITY = 1.77, 11.8
# The least of the performances of piano-midi.de; Mutopia's engravings mostly have one loudness.
LEAST_VELOCITY_SPREAD = 4.7
SHORTEST_BARS = (
    16  # shorter pieces than those that the limits are from are only looked at for collapse
)

_REMEDIES: dict[Finding, tuple[Remedy, ...]] = {
    "collapsed": ("raise_temperature", "raise_top_p", "raise_repetition_penalty", "another_seed"),
    "outside_key": (
        "lower_temperature",
        "lower_top_p",
        "lower_repetition_penalty",
        "another_seed",
    ),
    "repeats_itself": ("raise_temperature", "raise_repetition_penalty", "another_seed"),
    "wanders": ("lower_temperature", "lower_top_p", "another_seed"),
    "hardly_moves": ("raise_temperature", "another_seed"),
    "too_sparse": ("another_seed", "give_a_prompt"),
    "too_dense": ("another_seed", "give_a_prompt"),
    "one_loudness": ("train_on_performances",),
}
# Where a setting is that far already, more of it is not advised: a fifth to each side of 1.
_HIGH_TEMPERATURE, _LOW_TEMPERATURE = 1.2, 0.8
_HIGH_TOP_P, _LOW_TOP_P = 0.99, 0.8
_HIGH_PENALTY = 1.2


@dataclass(frozen=True)
class Advice:
    """One thing that is unlike real music, and what to try.

    Attributes:
        finding: what it is.
        figure: the measure that shows it.
        limit: what real pieces keep to.
        remedies: what to try, the best first.
    """

    finding: Finding
    figure: float
    limit: float
    remedies: tuple[Remedy, ...]


def advice(analysis: Analysis, request: GenerationRequest | None = None) -> tuple[Advice, ...]:
    """What is unlike real music in a piece.

    Args:
        analysis: of the piece.
        request: how it was composed; remedies that it has used up are left out. None for a piece
            of unknown settings.
    """
    found = analysis.measures
    limits: list[tuple[bool, Finding, float, float]] = [
        (found.is_collapsed, "collapsed", found.collapse, COLLAPSED),
    ]
    if analysis.n_bars >= SHORTEST_BARS:
        is_below: list[tuple[Finding, float, float]] = [
            ("outside_key", found.scale_share, LEAST_SCALE_SHARE),
            ("wanders", found.self_similarity, LEAST_SELF_SIMILARITY),
            ("hardly_moves", found.pitch_range, LEAST_PITCH_RANGE),
            ("too_sparse", found.notes_per_quarter, LEAST_DENSITY),
            ("one_loudness", found.velocity_spread, LEAST_VELOCITY_SPREAD),
        ]
        is_above: list[tuple[Finding, float, float]] = [
            ("repeats_itself", found.self_similarity, MOST_SELF_SIMILARITY),
            ("too_dense", found.notes_per_quarter, MOST_DENSITY),
        ]
        limits += [(figure < limit, name, figure, limit) for name, figure, limit in is_below]
        limits += [(figure > limit, name, figure, limit) for name, figure, limit in is_above]
    return tuple(
        Advice(name, figure, limit, _left(_REMEDIES[name], request))
        for is_outside, name, figure, limit in limits
        if is_outside
    )


def _left(remedies: tuple[Remedy, ...], request: GenerationRequest | None) -> tuple[Remedy, ...]:
    """The remedies that the request has not used up; all of them if it is not known."""
    if request is None:
        return remedies
    used_up: dict[Remedy, bool] = {
        "raise_temperature": request.temperature >= _HIGH_TEMPERATURE,
        "lower_temperature": request.temperature <= _LOW_TEMPERATURE,
        "raise_top_p": request.top_p >= _HIGH_TOP_P,
        "lower_top_p": request.top_p <= _LOW_TOP_P,
        "raise_repetition_penalty": request.repetition_penalty >= _HIGH_PENALTY,
        "lower_repetition_penalty": request.repetition_penalty <= 1,
    }
    return tuple(each for each in remedies if not used_up.get(each, False))
