"""All runs in a table; rename, delete and take along the one that is watched, take in a zip."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

from midigen.errors import UserError
from midigen.studio import Studio
from midigen.ui import markup, texts
from midigen.ui.errors import for_people
from midigen.ui.events import PRIVATE, QUIET
from midigen.ui.language import say
from midigen.ui.tables import run_row
from midigen.ui.temporary import fresh_folder

Updates = dict[Any, Any]


class RunsShelf:
    """The table and what can be done with the run that is chosen in `run`."""

    def __init__(self, studio: Studio, run: gr.Dropdown) -> None:
        self.studio = studio
        self.run = run
        self._lay_out()

    # Layout

    def _lay_out(self) -> None:
        with gr.Column(visible=False) as self.having:
            gr.HTML(markup.heading(texts.ALL_RUNS, texts.ALL_RUNS_HELP))
            self.table = gr.HTML(elem_classes="runs-table")
            with gr.Row(elem_classes="shelf-buttons"):
                self.new_name = gr.Textbox(
                    "", label=texts.NEW_NAME, max_lines=1, scale=2, min_width=220
                )
                self.rename = gr.Button(texts.RENAME_BUTTON, min_width=120)
                self.take_along = gr.Button(texts.ZIP_BUTTON, min_width=120)
                self.delete = gr.Button(texts.DELETE_BUTTON, min_width=120)
            self.zip = gr.File(label=texts.ZIP_READY, visible=False, height=70)
            with gr.Row(visible=False, elem_classes="confirm") as self.confirming:
                self.question = gr.HTML()
                self.really = gr.Button(texts.DELETE_FOR_GOOD, variant="stop")
                self.keep = gr.Button(texts.KEEP_BUTTON)
        self.take_in = gr.UploadButton(
            texts.ZIP_IN_BUTTON, file_types=[".zip"], size="sm", elem_classes="take-in"
        )

    @property
    def outputs(self) -> list[Any]:
        """What `show` writes to."""
        return [self.having, self.table]

    # Wiring

    def wire(self, look: dict[str, Any], look_again: Any) -> None:
        """Connect the buttons; what they change is looked at at once."""
        self.rename.click(
            self.rename_run, [self.run, self.new_name], [self.run, self.new_name], **PRIVATE
        ).success(look_again, **look)
        self.take_along.click(self.pack, self.run, self.zip, **PRIVATE)
        self.delete.click(self.ask, self.run, [self.confirming, self.question], **QUIET)
        self.keep.click(lambda: gr.Row(visible=False), outputs=self.confirming, **QUIET)
        self.really.click(
            self.delete_run, self.run, self.confirming, show_progress="hidden", **PRIVATE
        ).success(look_again, **look)
        self.take_in.upload(self.unpack, self.take_in, self.run, **PRIVATE).success(
            look_again, **look
        )
        self.run.change(
            lambda: (gr.Row(visible=False), gr.File(visible=False)),
            outputs=[self.confirming, self.zip],
            **QUIET,
        )

    # Handlers

    @for_people
    def rename_run(self, name: str, new_name: str) -> tuple[Any, str]:
        """Give the chosen run another name."""
        if not new_name.strip():
            raise UserError(texts.NO_NAME, texts.NO_NAME_HINT)
        run = self.studio.rename_run(name, new_name.strip())
        return self._choosing(run.name), ""

    @for_people
    def pack(self, name: str) -> Any:
        """The chosen run as a zip to download."""
        path = fresh_folder() / f"{self.studio.run(name).name}.zip"
        self.studio.pack_run(name, path)
        return gr.File(value=str(path), visible=True)

    @for_people
    def ask(self, name: str) -> tuple[Any, str]:
        """Deleting takes a second click."""
        question = say(texts.DELETE_RUN_QUESTION, name=self.studio.run(name).name)
        return gr.Row(visible=True), markup.paragraph(question)

    @for_people
    def delete_run(self, name: str) -> Any:
        """Delete the chosen run for good."""
        self.studio.delete_run(name)
        return gr.Row(visible=False)

    @for_people
    def unpack(self, file: str) -> Any:
        """Take in a model from a zip."""
        run = self.studio.unpack_run(Path(file))
        gr.Info(say(texts.TAKEN_IN, name=run.name))
        return self._choosing(run.name)

    # What the tab shows

    def show(self) -> Updates:
        """The table."""
        rows = [run_row(each) for each in self.studio.summaries()]
        return {
            self.having: gr.Column(visible=bool(rows)),
            self.table: markup.table(texts.RUN_COLUMNS, rows),
        }

    def _choosing(self, name: str) -> Any:
        return gr.Dropdown(choices=[each.name for each in self.studio.runs()], value=name)
