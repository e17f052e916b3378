"""Runs a function on items in child processes that may crash or hang without harming us.

Native MIDI parsers can segfault on damaged files and loop on hostile ones. A pool of the standard
library breaks as a whole when one of its processes dies; this one loses that single item.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any, Generic, TypeVar

from midigen.errors import UserError

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Outcome(Generic[Item, Result]):
    """What became of one item: a result, or the reason why there is none."""

    item: Item
    result: Result | None
    refusal: str = ""


def map_isolated(
    function: Callable[[Item], Result],
    items: Iterable[Item],
    n_workers: int = 1,
    timeout_s: float = 60.0,
    preload: tuple[str, ...] = (),
) -> Iterator[Outcome[Item, Result]]:
    """Apply `function` to every item in child processes; yield outcomes as they come.

    Args:
        function: a picklable function of a module; a `UserError` that it raises is its refusal.
        items: picklable arguments, drawn as workers become free.
        n_workers: processes at a time.
        timeout_s: an item that takes longer is given up and its process ended.
        preload: modules that new processes find already imported, where the system can fork.

    Raises:
        RuntimeError: `function` raised something else than a `UserError`; its traceback is in it.
    """
    queue = iter(items)
    workers: list[_Worker] = []
    context = _context(preload)
    try:
        for item in _take(queue, n_workers):
            workers.append(_Worker(context, function))
            workers[-1].give(item)
        while any(worker.busy for worker in workers):
            for worker in _ready(workers, timeout_s):
                outcome = worker.collect(timeout_s)
                for item in _take(queue, 1):
                    worker.give(item)
                yield outcome
    finally:
        for worker in workers:
            worker.end()


def call_isolated(
    function: Callable[[Item], Result], item: Item, timeout_s: float = 60.0
) -> Result:
    """Apply `function` to one item in a child process.

    Raises:
        UserError: the function refused the item, crashed on it or took too long.
    """
    (outcome,) = map_isolated(function, [item], timeout_s=timeout_s)
    if outcome.refusal:
        raise UserError(outcome.refusal)
    assert outcome.result is not None, f"{function.__name__} returned nothing"
    return outcome.result


def n_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class _Worker:
    """One child process with a pipe, replaced by a fresh one when it dies."""

    def __init__(self, context: Any, function: Callable[[Any], Any]) -> None:
        self._context = context
        self._function = function
        self._item: Any = None
        self._started_at = 0.0
        self.busy = False
        self._start()

    def _start(self) -> None:
        self.pipe, theirs = self._context.Pipe()
        self._process = self._context.Process(
            target=_serve, args=(theirs, self._function), daemon=True
        )
        self._process.start()
        theirs.close()

    def give(self, item: Any) -> None:
        self._item, self._started_at, self.busy = item, time.monotonic(), True
        if not self._process.is_alive():
            self._start()
        self.pipe.send(item)

    def overdue(self, timeout_s: float) -> bool:
        return self.busy and time.monotonic() - self._started_at > timeout_s

    def collect(self, timeout_s: float) -> Outcome[Any, Any]:
        self.busy = False
        if self.pipe.poll():
            try:
                kind, value = self.pipe.recv()
            except (EOFError, ConnectionResetError):
                self._process.join()
                return Outcome(self._item, None, "it crashed the reader, so it is damaged")
            if kind == "bug":
                raise RuntimeError(f"failed on {self._item!r}:\n{value}")
            return Outcome(self._item, *((value, "") if kind == "result" else (None, value)))
        self.end()
        return Outcome(self._item, None, f"reading it took longer than {timeout_s:g} s")

    def end(self) -> None:
        self.pipe.close()
        self._process.kill()
        self._process.join()


def _serve(pipe: Connection, function: Callable[[Any], Any]) -> None:
    """The child's life: answer items until the parent goes away."""
    while True:
        try:
            item = pipe.recv()
        except (EOFError, KeyboardInterrupt):
            return
        try:
            answer = ("result", function(item))
        except UserError as refusal:
            answer = ("refusal", str(refusal))
        except KeyboardInterrupt:
            return
        except Exception:  # noqa: BLE001 - carried to the parent, which raises it
            answer = ("bug", traceback.format_exc())
        pipe.send(answer)


def _ready(workers: list[_Worker], timeout_s: float) -> list[_Worker]:
    busy = [worker for worker in workers if worker.busy]
    wait([worker.pipe for worker in busy], timeout=0.5)
    return [worker for worker in busy if worker.pipe.poll() or worker.overdue(timeout_s)]


def _take(queue: Iterator[Item], n: int) -> Iterator[Item]:
    for _ in range(n):
        try:
            yield next(queue)
        except StopIteration:
            return


def _context(preload: tuple[str, ...]) -> Any:
    """Fork from a clean server process where there is one; threads make a plain fork unsafe."""
    if sys.platform == "win32":
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([*preload, __name__])
    return context
