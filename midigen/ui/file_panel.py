"""The files of a data set: a table to sift, and a player for any of them that can be read."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import gradio as gr

from midigen.corpus.datasets import Dataset
from midigen.corpus.prepare import midi_files
from midigen.corpus.store import CorpusReport
from midigen.corpus.survey import Survey
from midigen.errors import UserError
from midigen.music.score import duration_s, first_bars
from midigen.studio import Studio
from midigen.ui import markup, sentences, texts
from midigen.ui.assets import asset_text
from midigen.ui.deck import Deck
from midigen.ui.errors import for_people
from midigen.ui.events import PRIVATE
from midigen.ui.known import known_dataset
from midigen.ui.language import say
from midigen.ui.player import player_value
from midigen.ui.results import Shown, downloads, sound_of
from midigen.ui.tables import file_rows
from midigen.ui.temporary import fresh_folder

MOST_ROWS = 2000  # of the table; a page with more becomes slow
LONGEST_S = 120.0  # of what is played; an hour would be a file of 600 MB

Updates = dict[Any, Any]


class FilePanel:
    """The table, with what is shown of it, and the player; `wire` connects them with the set."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio
        with gr.Column(visible=False) as self.column:
            self.filter = gr.Radio(
                [(label, key) for key, label in texts.FILTERS.items()],
                value=texts.LEFT_OUT,
                label=texts.FILE_FILTER,
            )
            self.table = gr.HTML(js_on_load=asset_text("files.js"))
            # Hidden while empty by the style sheet: gradio's own hiding takes its words away.
            self.deck = Deck(studio, texts.LISTEN_EMPTY, elem_classes="other-take")

    def wire(self, chosen: gr.Dropdown) -> None:
        """Let the buttons of the table play files of the chosen set."""
        table: Any = self.table
        table.listen(self.listen, chosen, self.deck.outputs, show_progress_on=self.table, **PRIVATE)

    @property
    def outputs(self) -> list[Any]:
        """What `show` writes to."""
        return [self.column, self.table]

    def show(
        self, dataset: Dataset, report: CorpusReport | None, survey: Survey | None, shown: str
    ) -> Updates:
        """The files of a data set, as far as they are wanted."""
        rows = file_rows(dataset, report, survey, shown)
        shown_rows = rows[:MOST_ROWS]
        playable = {each.file for each in report.files} if report is not None else set()
        return {
            self.column: gr.Column(visible=report is not None or bool(rows)),
            self.table: markup.table(texts.FILE_COLUMNS, shown_rows, playable)
            + markup.paragraph(sentences.of_rows(len(rows), MOST_ROWS), "quiet"),
        }

    @for_people
    def listen(self, name: str, event: gr.EventData) -> dict[Any, Any]:
        """Play a file of a data set; of a long one its beginning."""
        data = event._data if isinstance(event._data, dict) else {}
        return self.deck.put(self.play(known_dataset(self.studio, name), str(data.get("file"))))

    def play(self, dataset: Dataset, file: str) -> Shown:
        """A file as the player shows it.

        Raises:
            UserError: it is not in the set, or cannot be read.
        """
        midi = fresh_folder() / f"{Path(file).stem}.mid"
        shutil.copyfile(_known_file(dataset, file), midi)
        try:
            score = self.studio.read_file(midi)
        except UserError as error:
            raise UserError(
                say(texts.CANNOT_LISTEN, file=file, why=error.what), texts.CANNOT_LISTEN_HINT
            ) from error
        roll = self.studio.pianoroll(score)
        said = ""
        if roll.duration_s > LONGEST_S:
            score = first_bars(score, sum(start < LONGEST_S for start in roll.bars_s))
            roll = self.studio.pianoroll(score)
            said = say(texts.LISTEN_OPENING, length=sentences.duration(duration_s(score)))
        audio = sound_of(self.studio, score, midi)
        value = player_value(
            title=file,
            details=f"{said} {sentences.of_sound(audio.synth, audio.soundfont)}".strip(),
            audio=midi.with_suffix(".wav"),
            roll=roll,
            downloads=downloads(midi),
        )
        return Shown(value, midi)


def _known_file(dataset: Dataset, file: str) -> Path:
    """A page may ask for any path; only files that lie in the set are played."""
    if file not in midi_files(dataset.folder):
        raise UserError(say(texts.NOT_IN_SET, file=file), texts.NOT_IN_SET_HINT)
    return dataset.folder / file
