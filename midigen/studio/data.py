"""Data sets: taken in, looked through, turned into tokens."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from midigen import atomic
from midigen.config import Config
from midigen.errors import UserError
from midigen.progress import Progress, silent
from midigen.workspace import Workspace, name_from

if TYPE_CHECKING:
    from midigen.config import Split
    from midigen.corpus.datasets import Dataset
    from midigen.corpus.intake import Intake
    from midigen.corpus.store import CorpusReport, TokenStore
    from midigen.corpus.survey import Survey
    from midigen.evaluation.ngram import Floors


class DataDesk:
    """What can be asked about data sets."""

    def __init__(self, config: Config, workspace: Workspace) -> None:
        self.config = config
        self.workspace = workspace

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

    def _places(self, dataset: str) -> tuple[Path, Path]:
        """Where the MIDI of a data set lies, and where its tokens go."""
        from midigen.corpus.prepare import store_folder

        folder = self.music_folder(dataset)
        name = name_from(folder.name)
        return folder, store_folder(self.workspace.tokens, name, folder, self.config)

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
