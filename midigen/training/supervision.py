"""One training from start to end as its folder tells it: owned, recorded, ended with a word."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing
from typing import Any

from midigen import atomic
from midigen.config import Config
from midigen.corpus.store import TokenStore
from midigen.engines import Weights
from midigen.errors import UserError
from midigen.evaluation.ngram import Floors
from midigen.runs import Run, RunStatus
from midigen.training.checkpoint import load_checkpoint
from midigen.training.engine import is_main_process, main_process_first
from midigen.training.events import Event
from midigen.training.loop import train
from midigen.training.recorder import Recorder


def supervise(
    config: Config,
    run: Run,
    open_store: Callable[[], tuple[TokenStore, Floors]],
    card: Mapping[str, Any],
    resume: bool,
    should_stop: Callable[[], bool],
    weights: Weights | None = None,
) -> Iterator[Event]:
    """Train while holding the run; record every event before passing it on.

    Of several processes only the main one holds and writes the run.

    Args:
        config: of the training.
        run: where it is recorded.
        open_store: prepares and opens the data; called once the run is held.
        card: what is known beforehand: name, dataset, command, preset.
        resume: go on from the checkpoint.
        should_stop: asked before each step, beside the run's own stop request.
        weights: where to start from; None draws them.

    Raises:
        UserError: the run is held by another process, or training failed; the run says so too.
    """
    with ExitStack() as stack:
        recorder = None
        if is_main_process():
            stack.enter_context(run.held())
            run.clear_stop()
            atomic.sweep_drafts(run.folder)
            recorder = stack.enter_context(closing(_recorder(config, run, card, resume)))
        try:
            with main_process_first(config.training):
                store, floors = open_store()
            for event in train(
                config,
                store,
                run.folder,
                floors,
                lambda: should_stop() or run.stop_requested(),
                resume,
                weights,
            ):
                if recorder is not None:
                    recorder.record(event)
                yield event
        except UserError as error:
            if recorder is not None:
                recorder.fail(error.lines)
            raise
        except Exception as error:
            if recorder is not None:
                recorder.fail(f"unexpected {type(error).__name__}: {error}")
            raise


def _recorder(config: Config, run: Run, card: Mapping[str, Any], resume: bool) -> Recorder:
    status = RunStatus(
        "preparing", "reading the data", dataset=card["dataset"], command=card.get("command", "")
    )
    run.write_status(status)
    recorder = Recorder(run, status, card, config.training.tensorboard)
    recorder.resume_at(load_checkpoint(run.folder)[0].step if resume else -1)
    return recorder
