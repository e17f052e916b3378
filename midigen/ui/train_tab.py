"""Train: start a run, watch it learn, stop it, go on; and all runs side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from midigen.model_folder import CARD
from midigen.runs import Run
from midigen.studio import Studio
from midigen.ui.errors import for_people
from midigen.ui.events import PRIVATE, QUIET
from midigen.ui.run_form import RunForm
from midigen.ui.run_view import RunView
from midigen.ui.runs_shelf import RunsShelf

Updates = dict[Any, Any]


@dataclass(frozen=True)
class Seen:
    """What a visitor's page shows already, so that only news is sent.

    Attributes:
        sets: the names of the data sets.
        runs: the names of the runs.
        run: the chosen run and where it stood.
        models: the names of the models.
        drawn: what the plot shows: which quantity, and where the runs stood.
        shelf: the runs of the table, and where they stood.
    """

    sets: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()
    run: tuple[Any, ...] = ()
    models: tuple[str, ...] = ()
    drawn: tuple[Any, ...] = ()
    shelf: tuple[Any, ...] = ()


class TrainTab:
    """The tab, and the parts of it that the rest of the page talks to: `dataset`, `to_generate`."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio
        with gr.Row(elem_classes="columns"):
            with gr.Column(scale=4, min_width=320):
                self.form = RunForm(studio)
            with gr.Column(scale=7, min_width=320):
                self.view = RunView(studio)
        self.shelf = RunsShelf(studio, self.view.run)
        self.dataset, self.base, self.teacher = self.form.dataset, self.form.base, self.form.teacher
        self.run, self.to_generate = self.view.run, self.view.to_generate
        self.seen = gr.State(Seen())
        self._wire()

    # Wiring

    def _wire(self) -> None:
        form, look = self.form, self._looking()
        begun = form.start.click(form.begin, inputs_kwargs=form.fields, outputs=self.run, **PRIVATE)
        begun.success(self.look, **look).success(form.suggest_name, **form.suggesting).success(
            form.preview, **form.previewing
        )
        self.view.wire(look, self.look)
        self.shelf.wire(look, self.look)

    def watch(self, page: gr.Blocks, timer: gr.Timer) -> None:
        """Show runs and data sets as they come and go."""
        page.load(self.look, **self._looking())
        timer.tick(self.look, **self._looking())

    def _looking(self) -> dict[str, Any]:
        """How `look` is wired, wherever it is called from."""
        form, view = self.form, self.view
        inputs = [self.seen, self.run, form.dataset, form.base, view.quantity, view.beside]
        outputs = [
            self.seen, form.dataset, form.base, form.start, form.measure_button,
            *view.outputs, *self.shelf.outputs,
        ]  # fmt: skip
        return {"inputs": inputs, "outputs": outputs, **QUIET}

    # Handler

    @for_people
    def look(
        self,
        seen: Seen,
        run_name: str | None,
        dataset: str | None,
        base: str,
        quantity: str,
        beside: list[str] | None,
    ) -> Any:
        """Send what has changed since the last look."""
        beside = beside or []
        runs = self.studio.runs()
        run = choose_run(runs, seen, run_name)
        others = [each for each in runs if each.name in beside and each != run]
        now = self._seen_now(runs, run, quantity, others)
        if now == seen and (run is None or run.name == run_name):
            return gr.skip()
        news: Updates = {self.seen: now}
        if now.sets != seen.sets:
            news |= self.form.offer_sets(now.sets, dataset)
        if now.models != seen.models:
            news |= self.form.offer_models(now.models, base)
        if now.runs != seen.runs or now.run[:1] != seen.run[:1] or (run and run.name != run_name):
            news |= self.view.offer(now.runs, run, beside)
        if run is not None and now.run != seen.run:
            news |= self.view.show(run, now.run[:1] != seen.run[:1])
        if run is not None and now.drawn != seen.drawn:
            news |= self.view.draw(run, quantity, others)
        if now.shelf != seen.shelf:
            news |= self.shelf.show()
        return news

    def _seen_now(
        self, runs: Sequence[Run], run: Run | None, quantity: str, others: Sequence[Run]
    ) -> Seen:
        return Seen(
            sets=tuple(each.name for each in self.studio.datasets()),
            runs=tuple(each.name for each in runs),
            run=_standing(run),
            models=tuple(each.name for each in runs if each.has_model()),
            drawn=(quantity, *(_standing(each) for each in (run, *others))) if run else (),
            shelf=tuple(_on_shelf(each) for each in runs),
        )


def choose_run(runs: Sequence[Run], seen: Seen, chosen: str | None) -> Run | None:
    """The run to show: the chosen one; a new one that learns where the chosen one does not."""
    named = {each.name: each for each in runs}
    current = named.get(chosen or "")
    if current is None:
        return next((each for each in runs if each.status().is_alive), next(iter(runs), None))
    new = [each for each in runs if each.name not in seen.runs and each.status().is_alive]
    return new[0] if new and seen.runs and not current.status().is_alive else current


def _standing(run: Run | None) -> tuple[Any, ...]:
    if run is None:
        return ()
    status = run.status()
    return (run.name, status.state, status.step, status.updated_at, run.stop_requested())


def _on_shelf(run: Run) -> tuple[Any, ...]:
    """What the table tells of a run changes with its state and its card, not with every step."""
    card = run.folder / CARD
    return (run.name, run.status().state, card.stat().st_mtime if card.exists() else 0.0)
