"""What a person sees while a command works: bars, lines, and the way to stop."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from midigen.progress import Progress

if TYPE_CHECKING:
    from midigen.evaluation.report import Evaluation
    from midigen.evaluation.review import Review
    from midigen.training.estimate import Estimate
    from midigen.training.events import Event


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """A progress bar on the terminal; it appears with the first report."""
    from tqdm import tqdm

    bar: Any = None
    shown = ""

    def show(done: int, total: int | None, what: str) -> None:
        nonlocal bar, shown
        if what != shown:
            shown = what
            if bar is not None:
                bar.close()
            bar = tqdm(desc=what, total=total, unit_scale=True, leave=False, disable=None)
        bar.total = total
        bar.update(done - bar.n)

    try:
        yield show
    finally:
        if bar is not None:
            bar.close()


@contextmanager
def stop_flag() -> Iterator[Callable[[], bool]]:
    """The first Ctrl-C asks to stop and keep what is there; the second one interrupts."""
    asked_at: list[float] = []

    def ask(_signal: int, _frame: object) -> None:
        if asked_at:
            raise KeyboardInterrupt
        asked_at.append(time.monotonic())
        print("\nStopping: saving what is there. Ctrl-C again interrupts.", file=sys.stderr)

    before = {each: signal.signal(each, ask) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(asked_at)
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def print_event(event: Event, name: str) -> None:
    """Print an event of the training `name`, those for files alone excepted."""
    from midigen.training import events

    match event:
        case events.Started():
            print(
                f"{name}: {event.parameters:,} parameters, {event.train_tokens:,} tokens to learn "
                f"from, {event.device} {event.precision}; nats per token to beat: "
                f"{event.fivegram_nats:.3f} (5-gram), {event.unigram_nats:.3f} (unigram)"
            )
        case events.Planned():
            print(f"{event.total_steps:,} steps fit the time limit")
        case events.Halved():
            print(f"memory ran out: {event.rows:,} pieces are read at a time from now on")
        case events.Stepped():
            print(
                f"step {event.step:6,}  loss {event.loss:.3f}  "
                f"{event.tokens_per_s:8,.0f} tokens/s  {minutes(event.eta_s)} left"
            )
        case events.Evaluated():
            mark = ", the best so far" if event.is_best else ""
            print(
                f"step {event.step:6,}  validation {event.validation_loss:.3f} nats per token, "
                f"{event.bits_per_note:.2f} bits per note{mark}"
            )
        case events.Finished():
            print(
                f"{event.reason} after {minutes(event.seconds)}: "
                f"{event.validation_loss:.3f} nats per token, "
                f"{event.bits_per_note:.2f} bits per note on all validation pieces "
                f"(weights of step {event.best_step:,})"
            )
            if event.cached_loss is not None:
                print(
                    f"with a cache of what each piece has said before: {event.cached_loss:.3f} "
                    f"nats per token, {event.cached_bits_per_note:.2f} bits per note"
                )


def estimate_words(found: Estimate) -> str:
    """How long a training would take, in a line."""
    limited = ", as many as fit the time limit" if found.is_limited else ""
    return (
        f"about {minutes(found.seconds)} for {found.steps:,} steps{limited}: "
        f"{1000 * found.step_s:,.0f} ms a step, {found.look_s:.1f} s an evaluation, "
        f"{found.last_s:.0f} s the last one"
    )


def print_evaluation(result: Evaluation) -> None:
    """Print how well a model foretells, and how like real pieces its own ones are."""
    measured, floors = result.likelihood, result.floors
    below = 1 - measured.nats_per_token / floors.fivegram_nats
    print(
        f"{result.model} on {result.n_pieces} {result.split} pieces of {result.data} "
        f"({measured.n_notes:,} notes)\n"
        f"  {measured.nats_per_token:.4f} nats per token, {measured.bits_per_note:.3f} bits per "
        f"note, {measured.bits_per_second:.1f} bits per second\n"
        f"  floors: {floors.fivegram_nats:.4f} (5-gram), {floors.unigram_nats:.4f} (unigram); "
        f"{below:.0%} below the 5-gram"
    )
    if result.alone is not None:
        print(
            f"  without its cache: {result.alone.nats_per_token:.4f} nats per token, "
            f"{result.alone.bits_per_note:.3f} bits per note"
        )
    parts = sorted(result.bits_by_type.items(), key=lambda item: -item[1])
    print("  bits per note by type: " + ", ".join(f"{kind} {bits:.2f}" for kind, bits in parts))
    if result.review is not None:
        _print_review(result.review)


def _print_review(review: Review) -> None:
    compared, baseline = review.comparison, review.baseline
    print(
        f"\n{compared.n_generated} composed pieces beside {compared.n_real} real openings: "
        f"{review.n_silent} silent, {compared.n_collapsed} collapsed\n"
        f"  {'measure':20} {'composed':>17} {'real':>17} {'overlap':>8}"
    )
    for row in compared.rows:
        sides = [
            f"{mean:8.3f} ± {spread:6.3f}" if mean is not None else ""
            for mean, spread in (
                (row.generated, row.generated_spread),
                (row.real, row.real_spread),
            )
        ]
        name = row.name.replace("_", " ")
        print(f"  {name:20} {sides[0]:>17} {sides[1]:>17} {row.overlap:8.2f}")
    print(
        f"  mean overlap {compared.mean_overlap:.3f}; random halves of the real pieces reach "
        f"{compared.real_overlap:.3f} with each other"
    )
    longest = max(review.runs, key=lambda run: run.n_notes)
    above = sum(run.n_notes > baseline.percentile_95 for run in review.runs)
    print(
        f"  longest run of notes shared with a training piece: {longest.n_notes}"
        + (f" (bar {longest.start_bar}, {longest.file})" if longest.n_notes else "")
        + f"\n  real pieces share {baseline.median:.0f} at the median and "
        f"{baseline.percentile_95:.0f} at the 95th percentile; {above} of {len(review.runs)} "
        "composed ones share more"
    )


def speaks() -> bool:
    """Of several processes that torchrun starts, one speaks."""
    return os.environ.get("RANK", "0") == "0"


def minutes(seconds: float) -> str:
    """A duration for people: `4 s`, `3:07 min`, `1:30 h`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02d} min"
    return f"{whole // 3600}:{whole // 60 % 60:02d} h"
