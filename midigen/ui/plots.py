"""The curves of runs: which lines there are, and their picture as HTML.

Not gradio's own plot: it never draws lines that were not there when it was first shown.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from midigen.ui import sentences, texts
from midigen.ui.language import figure, say

MOST_POINTS = 300  # of one line; more cannot be told apart on a screen
MOST_BESIDE = 4  # runs beside the chosen one
TRAINING, VALIDATION, FIVEGRAM, UNIGRAM = "#2f9a90", "#e8590c", "#8a5bb0", "#a8a196"
# Of the runs beside it: what they learn from, pale, and what they are judged by.
OTHERS = (
    ("#9dc1e8", "#2f6db5"),
    ("#e6a9c4", "#b83280"),
    ("#b9d99a", "#5a8f29"),
    ("#d8c08a", "#8a6d1f"),
)
_TICKS = 6  # about as many on an axis
_FARTHEST_FLOOR = 4  # times the spread of all that moves, above it
_SIZE = 1000  # of the picture in its own units; it is stretched to the room there is

Events = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Line:
    """One line of a plot.

    Attributes:
        name: in the visitor's language.
        colour: as CSS writes it.
        points: step and value, in order of steps.
        is_floor: a level line to compare the others with.
    """

    name: str
    colour: str
    points: Sequence[tuple[int, float]]
    is_floor: bool = False


def lines_of(
    quantity: str, events: Events, others: Sequence[tuple[str, Events]], total_steps: int
) -> list[Line]:
    """The lines of a run, and of others on the same paper; those without a point are left out.

    Args:
        quantity: one of `texts.QUANTITIES`; losses are in nats per token.
        events: of `Run.events`.
        others: the same of other runs, with their names.
        total_steps: how far the level lines reach, so that one sees how much is to come.
    """
    names = (say(texts.LINE_TRAINING), say(texts.LINE_VALIDATION))
    found = list(_lines_of_run(quantity, events, names, (TRAINING, VALIDATION)))
    for (name, theirs), colours in zip(others[:MOST_BESIDE], OTHERS, strict=False):
        both = (say("{run}, training", run=name), say("{run}, validation", run=name))
        found += _lines_of_run(quantity, theirs, both, colours)
    if quantity == "loss":
        reach = max([total_steps, *(step for line in found for step, _ in line.points)])
        found += _floors(events, reach)
    return [line for line in found if line.points]


def picture(lines: Sequence[Line], quantity: str) -> str:
    """The lines as HTML: a drawing that stretches, and words beside it that do not."""
    if not lines:
        return ""
    above = _far_above(lines)
    on_paper = [line for line in lines if line not in above]
    steps = [step for line in lines for step, _ in line.points]
    values = [value for line in on_paper for _, value in line.points]
    right = max(steps) or 1
    bottom, top = _padded(min(values), max(values))

    def x(step: float) -> float:
        return step / right

    def y(value: float) -> float:
        return (value - bottom) / (top - bottom)

    across = [(y(tick), _written(tick, quantity)) for tick in _ticks(bottom, top)]
    along = [(x(tick), sentences.short(tick)) for tick in _ticks(0, right)]
    drawn = "".join(
        f'<line x1="0" x2="{_SIZE}" y1="{_down(at)}" y2="{_down(at)}"/>' for at, _ in across
    )
    for line in on_paper:
        points = [f"{x(step) * _SIZE:.1f},{_down(y(value))}" for step, value in line.points]
        lone = ' class="lone"' if len(points) == 1 else ""  # from itself to itself: a dot
        drawn += (
            f'<polyline points="{" ".join(points * 2 if lone else points)}"{lone} '
            f'stroke="{line.colour}">'
            f"<title>{escape(line.name)}</title></polyline>"
        )
    words = "".join(f'<span class="y" style="bottom:{at:.2%}">{word}</span>' for at, word in across)
    words += "".join(f'<span class="x" style="left:{at:.2%}">{word}</span>' for at, word in along)
    said = say(texts.CAPTIONS[quantity])
    legend = "".join(
        f'<li><i style="background:{line.colour}"></i>{escape(_named(line, line in above))} '
        f"<b>{_last(line, quantity)}</b></li>"
        for line in lines
    )
    return (
        f'<figure class="curves"><figcaption>{escape(said)}</figcaption>'
        f'<div class="paper"><svg viewBox="0 0 {_SIZE} {_SIZE}" preserveAspectRatio="none" '
        f'role="img" aria-label="{escape(said)}">{drawn}</svg>{words}</div>'
        f'<p class="along">{escape(say(texts.STEP))}</p><ul>{legend}</ul></figure>'
    )


def thinned(points: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
    """At most `MOST_POINTS` points, each the mean of its neighbours; the last one stays."""
    size = -(-len(points) // MOST_POINTS) or 1
    groups = [points[start : start + size] for start in range(0, len(points), size)]
    return [(group[-1][0], sum(loss for _, loss in group) / len(group)) for group in groups]


def _lines_of_run(
    quantity: str, events: Events, names: tuple[str, str], colours: tuple[str, str]
) -> Iterator[Line]:
    """What is told at every step; for the loss also what is told at every evaluation."""
    told = [(each["step"], each[quantity]) for each in events if each["type"] == "step"]
    yield Line(names[0], colours[0], thinned(told))
    if quantity == "loss":
        judged = [
            (each["step"], each["validation_loss"])
            for each in events
            if each["type"] == "evaluated"
        ]
        yield Line(names[1], colours[1], thinned(judged))


def _floors(events: Events, reach: int) -> Iterator[Line]:
    for each in [each for each in events if each["type"] == "started"][-1:]:
        for name, colour, nats in (
            (texts.LINE_FIVEGRAM, FIVEGRAM, each["fivegram_nats"]),
            (texts.LINE_UNIGRAM, UNIGRAM, each["unigram_nats"]),
        ):
            yield Line(say(name), colour, [(0, nats), (max(1, reach), nats)], is_floor=True)


def _far_above(lines: Sequence[Line]) -> list[Line]:
    """Floors that would press everything that moves flat, as those of a fine-tuned model do."""
    moving = [value for line in lines if not line.is_floor for _, value in line.points]
    if not moving:
        return []
    highest = max(moving) + _FARTHEST_FLOOR * (max(moving) - min(moving))
    return [line for line in lines if line.is_floor and line.points[0][1] > highest]


def _named(line: Line, is_far_above: bool) -> str:
    return say(texts.LINE_ABOVE, line=line.name) if is_far_above else line.name


def _padded(low: float, high: float) -> tuple[float, float]:
    """A range with some air, also where it is a single value."""
    air = 0.04 * (high - low) or abs(high) * 0.1 or 1.0
    return max(0.0, low - air) if low >= 0 else low - air, high + air


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers within a range: 1, 2 or 5 of a power of ten apart."""
    rough = (high - low) / _TICKS
    power = 10 ** math.floor(math.log10(rough))
    apart = power * min((each for each in (1, 2, 5, 10) if each * power >= rough), default=10)
    first = math.ceil(low / apart)
    return [n * apart for n in range(first, math.floor(high / apart + 1e-9) + 1)]


def _written(value: float, quantity: str) -> str:
    if quantity == "tokens_per_s":
        return sentences.short(value)
    return figure(value, ".4g") if quantity == "learning_rate" else figure(value, ".3g")


def _last(line: Line, quantity: str) -> str:
    value = line.points[-1][1]
    return figure(value, ".3f") if quantity == "loss" else _written(value, quantity)


def _down(share: float) -> str:
    """A height as the drawing counts it: from above."""
    return f"{(1 - share) * _SIZE:.1f}"
