"""Runs and their models: found, opened, renamed, packed, deleted."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from midigen.config import Config, GenerationRequest, sampled_as
from midigen.config_file import load_config
from midigen.errors import UserError
from midigen.studio.data import DataDesk
from midigen.workspace import Workspace, name_from

if TYPE_CHECKING:
    from midigen.bundle import Bundle
    from midigen.corpus.store import TokenStore
    from midigen.generation.composer import Composer
    from midigen.run_summary import RunSummary
    from midigen.runs import Run

SHIPPED = ("classical-piano", "art-songs")  # the models that come with midigen
_CACHED_MODELS = 4


@dataclass(frozen=True)
class ModelInfo:
    """A model that can be chosen.

    Attributes:
        name: of its folder.
        folder: where it lies.
        card: what is known of it, see bundle.py; may be empty.
        changed_at: when its weights were written, in seconds since 1970.
    """

    name: str
    folder: Path
    card: Mapping[str, Any]
    changed_at: float


class ModelDesk(DataDesk):
    """What can be asked about runs and their models, at most some of which stay in memory."""

    def __init__(self, config: Config, workspace: Workspace) -> None:
        super().__init__(config, workspace)
        self._composers: dict[tuple[Path, int], Composer] = {}
        self._loading = threading.Lock()

    def runs(self) -> list[Run]:
        """All training runs and models: the newest first, those that came with midigen last."""
        from midigen.runs import list_runs

        found = list_runs(self.workspace.models)
        if self.workspace.shipped_models is not None:
            names = {run.name for run in found}
            shipped = list_runs(self.workspace.shipped_models)
            found += [run for run in shipped if run.name not in names]
        return sorted(found, key=lambda run: _shipped_place(run.name))

    def run(self, name: str) -> Run:
        """The run of this name.

        Raises:
            UserError: there is none.
        """
        for run in self.runs():
            if run.name == name:
                return run
        raise self._no_model(name)

    def run_to_write(self, name: str, resume: bool) -> Run:
        """The run that a training shall write.

        Raises:
            UserError: a new one has the name of an old one, or an old one is missing.
        """
        from midigen.runs import Run

        run = Run(self.workspace.run_folder(name))
        if resume:
            run = self.run(name)
            if not run.has_checkpoint():
                raise UserError(f"The run '{name}' has no checkpoint to go on from.", "Start anew.")
        elif self.workspace.ships(name) or run.has_model() or run.has_checkpoint():
            raise UserError(
                f"There is a run named '{name}' already.",
                "Choose another name with --run, or go on with --resume.",
            )
        return run

    def refuse_second_training(self, besides: str = "") -> None:
        """Say so if a run is training: two would share the machine, and each take far longer.

        Args:
            besides: a run that does not count.

        Raises:
            UserError: one is.
        """
        for run in self.runs():
            if run.name != besides and run.status().is_alive:
                raise UserError(
                    f"'{run.name}' is training already.", "Stop it first, or wait for it."
                )

    def free_run_name(self, dataset: str, preset: str | None) -> str:
        """A name for a new run that is not taken: `bach-chorales-quick-2`."""
        stem = name_from("-".join([Path(dataset).name, *([preset] if preset else [])]))[:70]
        taken = {run.name for run in self.runs()}
        names = (stem if n == 1 else f"{stem}-{n}" for n in range(1, len(taken) + 2))
        return next(name for name in names if name not in taken)

    def summaries(self) -> list[RunSummary]:
        """Every run in one row, the newest first."""
        from midigen.run_summary import summary_of

        return [summary_of(run) for run in self.runs()]

    def delete_run(self, name: str) -> None:
        """Delete a run and its model for good.

        Raises:
            UserError: there is none, it is training, or it came with midigen.
        """
        self._own_run(name).delete()

    def delete_dataset(self, name: str) -> None:
        """Delete a data set and what was prepared from it.

        Raises:
            UserError: there is none of this name, or a training reads it.
        """
        from midigen.corpus.datasets import delete_dataset

        for run in self.runs():
            status = run.status()
            if status.is_alive and status.dataset == name:
                raise UserError(
                    f"'{run.name}' is training on '{name}'.", "Stop it first, or wait for it."
                )
        delete_dataset(self.workspace, name)
        for store in self.workspace.tokens.glob(f"{name_from(name)}-" + "[0-9a-f]" * 10):
            shutil.rmtree(store)

    def rename_run(self, name: str, new_name: str) -> Run:
        """Give a run and its model another name.

        Raises:
            UserError: as for `delete_run`, or the new name cannot be used or is taken.
        """
        return self._own_run(name).rename(new_name)

    def pack_run(self, name: str, path: Path) -> None:
        """Write a run and its model as a zip, without what it needs to be resumed.

        The pieces that it learned from stay here, so what their copies are found by, and what they
        are like, is counted and goes along.

        Raises:
            UserError: there is none, or it has no model yet.
        """
        from midigen.evaluation.profile import ship_profile
        from midigen.evaluation.review import ship_fingerprints
        from midigen.run_archive import pack_run

        run = self.run(name)
        store = self._store_of(name) if run.has_model() and name not in SHIPPED else None
        if store is not None:
            ship_fingerprints(store, run.folder)
            ship_profile(store, run.folder)
        pack_run(run, path)

    def unpack_run(self, path: Path, name: str = "") -> Run:
        """Take in a zip that `pack_run` wrote, here or elsewhere.

        Raises:
            UserError: there is no model in it, or not a sound one.
        """
        from midigen.run_archive import unpack_run

        return unpack_run(path, self.workspace, name)

    def models(self) -> list[ModelInfo]:
        """All models that can compose, in the order of `runs`, but by the age of their weights."""
        from midigen.model_folder import WEIGHTS, read_card

        return sorted(
            (
                ModelInfo(
                    run.name,
                    run.folder,
                    read_card(run.folder),
                    (run.folder / WEIGHTS).stat().st_mtime,
                )
                for run in self.runs()
                if run.has_model()
            ),
            key=lambda model: (_shipped_place(model.name), -model.changed_at),
        )

    def export(self, model: str, path: Path) -> None:
        """Write a model as one `.pth` file and its `tokenizer.json` beside it.

        Raises:
            UserError: there is no such model.
        """
        from midigen.bundle import export_bundle

        export_bundle(self._bundle(model), path)

    def _own_run(self, name: str) -> Run:
        if name in SHIPPED:
            raise UserError(
                f"'{name}' comes with midigen and stays as it is.", "Choose a run of your own."
            )
        return self.run(name)

    def _model_path(self, model: str) -> Path:
        """The folder of a model or the `.pth` file; a name in `models/` comes before a path."""
        from midigen.model_folder import is_bundle

        path = Path(model).expanduser()
        if path.suffix == ".pth":
            return path
        folders = [self.workspace.models / model, path]
        if self.workspace.shipped_models is not None:
            folders.insert(1, self.workspace.shipped_models / model)
        for folder in folders:
            if is_bundle(folder):
                return folder
        raise self._no_model(model)

    def usual_request(self, model: str) -> GenerationRequest:
        """What is asked of a model where nobody says otherwise: it is sampled as it is meant to be.

        That stands in its own config.yaml; what is changed in that of the studio comes first.

        Raises:
            UserError: there is no such model.
        """
        path = self._model_path(model)
        own = load_config(path / "config.yaml").generation if path.is_dir() else None
        return sampled_as(own or GenerationRequest(), self.config.generation)

    def _bundle(self, model: str, tokenizer: Path | None = None) -> Bundle:
        from midigen.bundle import load_bundle, load_export
        from midigen.music.tokenizer import ScoreTokenizer

        path = self._model_path(model)
        if path.suffix == ".pth":
            return load_export(path, tokenizer, self.config.data.max_model_mb)
        bundle = load_bundle(path, self.config.data.max_model_mb)
        if tokenizer is not None:
            given = ScoreTokenizer.load(tokenizer)
            if given.fingerprint != bundle.tokenizer.fingerprint:
                raise UserError(
                    f"{tokenizer} is not the tokenizer that '{model}' was trained with.",
                    "Leave it out: a model's folder has its own.",
                )
        return bundle

    def _composer(self, model: str, tokenizer: Path | None) -> Composer:
        """A model ready to compose; the last few stay in memory until their files change."""
        from midigen.model_folder import WEIGHTS

        weights = self._model_path(model) / WEIGHTS
        if tokenizer is not None or not weights.is_file():  # a .pth, or something to be compared
            return self._bundle(model, tokenizer).composer()
        key = (weights.resolve(), weights.stat().st_mtime_ns)
        with self._loading:
            if key not in self._composers:
                self._composers[key] = self._bundle(model).composer()
                for old in list(self._composers)[:-_CACHED_MODELS]:
                    del self._composers[old]
            return self._composers[key]

    def _store_of(self, model: str) -> TokenStore | None:
        """The tokens that a model learned from, if they are still there."""
        from midigen.corpus.store import open_store

        bundle = self._bundle(model)
        dataset = bundle.card.get("dataset")
        known = {each.name for each in self.datasets()}
        if dataset not in known:
            return None
        _, folder = self._reading_as(bundle, dataset)._places(dataset)
        return open_store(folder) if (folder / "pieces.json").exists() else None

    def _reading_as(self, bundle: Bundle, dataset: str) -> Self:
        """A studio that reads music as a model did when it learned.

        What it learned from was stored under the styles as they were asked for, which are names by
        now; where that store still spells as the model does, it is read again.
        """
        from midigen.music.tokenizer import ScoreTokenizer

        settings = replace(
            self.config, tokenizer=bundle.tokenizer.config, preprocessing=bundle.preprocessing
        )
        if bundle.asked is not None and dataset == bundle.card.get("dataset"):
            as_asked = type(self)(replace(settings, tokenizer=bundle.asked), self.workspace)
            alphabet = as_asked._places(dataset)[1] / "tokenizer.json"
            if alphabet.exists():
                fingerprint = ScoreTokenizer.load(alphabet).fingerprint
                if fingerprint == bundle.tokenizer.fingerprint:
                    return as_asked
        return type(self)(settings, self.workspace)

    def _no_model(self, name: str) -> UserError:
        names = [model.name for model in self.models()]
        known = f"Available: {', '.join(names)}." if names else "There is none yet."
        return UserError(
            f"No model named '{name}' in {self.workspace.models}.",
            f"{known} Train one with `python train.py`.",
        )


def _shipped_place(name: str) -> int:
    """For sorting: 0 for a run of one's own, then the shipped models in their order."""
    return SHIPPED.index(name) + 1 if name in SHIPPED else 0
