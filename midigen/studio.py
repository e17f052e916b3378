"""Everything a person can ask for; the page, the command line and the scripts only translate.

Rooms are imported when they are asked for, so that a question which needs no torch is answered
without it.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from midigen import atomic
from midigen.config import FINETUNE, Config, GenerationRequest
from midigen.config_file import load_config
from midigen.errors import UserError
from midigen.progress import Progress, silent
from midigen.untrusted import MB
from midigen.workspace import Workspace, name_from

if TYPE_CHECKING:
    from symusic import Score

    from midigen.bundle import Bundle
    from midigen.config import Split
    from midigen.corpus.datasets import Dataset
    from midigen.corpus.intake import Intake
    from midigen.corpus.store import CorpusReport, TokenStore
    from midigen.corpus.survey import Survey
    from midigen.evaluation.ngram import Floors
    from midigen.evaluation.profile import CorpusProfile
    from midigen.evaluation.report import Evaluation
    from midigen.evaluation.review import CopyFinding
    from midigen.generation.composer import Composer, Composition, Piece
    from midigen.music.analysis import Analysis
    from midigen.rendering.audio import Audio
    from midigen.rendering.pianoroll import PianoRoll
    from midigen.rendering.sheet import Sheet
    from midigen.run_summary import RunSummary
    from midigen.runs import Run
    from midigen.takes import Visit
    from midigen.training.estimate import Estimate
    from midigen.training.events import Event

_log = logging.getLogger(__name__)

SHIPPED = ("classical-piano", "art-songs")  # the models that come with midigen
_CACHED_MODELS = 4
_TOKENS_TO_WARM_UP = 60  # some notes, to be played


@dataclass(frozen=True)
class LookAtPiece:
    """What is known of one piece.

    Attributes:
        analysis: of the piece alone.
        profile: of the pieces that the model learned from; None where nothing is known of them.
        copied: the longest run that it shares with one of them; None where they are not there.
    """

    analysis: Analysis
    profile: CorpusProfile | None
    copied: CopyFinding | None


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


class Studio:
    """The concierge of one workspace. It may be asked by several threads at a time."""

    def __init__(self, config: Config, workspace: Workspace) -> None:
        self.config = config
        self.workspace = workspace
        self._composers: dict[tuple[Path, int], Composer] = {}
        self._loading = threading.Lock()

    # Data

    def datasets(self) -> list[Dataset]:
        """All data sets, by name."""
        from midigen.corpus.datasets import list_datasets

        return list_datasets(self.workspace)

    def import_dataset(
        self, source: str, name: str | None = None, progress: Progress = silent
    ) -> Dataset:
        """Bring music into the workspace.

        Args:
            source: `bach-chorales`, a folder, a zip, a MIDI file or a Kaggle handle.
            name: what to call it; None takes the source's.
            progress: told of bytes, then of files.

        Raises:
            UserError: it cannot be had, or holds no MIDI.
        """
        from midigen.corpus.importing import import_dataset

        return import_dataset(source, name, self.workspace, self.config.data, progress)

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

    def music_folder(self, dataset: str) -> Path:
        """Where the MIDI files of a data set lie.

        Args:
            dataset: a name, or the path of a folder with MIDI.

        Raises:
            UserError: there is no such data set.
        """
        from midigen.corpus.datasets import find_dataset

        path = Path(dataset).expanduser()
        if path.is_dir() and (len(path.parts) > 1 or path.is_absolute()):
            return path.resolve()
        return find_dataset(self.workspace, dataset).folder

    def prepare(self, dataset: str, progress: Progress = silent) -> TokenStore:
        """Turn a data set into tokens, or open them where they are up to date.

        Args:
            dataset: a name, or the path of a folder with MIDI.
            progress: told of files.

        Raises:
            UserError: there is no such data set, or too little of it can be used.
        """
        from midigen.corpus.prepare import prepare

        folder, store = self._places(dataset)
        return prepare(folder, store, self.config, progress)

    def take_in(self, source: Path, target: Path, progress: Progress = silent) -> Intake:
        """Write the sound MIDI files of a file, zip or folder anew into a folder.

        Raises:
            UserError: it cannot be read, is unsafe or holds no sound MIDI.
        """
        from midigen.corpus.importing import take_in

        return take_in(source, target, self.config.data, progress)

    def report(self, dataset: str) -> CorpusReport | None:
        """What became of every file when the data set was prepared with the present settings."""
        from midigen.corpus.store import read_report

        _, store = self._places(dataset)
        return read_report(store) if (store / "report.json").exists() else None

    def survey(self, dataset: str, progress: Progress = silent) -> Survey:
        """What the kept pieces of a prepared data set are like; looked at once.

        Args:
            dataset: a name, or the path of a folder with MIDI.
            progress: told of files.

        Raises:
            UserError: there is no such data set, or it was not prepared.
        """
        from midigen.corpus.survey import open_survey

        folder, store = self._places(dataset)
        report = self.report(dataset)
        if report is None:
            raise UserError(f"Nobody has looked through '{dataset}' yet.", "Prepare it first.")
        return open_survey(store, folder, report, self.config, progress)

    def known_survey(self, dataset: str) -> Survey | None:
        """The survey of a data set if it was made with the present settings."""
        from midigen.corpus.survey import read_survey

        return read_survey(self._places(dataset)[1])

    # Training

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
            studio = Studio(self.config_to_train(preset, base), self.workspace)
        if base and not resume:
            bundle = self._bundle(base)
            card = {"base": origin(bundle)}
            weights = starting_weights(studio.config, bundle)
        if resume:
            dataset = run.status().dataset
            studio = Studio(load_config(run.folder / "config.yaml"), self.workspace)
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
        store, _ = Studio(config, self.workspace)._store_with_floors(dataset, progress)
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
        config = built_on(self.config, self._bundle(base)) if base else self.config
        config.model.refuse_foreign_knobs()
        config.model.check_heads()
        return config

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

    # Models

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

    def compose(
        self,
        model: str,
        request: GenerationRequest,
        prompt: Score | None = None,
        progress: Progress = silent,
        should_stop: Callable[[], bool] = lambda: False,
        tokenizer: Path | None = None,
    ) -> Piece:
        """Compose a piece.

        Args:
            model: a name, the path of a model's folder or of an exported `.pth`.
            request: what is asked; without a seed one is drawn.
            prompt: music to go on from.
            progress: told of tokens.
            should_stop: asked after each token; what is there then is the piece.
            tokenizer: the file that belongs to the model; None takes the one beside it.

        Raises:
            UserError: there is no such model, it is damaged, or the prompt cannot be used.
        """
        composer = self._composer(model, tokenizer)
        with _one_thread():
            return composer.compose(request, prompt, progress, should_stop)

    def begin(
        self, model: str, request: GenerationRequest, prompt: Score | None = None
    ) -> Composition:
        """Begin a piece that can be looked at while it grows.

        Args:
            model: as for `compose`.
            request: what is asked; without a seed one is drawn.
            prompt: music to go on from.

        Raises:
            UserError: as for `compose`.
        """
        import torch

        torch.set_num_threads(1)  # single steps are too small to share
        return self._composer(model, None).begin(request, prompt)

    def warm_up(self) -> None:
        """Load what the first piece needs: a model that does not learn, and the soundfont.

        What is missing or damaged is passed over here; who asks for it is told.
        """
        ready = [each.name for each in self.models() if not self.run(each.name).status().is_alive]
        if not ready:
            return
        try:
            composition = self.begin(
                ready[0], GenerationRequest(seed=0, gen_length=_TOKENS_TO_WARM_UP)
            )
            for _ in composition.grow():
                pass
            self.render(composition.piece().score)
        except UserError as error:
            _log.info("Nothing was loaded beforehand: %s", error)

    def metres(self, model: str) -> tuple[str, ...]:
        """The time signatures that a model can write.

        Raises:
            UserError: there is no such model.
        """
        from midigen.generation.wishes import metres

        return metres(self._composer(model, None).tokenizer)

    def styles(self, model: str) -> tuple[str, ...]:
        """The styles that a model has learned apart.

        Raises:
            UserError: there is no such model.
        """
        return self._composer(model, None).styles

    def can_recall(self, model: str) -> bool:
        """Whether a model can take up what a piece has played: its cache was fitted.

        Raises:
            UserError: there is no such model.
        """
        return self._composer(model, None).can_recall

    def visit(self, visitor: str) -> Visit:
        """The takes of a visitor of the page.

        Raises:
            UserError: that is nobody's name.
        """
        from midigen.takes import Visit

        return Visit(self._takes_folder(), visitor)

    def clear_old_takes(self, kept_for_s: float | None = None) -> None:
        """Delete the takes of visitors who did nothing for so long; None is a week."""
        from midigen.takes import KEPT_FOR_S, sweep

        sweep(self._takes_folder(), KEPT_FOR_S if kept_for_s is None else kept_for_s)

    def read_file(self, path: Path) -> Score:
        """Read a MIDI file of unknown origin.

        Raises:
            UserError: why it cannot be read, as the end of a sentence: `it is damaged`.
        """
        from midigen.music.score import read_score

        return read_score(path, self.config.data)

    def read_prompt(self, path: Path) -> Score:
        """Read somebody's MIDI file to go on from.

        Raises:
            UserError: it is no MIDI file, damaged, or has no notes.
        """
        try:
            return self.read_file(path)
        except UserError as error:
            raise UserError(
                f"The prompt {path.name} cannot be used: {error.what}.", "Choose another MIDI file."
            ) from error

    def analyse(self, score: Score, model: str = "") -> LookAtPiece:
        """Look closer at a piece, and compare it with what a model learned from.

        Args:
            score: the piece.
            model: a name; its training pieces are compared with where they are at hand.

        Raises:
            UserError: the piece has no notes, or there is no such model.
        """
        from midigen.evaluation.profile import FILE, open_profile, read_profile
        from midigen.evaluation.review import check_piece, check_shipped
        from midigen.music.analysis import analyse

        analysis = analyse(score)
        store = self._store_of(model) if model else None
        if store is not None:
            return LookAtPiece(analysis, open_profile(store), check_piece(score, store))
        if not model:
            return LookAtPiece(analysis, None, None)
        folder = self._model_path(model)
        profile = read_profile(folder / FILE) if (folder / FILE).is_file() else None
        return LookAtPiece(analysis, profile, check_shipped(score, folder))

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
        with _one_thread():
            progress(0, None, "Reading held-out pieces")
            found = foretell(bundle, store, split, data, floors)
            if n_pieces:
                request = self.config.generation
                composed = review(
                    bundle.composer(), store, split, request, n_pieces, progress, should_stop
                )
                found = replace(found, review=composed)
        folder = self._model_path(model)
        if folder.parent == self.workspace.models:
            Run(folder).keep_evaluation(split, found.as_dict())
        return found

    def export(self, model: str, path: Path) -> None:
        """Write a model as one `.pth` file and its `tokenizer.json` beside it.

        Raises:
            UserError: there is no such model.
        """
        from midigen.bundle import export_bundle

        export_bundle(self._bundle(model), path)

    # Elsewhere

    def pull(self, address: str, name: str = "", progress: Progress = silent) -> Run:
        """Take in a model from the Hugging Face Hub.

        Args:
            address: `owner/name` or `owner/name@revision`.
            name: what to call it; nothing takes that of the repository.
            progress: told of files.

        Raises:
            UserError: it cannot be had, or holds no sound model.
        """
        from midigen.hub import parse_address, pull_model

        return pull_model(parse_address(address), self.workspace, name, progress)

    def push(self, model: str, address: str, private: bool = False) -> str:
        """Copy a model to the Hub; return its address with the commit.

        Args:
            model: a name.
            address: `owner/name`.
            private: whether nobody else may see it, where it is made now.

        Raises:
            UserError: there is no such model, nobody is logged in, or the Hub refuses.
        """
        from midigen.hub import parse_address, push_model

        return str(push_model(self.run(model), parse_address(address), private))

    def write_space(self, folder: Path, models: Sequence[str], hardware: str) -> None:
        """Write a folder that can be pushed to Hugging Face as a Space.

        Args:
            folder: new, empty, or one that was written by this before.
            models: names; none takes those that come with midigen.
            hardware: what it shall run on, as `space.HARDWARE` names it.

        Raises:
            UserError: the folder holds something else, or a model is missing or too large.
        """
        from midigen.space import write_space

        names = models or [run.name for run in self.runs() if run.name in SHIPPED]
        write_space(folder, [self.run(name) for name in names], hardware, self.config)

    def push_space(self, folder: Path, address: str, hardware: str, private: bool = False) -> str:
        """Copy such a folder to the Hub; return its address with the commit.

        Raises:
            UserError: nobody is logged in, or the Hub refuses.
        """
        from midigen.hub import parse_address, push_space

        return str(push_space(folder, parse_address(address), hardware, private))

    # Sound and picture

    def soundfonts(self) -> list[Path]:
        """Every soundfont that there is, the one that is taken by itself first."""
        from midigen.rendering.soundfonts import list_soundfonts

        return list_soundfonts(self.workspace.soundfonts)

    def add_soundfont(self, source: Path) -> Path:
        """Keep a copy of a soundfont, if it plays; return its place.

        Raises:
            UserError: it is none, it does not play, or one of this name is there.
            OSError: the disk is full, or nothing can be written there.
        """
        from midigen.rendering.audition import keep_soundfont

        most_bytes = self.config.app.max_upload_mb * MB
        return keep_soundfont(source, self.workspace.soundfonts, most_bytes)

    def render(
        self, score: Score, soundfont: str | None = None, tail_s: float | None = None
    ) -> Audio:
        """Play a score.

        Args:
            score: the music.
            soundfont: the name of one of `soundfonts`; None takes the configured one.
            tail_s: seconds that the last notes may ring on; None takes the configured ones.

        Raises:
            UserError: it has no notes, or the chosen synthesizer or soundfont cannot be used.
        """
        from midigen.rendering.audio import render_audio

        rendering = self.config.rendering
        if soundfont is not None:
            rendering = replace(rendering, soundfont=soundfont)
        if tail_s is not None:
            rendering = replace(rendering, tail_s=tail_s)
        return render_audio(score, rendering, self.workspace.soundfonts)

    def pianoroll(self, score: Score) -> PianoRoll:
        """Draw a score."""
        from midigen.rendering.pianoroll import pianoroll

        return pianoroll(score)

    def sheet(self, score: Score, title: str = "") -> Sheet:
        """Write a score as sheet music.

        Raises:
            UserError: it has no notes, or cannot be engraved.
        """
        from midigen.rendering.sheet import sheet

        return sheet(score, title)

    # Behind the desk

    def _takes_folder(self) -> Path:
        """Beside everything else; where nothing can be written there, in the system's own place."""
        place = self.workspace.takes
        there = next(each for each in (place, *place.parents) if each.exists())
        return place if os.access(there, os.W_OK) else Path(tempfile.gettempdir()) / "midigen-takes"

    def _own_run(self, name: str) -> Run:
        if name in SHIPPED:
            raise UserError(
                f"'{name}' comes with midigen and stays as it is.", "Choose a run of your own."
            )
        return self.run(name)

    def _places(self, dataset: str) -> tuple[Path, Path]:
        """Where the MIDI of a data set lies, and where its tokens go."""
        from midigen.corpus.prepare import store_folder

        folder = self.music_folder(dataset)
        name = name_from(folder.name)
        return folder, store_folder(self.workspace.tokens, name, folder, self.config)

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

    def _reading_as(self, bundle: Bundle, dataset: str) -> Studio:
        """A studio that reads music as a model did when it learned.

        What it learned from was stored under the styles as they were asked for, which are names by
        now; where that store still spells as the model does, it is read again.
        """
        from midigen.music.tokenizer import ScoreTokenizer

        settings = replace(
            self.config, tokenizer=bundle.tokenizer.config, preprocessing=bundle.preprocessing
        )
        if bundle.asked is not None and dataset == bundle.card.get("dataset"):
            as_asked = Studio(replace(settings, tokenizer=bundle.asked), self.workspace)
            alphabet = as_asked._places(dataset)[1] / "tokenizer.json"
            if alphabet.exists():
                fingerprint = ScoreTokenizer.load(alphabet).fingerprint
                if fingerprint == bundle.tokenizer.fingerprint:
                    return as_asked
        return Studio(settings, self.workspace)

    def _origin(self, dataset: str) -> dict[str, Any]:
        """What a card says of the data."""
        known = {each.name: each for each in self.datasets()}
        if dataset not in known:
            return {"dataset": dataset}
        return {
            "dataset": dataset,
            "data_source": known[dataset].source,
            "data_licence": known[dataset].licence,
        }

    def _store_with_floors(
        self, dataset: str, progress: Progress, split: Split = "validation"
    ) -> tuple[TokenStore, Floors]:
        """The tokens of a data set, and what n-grams reach on a part of it, counted once."""
        from midigen.evaluation.ngram import Floors, compute_floors

        store = self.prepare(dataset, progress)
        if not store.of(split):
            raise UserError(
                f"The data set '{dataset}' has no {split} pieces.", "Choose another part."
            )
        cache = store.folder / f"floors-{split}.json"
        if cache.exists():
            return store, Floors(**json.loads(cache.read_text(encoding="utf-8")))
        floors = compute_floors(
            [store.ids(piece) for piece in store.of("train")],
            [store.ids(piece) for piece in store.of(split)],
            len(store.tokenizer),
        )
        atomic.write_json(cache, vars(floors))
        return store, floors

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


def open_studio(workspace: Workspace, overrides: tuple[str, ...] = ()) -> Studio:
    """A studio with the workspace's `config.yaml`, if it has one."""
    file = workspace.config_file if workspace.config_file.exists() else None
    return Studio(load_config(file, overrides), workspace)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Single steps are too small to share: waiting threads would cost more than they give."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
