"""Data: three ways to get music, and what became of every file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from midigen import jobs
from midigen.corpus import chorales
from midigen.corpus.datasets import Dataset
from midigen.corpus.kaggle import parse_handle
from midigen.corpus.store import CorpusReport
from midigen.errors import UserError
from midigen.jobs import Job
from midigen.studio import Studio
from midigen.ui import markup, set_summary, texts
from midigen.ui.errors import for_people
from midigen.ui.events import PRIVATE, QUIET
from midigen.ui.file_panel import FilePanel
from midigen.ui.known import known_dataset
from midigen.ui.language import say
from midigen.ui.tables import set_row
from midigen.ui.widgets import reporting
from midigen.workspace import check_name, name_from

UPLOADED = [".mid", ".midi", ".zip"]

Updates = dict[Any, Any]


@dataclass(frozen=True)
class Seen:
    """What a visitor's page shows already, so that only news is sent.

    Attributes:
        job: the newest import and where it stood.
        sets: the data sets and when they were imported.
    """

    job: tuple[Any, ...] = ()
    sets: tuple[Any, ...] | None = None


class DataTab:
    """The tab, and the parts of it that the rest of the page talks to: `chosen`, `to_train`, …."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio
        self._lay_out()
        self._wire()

    # Layout

    def _lay_out(self) -> None:
        gr.HTML(markup.heading(texts.GET_MUSIC))
        with gr.Row(equal_height=True, elem_classes="cards"):
            with gr.Column(elem_classes="card", min_width=280):
                self._lay_out_chorales()
            with gr.Column(elem_classes="card", min_width=280):
                self._lay_out_kaggle()
            with gr.Column(elem_classes="card", min_width=280):
                self._lay_out_upload()
        with gr.Row(elem_classes="import-status"):
            self.progress = gr.HTML(scale=8)
            self.cancel = gr.Button(texts.CANCEL_BUTTON, visible=False, scale=1, min_width=100)
        self._lay_out_sets()

    def _lay_out_chorales(self) -> None:
        gr.HTML(markup.heading(texts.CHORALES_TITLE, texts.CHORALES_TEXT))
        gr.HTML(markup.paragraph(texts.CHORALES_MORE, "quiet"))
        self.get_chorales = gr.Button(texts.CHORALES_BUTTON, variant="primary")

    def _lay_out_kaggle(self) -> None:
        gr.HTML(markup.heading(texts.KAGGLE_TITLE, texts.KAGGLE_TEXT))
        self.handle = gr.Textbox(
            self.studio.config.data.dataset, label=texts.KAGGLE_HANDLE, max_lines=1
        )
        gr.HTML(markup.paragraph(texts.KAGGLE_MORE, "quiet"))
        self.get_kaggle = gr.Button(texts.KAGGLE_BUTTON, variant="primary")

    def _lay_out_upload(self) -> None:
        gr.HTML(markup.heading(texts.UPLOAD_TITLE, texts.UPLOAD_TEXT))
        self.files = gr.File(
            label=texts.UPLOAD_FILES, file_count="multiple", file_types=UPLOADED, height=140
        )
        self.upload_name = gr.Textbox("", label=texts.UPLOAD_NAME, max_lines=1)
        self.get_upload = gr.Button(texts.UPLOAD_BUTTON, variant="primary")

    def _lay_out_sets(self) -> None:
        gr.HTML(markup.heading(texts.SETS))
        self.nothing_yet = gr.HTML(markup.paragraph(texts.NO_SETS, "quiet"))
        with gr.Column(visible=False) as self.having:
            self.table = gr.HTML()
            self.chosen = gr.Dropdown([], label=texts.SHOWN_SET, allow_custom_value=True)
            self.summary = gr.HTML()
            with gr.Row(elem_classes="main-buttons"):
                self.to_train = gr.Button(texts.TRAIN_BUTTON, variant="primary")
                self.to_finetune = gr.Button(texts.FINETUNE_BUTTON)
                self.prepare = gr.Button(texts.PREPARE_BUTTON, visible=False)
                self.delete = gr.Button(texts.DELETE_BUTTON)
            with gr.Row(visible=False, elem_classes="confirm") as self.confirming:
                self.question = gr.HTML()
                self.really = gr.Button(texts.DELETE_FOR_GOOD, variant="stop")
                self.keep = gr.Button(texts.KEEP_BUTTON)
            self.asked = gr.State("")
            self.files_of_set = FilePanel(self.studio)

    # Wiring

    def _wire(self) -> None:
        self.seen = gr.State(Seen())
        look = self._looking()
        for button, handler, inputs in (
            (self.get_chorales, self.import_chorales, None),
            (self.get_kaggle, self.import_from_kaggle, self.handle),
            (self.get_upload, self.import_upload, [self.files, self.upload_name]),
        ):
            begun = button.click(handler, inputs, **PRIVATE, show_progress="hidden")
            begun.success(self.look, **look)
        begun.success(lambda: (None, ""), outputs=[self.files, self.upload_name], **QUIET)
        self.cancel.click(self.cancel_import, **QUIET)
        self.files.upload(
            self.suggest_name, [self.files, self.upload_name], self.upload_name, **QUIET
        )
        self.files_of_set.wire(self.chosen)
        show: dict[str, Any] = {
            "inputs": [self.chosen, self.files_of_set.filter],
            "outputs": self._shown(),
            **QUIET,
        }
        for choice in (self.chosen, self.files_of_set.filter):
            choice.change(self.show, **show)
        deck = self.files_of_set.deck
        self.chosen.change(lambda: deck.put(None), outputs=deck.outputs, **QUIET)
        self.prepare.click(self.look_through, self.chosen, self.summary, **PRIVATE).then(
            self.show, **show
        )
        self.delete.click(
            self.ask, self.chosen, [self.confirming, self.question, self.asked], **QUIET
        )
        self.keep.click(lambda: gr.Row(visible=False), outputs=self.confirming, **QUIET)
        self.really.click(self.delete_set, self.asked, self.confirming, **PRIVATE).success(
            self.look, **look
        )

    def watch(self, page: gr.Blocks, timer: gr.Timer) -> None:
        """Show imports and data sets as they come and go."""
        page.load(self.look, **self._looking())
        timer.tick(self.look, **self._looking())

    def _shown(self) -> list[Any]:
        return [
            self.summary, self.to_train, self.to_finetune, self.prepare, self.confirming,
            *self.files_of_set.outputs,
        ]  # fmt: skip

    def _looking(self) -> dict[str, Any]:
        """How `look` is wired, wherever it is called from."""
        outputs = [
            self.seen, self.progress, self.cancel, self.get_chorales, self.get_kaggle,
            self.get_upload, self.nothing_yet, self.having, self.table, self.chosen,
            *self._shown(),
        ]  # fmt: skip
        inputs = [self.seen, self.chosen, self.files_of_set.filter]
        return {"inputs": inputs, "outputs": outputs, **QUIET}

    # Handlers: getting music

    @for_people
    def import_chorales(self) -> None:
        """Import the chorales that come with the studio."""
        jobs.start_import(self.studio, chorales.NAME)

    @for_people
    def import_from_kaggle(self, handle: str) -> None:
        """Download a data set; only handles are taken here, no paths of this computer."""
        if parse_handle(handle.strip()) is None:
            raise UserError(f"'{handle}' is no Kaggle data set.", texts.KAGGLE_HANDLE_HINT)
        jobs.start_import(self.studio, handle.strip())

    @for_people
    def import_upload(self, files: list[str] | None, name: str) -> None:
        """Import what was uploaded."""
        if not files:
            raise UserError(texts.NOTHING_UPLOADED, texts.NOTHING_UPLOADED_HINT)
        name = check_name(name.strip() or suggested_name(files), "data set")
        jobs.start_upload(self.studio, [Path(each) for each in files], name)

    @for_people
    def cancel_import(self) -> None:
        """End the newest import."""
        for job in jobs.list_jobs(self.studio.workspace)[:1]:
            job.stop()

    def suggest_name(self, files: list[str] | None, name: str) -> str:
        """Suggest a name for an upload, unless somebody has typed one."""
        return name.strip() or suggested_name(files or [])

    # Handlers: data sets

    @for_people
    def look(self, seen: Seen, chosen: str | None, shown: str) -> Any:
        """Send what has changed since the last look."""
        job = next(iter(jobs.list_jobs(self.studio.workspace)), None)
        at_work = _standing(job)
        datasets = self.studio.datasets()
        sets = tuple((each.name, each.imported_at, each.n_files) for each in datasets)
        news: Updates = {}
        if at_work != seen.job:
            news |= self._show_job(job)
        if sets != seen.sets or at_work[:2] != seen.job[:2]:
            news |= self._offer_sets(datasets, _imported(job, seen) or chosen, shown)
        return {**news, self.seen: Seen(at_work, sets)} if news else gr.skip()

    @for_people
    def show(self, name: str | None, shown: str) -> Updates:
        """What is known of one data set."""
        dataset = next((each for each in self.studio.datasets() if each.name == name), None)
        if dataset is None:
            return {self.summary: "", self.files_of_set.column: gr.Column(visible=False)}
        return self._show_set(dataset, self.studio.report(dataset.name), shown)

    @for_people
    def look_through(
        self,
        name: str,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - gradio finds it by its default
    ) -> str:
        """Prepare a data set now, to see what of it can be used."""
        name = known_dataset(self.studio, name).name
        store = self.studio.prepare(name, reporting(progress))
        self.studio.survey(name, reporting(progress))
        return markup.paragraph(store.report().summary())

    def ask(self, name: str) -> tuple[Any, str, str]:
        """Deleting takes a second click, which deletes what was asked about."""
        return gr.Row(visible=True), markup.paragraph(say(texts.DELETE_QUESTION, name=name)), name

    @for_people
    def delete_set(self, name: str) -> Any:
        """Delete a data set for good."""
        name = known_dataset(self.studio, name).name
        for job in jobs.list_jobs(self.studio.workspace)[:1]:
            status = job.status()
            if status.state == "running" and status.dataset == name:
                raise UserError(say(texts.STILL_IMPORTED, name=name), texts.STILL_IMPORTED_HINT)
        self.studio.delete_dataset(name)
        return gr.Row(visible=False)

    # Behind the handlers

    def _show_job(self, job: Job | None) -> Updates:
        status = job.status() if job else None
        is_running = status is not None and status.state == "running"
        buttons = (self.get_chorales, self.get_kaggle, self.get_upload)
        return {
            self.progress: markup.job_status(status) if status else "",
            self.cancel: gr.Button(visible=is_running),
            **{each: gr.Button(interactive=not is_running) for each in buttons},
        }

    def _offer_sets(self, datasets: list[Dataset], chosen: str | None, shown: str) -> Updates:
        names = [each.name for each in datasets]
        name = chosen if chosen in names else next(iter(names), None)
        reports = {each.name: self.studio.report(each.name) for each in datasets}
        updates: Updates = {
            self.nothing_yet: gr.HTML(visible=not names),
            self.having: gr.Column(visible=bool(names)),
            self.table: markup.table(
                texts.SET_COLUMNS, [set_row(each, reports[each.name]) for each in datasets]
            ),
            self.chosen: gr.Dropdown(choices=names, value=name),
        }
        for each in datasets:
            if each.name == name:
                updates |= self._show_set(each, reports[each.name], shown)
        return updates

    def _show_set(self, dataset: Dataset, report: CorpusReport | None, shown: str) -> Updates:
        survey = self.studio.known_survey(dataset.name)
        can_learn = report is None or report.is_enough
        return {
            self.summary: set_summary.as_html(dataset, report, survey),
            self.to_train: gr.Button(interactive=can_learn),
            self.to_finetune: gr.Button(interactive=can_learn),
            self.prepare: gr.Button(visible=can_learn and (report is None or survey is None)),
            self.confirming: gr.Row(visible=False),
            **self.files_of_set.show(dataset, report, survey, shown),
        }


def suggested_name(files: list[str]) -> str:
    """The zip's name; of single files, `my-music`."""
    return name_from(Path(files[0]).name) if len(files) == 1 else "my-music"


def _standing(job: Job | None) -> tuple[Any, ...]:
    if job is None:
        return ()
    status = job.status()
    return (job.id, status.state, status.what, status.done, status.total)


def _imported(job: Job | None, seen: Seen) -> str | None:
    """The data set that an import has just brought."""
    if job is None or seen.job[:2] == (job.id, "finished") or seen.sets is None:
        return None
    return job.status().dataset
