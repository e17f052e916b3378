from __future__ import annotations

import os
import signal
import time

import pytest

from midigen.errors import UserError
from midigen.isolated import call_isolated, map_isolated


def work(item: str) -> str:
    if item == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    if item == "hang":
        time.sleep(60)
    if item == "refuse":
        raise UserError("it is no good")
    if item == "bug":
        raise ZeroDivisionError
    return item.upper()


def test_a_crash_and_a_hang_cost_one_item_each() -> None:
    items = ["a", "crash", "b", "hang", "c", "refuse", "d"]
    outcomes = {o.item: o for o in map_isolated(work, items, n_workers=2, timeout_s=1.5)}
    assert sorted(outcomes) == sorted(items)
    assert [outcomes[x].result for x in "abcd"] == ["A", "B", "C", "D"]
    assert "crashed" in outcomes["crash"].refusal
    assert "longer than 1.5 s" in outcomes["hang"].refusal
    assert outcomes["refuse"].refusal == "it is no good"


def test_a_bug_comes_back_with_its_traceback() -> None:
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        list(map_isolated(work, ["bug"]))


def test_a_single_refusal_is_a_user_error() -> None:
    with pytest.raises(UserError, match="it is no good"):
        call_isolated(work, "refuse")


def test_nothing_to_do_is_nothing() -> None:
    assert list(map_isolated(work, [])) == []
