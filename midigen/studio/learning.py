"""Training, and measuring what came of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from midigen.config import FINETUNE, Config
from midigen.config_file import load_config
from midigen.errors import UserError
from midigen.progress import Progress, silent
from midigen.studio.models import ModelDesk

if TYPE_CHECKING:
    from midigen.config import Split
    from midigen.evaluation.report import Evaluation
    from midigen.training.estimate import Estimate
    from midigen.training.events import Event


class LearningDesk(ModelDesk):
    """What can be asked about learning."""

    def train(
        self,
        run_name: str,
        dataset: str = "",
        preset: str = "",
        resume: bool = False,
        base: str = "",
        command: str = "",
        should_stop: Callable[[], bool] = lambda: False,
        progress: Progress = silent,
    ) -> Iterator[Event]:
        """Train in this process; the run's folder tells everybody else how it goes.

        Args:
            run_name: of the run and its model.
            dataset: a name, or the path of a folder with MIDI; a resumed run keeps its own.
            preset: the name of the size, for the card; the configuration has it applied.
            resume: go on from the last checkpoint, with the configuration that it began with.
            base: a model to start from instead of fresh weights, as for `compose`.
            command: what a person typed.
            should_stop: asked before each step.
            progress: told of files while they are prepared.

        Raises:
            UserError: the run exists, is being trained, cannot be resumed, does not fit the model
                that it shall start from, or training failed.
        """
        from midigen.training.fine_tuning import origin, starting_weights
        from midigen.training.supervision import supervise

        run = self.run_to_write(run_name, resume)
        studio, card, weights = self, {}, None
        if not resume:
            studio = type(self)(self.config_to_train(preset, base), self.workspace)
        if base and not resume:
            bundle = self._bundle(base)
            card = {"base": origin(bundle)}
            weights = starting_weights(studio.config, bundle)
        if resume:
            dataset = run.status().dataset
            studio = type(self)(load_config(run.folder / "config.yaml"), self.workspace)
        self.music_folder(dataset)  # refuse what is not there before anything is written
        card |= self._origin(dataset) | {"name": run.name, "preset": preset, "command": command}
        return supervise(
            studio.config,
            run,
            lambda: studio._store_with_floors(dataset, progress),
            {key: value for key, value in card.items() if value},
            resume,
            should_stop,
            weights,
        )

    def estimate(
        self, dataset: str, preset: str = "", base: str = "", progress: Progress = silent
    ) -> Estimate:
        """Measure for a few seconds how long `train` would take; for a process of its own.

        Args:
            dataset, preset, base: as for `train`.
            progress: told of files while they are prepared.

        Raises:
            UserError: as for `train`.
        """
        from midigen.training.estimate import estimate
        from midigen.training.fine_tuning import starting_weights

        config = self.config_to_train(preset, base)
        weights = starting_weights(config, self._bundle(base)) if base else None
        began = time.monotonic()
        store, _ = type(self)(config, self.workspace)._store_with_floors(dataset, progress)
        open_s = time.monotonic() - began
        return replace(estimate(config, store, weights), open_s=open_s)

    def config_to_train(self, preset: str = "", base: str = "") -> Config:
        """The configuration of a new run, as far as the model that it starts from allows.

        Args:
            preset: the name of the size; the configuration has it applied.
            base: a model to start from, or nothing.

        Raises:
            UserError: there is no such model, it has another alphabet or shape than is asked for,
                the preset needs a model, or this kind of network cannot have these knobs.
        """
        from midigen.training.fine_tuning import built_on

        if preset == FINETUNE and not base:
            raise UserError(
                f"The preset {FINETUNE} goes on from a model, and none is named.",
                "Choose one to start from, or another preset.",
            )
        config = self.config
        if base:
            config = built_on(config, self._bundle(base))
            config = replace(config, generation=self.usual_request(base))
        config.model.refuse_foreign_knobs()
        config.model.check_heads()
        return config

    def evaluate(
        self,
        model: str,
        data: str | None = None,
        split: Split = "validation",
        n_pieces: int = 0,
        progress: Progress = silent,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> Evaluation:
        """Measure a model on the pieces of a data set, read and split as when it was trained.

        The figures are kept beside a model of the workspace.

        Args:
            model: as for `compose`.
            data: a name, or the path of a folder with MIDI; None takes what it was trained on.
            split: which part.
            n_pieces: how many pieces it shall compose, to be compared with those of the part and
                searched for passages of the training pieces; 0 for none.
            progress: told of files while they are prepared, and of pieces.
            should_stop: asked between pieces; those that there are then are judged.

        Raises:
            UserError: there is no such model or data, or the part is empty.
        """
        from midigen.evaluation.report import foretell
        from midigen.evaluation.review import review
        from midigen.networks.threads import one_thread
        from midigen.runs import Run

        if n_pieces < 0 or n_pieces == 1:
            raise UserError(
                f"{n_pieces} pieces cannot be compared.", "Ask for two or more, or for none."
            )
        bundle = self._bundle(model)
        data = data or bundle.card.get("dataset")
        if data is None:
            raise UserError(f"The card of '{model}' names no data set.", "Name one with --data.")
        reader = self._reading_as(bundle, data)
        store, floors = reader._store_with_floors(data, progress, split)
        with one_thread():
            progress(0, None, "Reading held-out pieces")
            found = foretell(bundle, store, split, data, floors)
            if n_pieces:
                request = self.usual_request(model)
                composed = review(
                    bundle.composer(), store, split, request, n_pieces, progress, should_stop
                )
                found = replace(found, review=composed)
        folder = self._model_path(model)
        if folder.parent == self.workspace.models:
            Run(folder).keep_evaluation(split, found.as_dict())
        return found
