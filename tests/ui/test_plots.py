from __future__ import annotations

from typing import Any

from midigen.ui import texts
from midigen.ui.plots import COLOURS, MOST_POINTS, loss_table, thinned

EVENTS: list[dict[str, Any]] = [
    {"type": "started", "unigram_nats": 3.9, "fivegram_nats": 2.7},
    {"type": "step", "step": 10, "loss": 4.0},
    {"type": "step", "step": 20, "loss": 3.0},
    {"type": "evaluated", "step": 20, "validation_loss": 3.2},
    {"type": "sampled", "step": 20, "file": "samples/step-000020.mid"},
]


def points(line: str, total_steps: int = 100) -> list[tuple[Any, ...]]:
    rows = loss_table(EVENTS, total_steps)["data"]
    return [row[:2] for row in rows if row[2] == line and row[1] is not None]


def test_both_losses_are_lines() -> None:
    assert points(texts.LINE_TRAINING) == [(10, 4.0), (20, 3.0)]
    assert points(texts.LINE_VALIDATION) == [(20, 3.2)]


def test_the_floors_are_level_lines_over_all_steps() -> None:
    assert points(texts.LINE_FIVEGRAM) == [(0, 2.7), (100, 2.7)]
    assert points(texts.LINE_UNIGRAM) == [(0, 3.9), (100, 3.9)]


def test_every_line_is_there_from_the_start() -> None:
    """Gradio takes its colours from the first rows, and never drew lines that came later."""
    assert {row[2] for row in loss_table([])["data"]} == set(COLOURS)


def test_a_long_run_is_thinned_to_what_a_screen_can_show() -> None:
    few = thinned([(step, float(step)) for step in range(1, 20_001)])
    assert len(few) <= MOST_POINTS
    assert few[-1][0] == 20_000
