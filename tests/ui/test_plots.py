from __future__ import annotations

import re
from typing import Any

import pytest

from midigen.ui import texts
from midigen.ui.plots import MOST_BESIDE, MOST_POINTS, lines_of, picture, thinned

EVENTS: list[dict[str, Any]] = [
    {"type": "started", "unigram_nats": 3.9, "fivegram_nats": 2.7},
    {"type": "step", "step": 10, "loss": 4.0, "learning_rate": 0.001, "tokens_per_s": 12_345.0},
    {"type": "step", "step": 20, "loss": 3.0, "learning_rate": 0.005, "tokens_per_s": 11_000.0},
    {"type": "evaluated", "step": 20, "validation_loss": 3.2},
    {"type": "sampled", "step": 20, "file": "samples/step-000020.mid"},
]


def points(line: str, quantity: str = "loss", others: Any = ()) -> Any:
    named = {each.name: each.points for each in lines_of(quantity, EVENTS, others, 100)}
    return named[line]


def test_both_losses_are_lines() -> None:
    assert points(texts.LINE_TRAINING) == [(10, 4.0), (20, 3.0)]
    assert points(texts.LINE_VALIDATION) == [(20, 3.2)]


def test_the_floors_are_level_lines_over_all_steps() -> None:
    assert points(texts.LINE_FIVEGRAM) == [(0, 2.7), (100, 2.7)]
    assert points(texts.LINE_UNIGRAM) == [(0, 3.9), (100, 3.9)]


def test_learning_rate_and_speed_have_no_floors() -> None:
    assert points(texts.LINE_TRAINING, "learning_rate") == [(10, 0.001), (20, 0.005)]
    assert [each.name for each in lines_of("tokens_per_s", EVENTS, [], 9)] == [texts.LINE_TRAINING]


def test_other_runs_have_lines_of_their_own() -> None:
    others = [(f"run-{n}", EVENTS) for n in range(MOST_BESIDE + 1)]
    assert points("run-0, validation", others=others) == [(20, 3.2)]
    lines = lines_of("loss", EVENTS, others, 100)
    assert len(lines) == 2 + 2 * MOST_BESIDE + 2
    assert len({each.colour for each in lines}) == len(lines)


def test_the_picture_has_every_line_within_its_paper_and_escapes_names() -> None:
    drawn = picture(lines_of("loss", EVENTS, [("<b>", EVENTS)], 100), "loss")
    assert "<b>, training" not in drawn
    assert "&lt;b&gt;, training" in drawn
    corners = re.findall(r"([\d.-]+),([\d.-]+)", " ".join(re.findall(r'points="([^"]+)"', drawn)))
    assert len(corners) == 2 + 2 + 2 + 2 + 2 + 2, "a lone point goes to itself"
    assert all(0 <= float(each) <= 1000 for corner in corners for each in corner)
    heights = [float(y) for _, y in corners[:2]]
    assert heights[0] < heights[1], "a falling loss must fall"


def test_floors_far_above_are_told_and_do_not_press_the_curves_flat() -> None:
    """Fine-tuning fell from 1.04 to 0.95 below floors of 3.3 and 3.7: one level line to the eye."""
    losses = [(0, 1.04), (50, 0.99), (100, 0.95)]
    judged = [{"type": "evaluated", "step": n, "validation_loss": loss} for n, loss in losses]
    drawn = picture(lines_of("loss", [*EVENTS[:1], *judged], [], 100), "loss")
    (curve,) = re.findall(r'points="([^"]+)"', drawn)
    heights = [float(corner.split(",")[1]) for corner in curve.split()]
    assert heights[-1] - heights[0] > 900
    assert "5-gram, far above <b>2.700</b>" in drawn


@pytest.mark.parametrize("events", [[], EVENTS[:1], EVENTS[:2]])
def test_little_can_be_drawn_too(events: list[dict[str, Any]]) -> None:
    drawn = picture(lines_of("loss", events, [], 0), "loss")
    assert drawn.count("<polyline") == {0: 0, 1: 2, 2: 3}[len(events)]


def test_a_first_evaluation_is_a_dot() -> None:
    judged = {"type": "evaluated", "step": 50, "validation_loss": 2.0}
    drawn = picture(lines_of("loss", [*EVENTS[:1], judged], [], 100), "loss")
    (dot,) = re.findall(r'points="([^"]+)" class="lone"', drawn)
    assert len(set(dot.split())) == 1
    assert len(dot.split()) == 2


def test_a_long_run_is_thinned_to_what_a_screen_can_show() -> None:
    few = thinned([(step, float(step)) for step in range(1, 20_001)])
    assert len(few) <= MOST_POINTS
    assert few[-1][0] == 20_000
