"""The curves of a run, in the form that `gr.LinePlot` draws in a few milliseconds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import gradio as gr

from midigen.ui import texts
from midigen.ui.language import say

MOST_POINTS = 300  # of one line; more cannot be told apart on a screen
COLOURS = {
    texts.LINE_TRAINING: "#44b0a6",
    texts.LINE_VALIDATION: "#e8590c",
    texts.LINE_FIVEGRAM: "#8a5bb0",
    texts.LINE_UNIGRAM: "#a8a196",
}


def loss_plot(**options: Any) -> gr.LinePlot:
    """Training and validation loss, with what simple models reach as level lines."""
    return gr.LinePlot(
        value=loss_table([]),
        x=texts.STEP,
        y=texts.LOSS,
        y_title=texts.LOSS_PLOT,
        color=texts.LINE,
        color_map=COLOURS,
        color_title=" ",
        height=340,
        x_axis_format="~s",
        tooltip="all",
        **options,
    )


def loss_table(events: Sequence[Mapping[str, Any]], total_steps: int = 0) -> dict[str, Any]:
    """Events of a run as rows (step, loss, line); losses in nats per token.

    It is what gradio makes of a data frame, without pandas on the way. Every line has a row from
    the start, if an empty one: gradio takes the colours from the first rows that it sees.

    Args:
        events: of `Run.events`.
        total_steps: how far the level lines reach, so that one sees how much is to come.
    """
    rows: list[tuple[int, float | None, str]] = [(0, None, say(line)) for line in COLOURS]
    training = [(each["step"], each["loss"]) for each in events if each["type"] == "step"]
    validation = [
        (each["step"], each["validation_loss"]) for each in events if each["type"] == "evaluated"
    ]
    rows += [(*point, say(texts.LINE_TRAINING)) for point in thinned(training)]
    rows += [(*point, say(texts.LINE_VALIDATION)) for point in thinned(validation)]
    width = max([total_steps, *(row[0] for row in rows)])
    for each in [each for each in events if each["type"] == "started"][-1:]:
        rows += [(step, each["fivegram_nats"], say(texts.LINE_FIVEGRAM)) for step in (0, width)]
        rows += [(step, each["unigram_nats"], say(texts.LINE_UNIGRAM)) for step in (0, width)]
    kinds = {
        say(texts.STEP): "quantitative",
        say(texts.LOSS): "quantitative",
        say(texts.LINE): "nominal",
    }
    return {"columns": list(kinds), "data": rows, "datatypes": kinds, "mark": "line"}


def thinned(points: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
    """At most `MOST_POINTS` points, each the mean of its neighbours; the last one stays."""
    size = -(-len(points) // MOST_POINTS) or 1
    groups = [points[start : start + size] for start in range(0, len(points), size)]
    return [(group[-1][0], sum(loss for _, loss in group) / len(group)) for group in groups]
