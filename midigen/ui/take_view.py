"""The right side of Generate: a take in the player, the list of takes, what to do with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

from midigen.music.score import n_bars_begun
from midigen.rendering.arrangement import arrange
from midigen.studio import Studio
from midigen.takes import Take, Visit
from midigen.ui import links, markup, sentences, texts
from midigen.ui.analysis_panel import AnalysisPanel, as_html
from midigen.ui.deck import Deck
from midigen.ui.errors import for_people
from midigen.ui.events import EACH, LAST, PRIVATE, QUIET
from midigen.ui.examples import Examples
from midigen.ui.known import usual_request
from midigen.ui.results import Shown, shown_take, zip_of
from midigen.ui.sound_panel import SoundPanel, with_instrument
from midigen.ui.takes_list import pressed, takes_list, takes_value
from midigen.ui.visitors import visitors
from midigen.ui.waiting import waiting
from midigen.ui.widgets import READING

if TYPE_CHECKING:
    from symusic import Score


@dataclass(frozen=True)
class Now:
    """What a visitor has before them.

    Attributes:
        visit: their takes.
        shown: the id of the take in the player, or nothing.
        compared: the id of the take beside it, or nothing.
        soundfont: the name of the one to play with; None for the configured one.
        instruments: programs by part, as the sound panel keeps them.
    """

    visit: Visit
    shown: str
    compared: str
    soundfont: str | None
    instruments: dict[int, int]

    @property
    def take(self) -> Take:
        """The take in the player.

        Raises:
            UserError: there is none.
        """
        return self.visit.take(self.shown)


class TakeView:
    """The parts of the page that follow the shown take, and their handlers."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio
        self.visitor = visitors()
        self.shown = gr.State("")
        self.compared = gr.State("")
        self._lay_out()
        self._wire()

    @property
    def inputs(self) -> dict[str, Any]:
        """What `now` must be given."""
        return {
            "visitor": self.visitor,
            "shown": self.shown,
            "compared": self.compared,
            "soundfont": self.sound.soundfont,
            "instruments": self.sound.instruments,
        }

    def now(self, values: Mapping[str, Any]) -> Now:
        """What a visitor has before them, from the values of `inputs`.

        Raises:
            UserError: the visitor is unknown.
        """
        return Now(
            self.studio.visit(values["visitor"]),
            values["shown"],
            values["compared"],
            values["soundfont"] or None,
            {int(part): program for part, program in values["instruments"].items()},
        )

    @property
    def outputs(self) -> list[Any]:
        """What `show` writes to."""
        return [
            *self.deck.outputs, self.list, self.shown, self.growing, self.keep, self.undo,
            self.again, self.command, self.recipe, self.link, *self.sound.fresh_outputs,
        ]  # fmt: skip

    def show(self, now: Now, take: Take, was_stopped: bool = False) -> dict[Any, Any]:
        """A take in the player, and everything that goes with it."""
        score = now.visit.score(take)
        fresh = self.sound.fresh([track.name for track in score.tracks], now.instruments)
        instruments = fresh[self.sound.instruments]
        asked, usual = now.visit.request(take), usual_request(self.studio, take.model)
        length = n_bars_begun(score)
        played = self._played(now, take, {"instruments": instruments}, was_stopped)
        return {
            **self.deck.put(played),
            self.list: takes_value(now.visit, take.id, now.compared),
            self.shown: take.id,
            self.growing: gr.update(visible=True),
            self.keep: gr.update(value=max(1, length // 2), maximum=length),
            self.undo: gr.update(interactive=bool(take.parent)),
            self.again: gr.update(visible=True),
            self.command: sentences.generate_command(take, asked, usual),
            self.recipe: sentences.as_json(now.visit.recipe(take)),
            self.link: links.link(take.model, asked, usual),
            **fresh,
        }

    def as_heard(self, now: Now, draft: Score) -> Score:
        """A piece that is being composed, with the instruments that it will have once whole."""
        fresh = self.sound.fresh([track.name for track in draft.tracks], now.instruments)
        return arrange(draft, self.sound.arrangement(instruments=fresh[self.sound.instruments]))

    # Layout and wiring

    def _lay_out(self) -> None:
        self.examples = Examples(self.studio)
        self.deck = Deck(self.studio)
        self.player = self.deck.player
        with gr.Row(visible=False, elem_classes="growing") as self.growing:
            self.more = gr.Button(texts.CONTINUE, size="sm", min_width=130)
            self.keep = gr.Number(
                1, label=texts.KEEP_BARS, precision=0, minimum=1, min_width=110, elem_id="keep-bars"
            )
            self.redo = gr.Button(texts.REDO, size="sm", min_width=150)
            self.undo = gr.Button(texts.UNDO, size="sm", min_width=90, interactive=False)
        self.waiting = waiting()
        # Styles hide it while it is empty.
        self.other = Deck(self.studio, elem_classes="other-take")
        self.list = takes_list(self.studio.config.app.public)
        self.zip = gr.File(label=texts.ZIP, visible=False, height=70)
        with gr.Accordion(texts.SOUND_SECTION, open=False):
            self.sound = SoundPanel(self.studio)
        with gr.Accordion(texts.ANALYSIS_SECTION, open=False):
            self.analysis = AnalysisPanel(self.studio)
        with gr.Accordion(texts.RECIPE, open=False, visible=False) as self.again:
            gr.HTML(markup.paragraph(texts.RECIPE_HELP, "quiet"))
            self.command = gr.Code(language="shell", **READING)
            gr.HTML(markup.paragraph(texts.RECIPE_LINK, "quiet"))
            self.link = gr.Code(**READING)
            gr.HTML(markup.paragraph(texts.RECIPE_JSON, "quiet"))
            self.recipe = gr.Code(language="json", **READING)

    def _wire(self) -> None:
        self.list.select(
            self.use_take,
            inputs_kwargs=self.inputs,
            outputs=[*self.outputs, *self.other.outputs, self.compared, self.zip],
            show_progress_on=self.waiting,
            **EACH,
            **PRIVATE,
        )
        self.undo.click(
            self.undo_growing,
            inputs_kwargs=self.inputs,
            outputs=self.outputs,
            show_progress_on=self.waiting,
            **PRIVATE,
        )
        self.player.keep(self.keep_bars, outputs=self.keep, **EACH, **QUIET)
        self.analysis.button.click(
            self.look_closer, inputs_kwargs=self.inputs, outputs=self.analysis.result, **PRIVATE
        )
        self._wire_sound()

    def _wire_sound(self) -> None:
        sound = self.sound
        played: dict[str, Any] = {
            "fn": self.play_again,
            "inputs_kwargs": {**self.inputs, **sound.inputs},
            "outputs": self.deck.outputs,
            "show_progress": "hidden",
            **PRIVATE,
        }
        sound.transpose.release(**LAST, **played)
        sound.tempo.submit(**LAST, **played)
        sound.tempo.blur(**LAST, **played)
        sound.soundfont.input(**LAST, **played)
        sound.instrument.input(
            self.choose_instrument,
            inputs_kwargs={**self.inputs, "part": sound.part, "program": sound.instrument},
            outputs=sound.instruments,
            **EACH,
            **QUIET,
        ).then(**LAST, **played)
        sound.volume.release(
            sound.choose_volume,
            [sound.part, sound.volume, sound.volumes],
            sound.volumes,
            **EACH,
            **QUIET,
        ).then(**LAST, **played)
        self.player.mute(self.mute, outputs=sound.muted, **EACH, **QUIET).then(**LAST, **played)

    # Handlers

    @for_people
    def use_take(self, event: gr.EventData, **values: Any) -> Any:
        """Do with a take what was pressed in the list."""
        now, wish = self.now(values), pressed(event)
        match wish.action:
            case "show":
                return self.show(now, now.visit.take(wish.take))
            case "compare":
                return self._compare(now, wish.take)
            case "zip":
                return {self.zip: gr.update(value=str(zip_of(now.visit)), visible=True)}
            case "star":
                now.visit.star(wish.take, wish.value is True)
            case "rename":
                now.visit.rename(wish.take, str(wish.value))
            case "delete":
                now.visit.delete(wish.take)
        return {self.list: takes_value(now.visit, now.shown, now.compared)}

    @for_people
    def undo_growing(self, **values: Any) -> Any:
        """Back to the take that the shown one goes on from."""
        now = self.now(values)
        return self.show(now, now.visit.take(now.take.parent))

    @for_people
    def play_again(
        self,
        transpose: float,
        tempo: str,
        muted: list[int],
        volumes: dict[int, int],
        **values: Any,
    ) -> Any:
        """The shown take, played as the sound panel says."""
        now = self.now(values)
        if not now.shown:
            return gr.skip()
        wishes = {
            "transpose": transpose,
            "tempo": tempo,
            "instruments": now.instruments,
            "muted": muted,
            "volumes": volumes,
        }
        return self.deck.put(self._played(now, now.take, wishes))

    @for_people
    def choose_instrument(self, part: int, program: int, **values: Any) -> dict[int, int]:
        """The instruments after this choice."""
        now = self.now(values)
        n_parts = len(now.visit.score(now.take).tracks) if now.shown else 1
        return with_instrument(now.instruments, part, program, n_parts)

    @for_people
    def look_closer(self, **values: Any) -> str:
        """A closer look at the shown take."""
        now = self.now(values)
        if not now.shown:
            return self.analysis.of_nothing()
        take = now.take
        names = {model.name for model in self.studio.models()}
        found = self.studio.analyse(
            now.visit.score(take), take.model if take.model in names else ""
        )
        return as_html(found, now.visit.request(take))

    def keep_bars(self, event: gr.EventData) -> Any:
        """The flag on the roll tells how many bars to keep."""
        bar = event._data.get("bar") if isinstance(event._data, dict) else None
        return max(1, bar) if type(bar) is int else gr.skip()

    def mute(self, event: gr.EventData) -> list[int]:
        """The parts that shall be silent."""
        muted = event._data.get("muted") if isinstance(event._data, dict) else None
        return [part for part in muted if type(part) is int] if isinstance(muted, list) else []

    def _compare(self, now: Now, take_id: str) -> dict[Any, Any]:
        """A second take beside the first one, or none any more."""
        beside = self._played(now, now.visit.take(take_id), {}) if take_id else None
        return {
            **self.other.put(beside),
            self.compared: take_id,
            self.list: takes_value(now.visit, now.shown, take_id),
        }

    def _played(
        self, now: Now, take: Take, wishes: Mapping[str, Any], was_stopped: bool = False
    ) -> Shown:
        arrangement = self.sound.arrangement(**wishes)
        return shown_take(self.studio, now.visit, take, arrangement, now.soundfont, was_stopped)
