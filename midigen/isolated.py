"""Runs a function on items in child processes that may crash or hang without harming us.

Native MIDI parsers can segfault on damaged files and loop on hostile ones. A pool of the standard
library breaks as a whole when one of its processes dies; this one loses that single item.

A child may take so much memory and so much time. Where a system cannot limit memory (Windows has no
such call, macOS does not keep to it), the time alone is limited.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, Generic, TypeVar

from midigen.errors import UserError

MEMORY_BYTES = 2 * 10**9  # that a child may take on top of what it begins with
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


@contextmanager
def isolated(
    function: Callable[[Item], Result], timeout_s: float = 60.0
) -> Iterator[Callable[[Item], Result]]:
    """The function as it is called in one child process that stays, item after item.

    What it returns raises:
        UserError: the function refused the item, crashed on it or took too long.
        RuntimeError: the function raised something else; its traceback is in it.
    """
    worker = _Worker(_context(()), function)

    def call(item: Item) -> Result:
        worker.give(item)
        while not _ready([worker], timeout_s):
            pass
        outcome = worker.collect(timeout_s)
        if outcome.refusal:
            raise UserError(outcome.refusal)
        assert outcome.result is not None, f"{function.__name__} returned nothing"
        result: Result = outcome.result
        return result

    try:
        yield call
    finally:
        worker.end()


def call_isolated(
    function: Callable[[Item], Result], item: Item, timeout_s: float = 60.0
) -> Result:
    """Apply `function` to one item in a child process.

    Raises:
        UserError, RuntimeError: as `isolated`.
    """
    with isolated(function, timeout_s) as call:
        return call(item)


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
        with suppress(BrokenPipeError, ConnectionResetError):  # it just died: `collect` says so
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
    _limit_memory(MEMORY_BYTES)
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
        except MemoryError:
            answer = ("refusal", f"it needs more than {MEMORY_BYTES / 1e9:g} GB of memory")
        except Exception:  # noqa: BLE001 - carried to the parent, which raises it
            answer = ("bug", traceback.format_exc())
        pipe.send(answer)


def _limit_memory(most_bytes: int) -> None:
    """Let this process take so much more than it has."""
    if sys.platform == "win32":
        return
    import resource

    limit = _private_bytes() + most_bytes
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if hard == resource.RLIM_INFINITY or limit < hard:
        resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))


def _private_bytes() -> int:
    """Writable memory of this process, as Linux tells it; 0 elsewhere."""
    status = Path("/proc/self/status")
    lines = status.read_text(encoding="ascii").splitlines() if status.exists() else []
    return sum(1024 * int(line.split()[1]) for line in lines if line.startswith("VmData"))


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
