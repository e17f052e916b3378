"""The command of the speed table: its lines, its JSON, its exit code. What is fast is not asked."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

from benchmarks import __main__ as command
from benchmarks.speed import generation
from benchmarks.speed.measuring import MissingError, Row, by_turns, ratios, row, told_by_turns


def suite(monkeypatch: pytest.MonkeyPatch, name: str, *found: Row, lacks: str = "") -> None:
    """A suite that measures nothing."""
    module = ModuleType(name)

    def rows(rounds: int) -> Iterator[Row]:
        yield from found
        if lacks:
            raise MissingError(lacks)

    module.rows = rows  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, f"benchmarks.speed.{name}", module)
    monkeypatch.setattr(command, "SUITES", [*command.SUITES, name])


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["benchmarks", *words])
    return command.main()


FAST = row("a fast thing", [5.0, 7.0, 6.0], 5)
SLOW = row("a slow thing", [9.0], 8, unit="%", at_most=True, note="of all")


def test_a_row_is_the_median_of_its_rounds() -> None:
    assert (FAST.value, FAST.spread, FAST.is_reached) == (6.0, (5.0, 7.0), True)
    assert not SLOW.is_reached


def test_a_row_below_its_floor_ends_with_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    suite(monkeypatch, "good", FAST)
    suite(monkeypatch, "bad", FAST, SLOW)
    assert run(monkeypatch, "good") == 0
    assert run(monkeypatch, "bad") == 1
    lines = capsys.readouterr().out.splitlines()
    assert "| a fast thing | **6 x** | 5 to 7 | ≥ 5 x |  |" in lines
    assert "| a slow thing (of all) | **9 %** | 9 to 9 | ≤ 8 % | **missed** |" in lines


def test_the_rows_go_into_a_file_with_what_they_were_measured_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    suite(monkeypatch, "good", FAST)
    run(monkeypatch, "good", "--json", str(tmp_path / "rows.json"))
    report = json.loads((tmp_path / "rows.json").read_text(encoding="utf-8"))
    assert [each["value"] for each in report["rows"]] == [6.0]
    assert any(each.startswith("torch ") for each in report["versions"])


def test_what_is_missing_is_told_and_the_other_suites_go_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    suite(monkeypatch, "a_lonely", lacks="no peer: pip install one")
    suite(monkeypatch, "good", FAST)
    monkeypatch.setattr(command, "SUITES", ["a_lonely", "good"])
    assert run(monkeypatch, "all") == 1
    printed = capsys.readouterr()
    assert "a_lonely: no peer: pip install one" in printed.err
    assert "a fast thing" in printed.out


def test_a_suite_without_its_peer_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    generation._llama.cache_clear()
    with pytest.raises(MissingError, match="pip install -r benchmarks/requirements"):
        next(generation.rows(1))


def test_ways_take_turns() -> None:
    order: list[str] = []
    seconds = by_turns(lambda: order.append("a"), lambda: order.append("b"), rounds=2)
    assert order == ["a", "b"] * 3, "once beforehand, unmeasured"
    assert [len(each) for each in seconds] == [2, 2]
    times = iter([6.0, 2.0, 8.0, 4.0])
    slow, fast = told_by_turns(lambda: next(times), lambda: next(times), rounds=2)
    assert ratios(slow, fast) == [3.0, 2.0]


def test_the_plain_draw_of_the_table_is_the_draw_that_it_is_compared_with() -> None:
    """Both keep the same tokens: a suite that compares different things would say nothing."""
    logits = 3 * np.random.default_rng(0).standard_normal(500, dtype=np.float32)
    ours = {generation._drawn(logits) for _ in range(2000)}
    plain = {generation._drawn_by_sorting(torch.from_numpy(logits)) for _ in range(2000)}
    likely = np.flatnonzero(generation.filter_logits(logits, generation.FILTERED) > -np.inf)
    assert ours <= set(likely.tolist())
    assert plain <= set(likely.tolist())
    assert len(ours & plain) > len(likely) / 2
