"""Composing on the page: takes from nothing, from a beginning, or on from a take."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import gradio as gr

from midigen.config import GenerationRequest
from midigen.generation.seeds import new_seed
from midigen.music.score import duration_s, n_bars, n_bars_begun
from midigen.studio import Studio
from midigen.takes import Take
from midigen.ui import texts
from midigen.ui.beginnings import Beginnings
from midigen.ui.early_sound import EarlySound
from midigen.ui.errors import for_people
from midigen.ui.known import known_model
from midigen.ui.limits import Limits
from midigen.ui.request_panel import RequestPanel
from midigen.ui.results import growing
from midigen.ui.stops import Stops
from midigen.ui.take_view import Now, TakeView
from midigen.ui.takes_list import takes_value
from midigen.ui.widgets import whole

if TYPE_CHECKING:
    from symusic import Score

    from midigen.generation.composer import Composition

SECONDS_BETWEEN_DRAWINGS = 0.2
USUAL_MORE_BARS = 8
SEEDS = 2**31
LONGEST_BARS = 2000


class Composing:
    """The handlers that compose; what they make is shown by `view`."""

    def __init__(
        self,
        studio: Studio,
        panel: RequestPanel,
        beginnings: Beginnings,
        view: TakeView,
        limits: Limits,
    ) -> None:
        self.studio = studio
        self.panel = panel
        self.beginnings = beginnings
        self.view = view
        self.limits = limits
        self.stops = Stops()

    @property
    def outputs(self) -> list[Any]:
        """What the handlers write to."""
        return [*self.view.outputs, self.panel.knobs["seed"], self.panel.used_seed]

    @for_people
    def compose(
        self,
        request: gr.Request,
        model: str,
        n_takes: str,
        source: str,
        file: str | None,
        opening: str | None,
        played: Any,
        **values: Any,
    ) -> Iterator[Any]:
        """Compose takes, each with the seed after the one before."""
        now, asked = self.view.now(values), self.panel.request(values)
        seed = asked.seed if asked.seed is not None else new_seed()
        count = whole(n_takes, texts.N_TAKES, 1, self.limits.most_takes)
        requests = [replace(asked, seed=(seed + n) % SEEDS) for n in range(count)]
        prompt = self.beginnings.beginning(source, file, opening, played)
        yield from self._takes(request, now, known_model(self.studio, model), requests, prompt)

    @for_people
    def continue_take(self, request: gr.Request, model: str, **values: Any) -> Iterator[Any]:
        """Go on from the end of the shown take, by as many bars as are asked for."""
        now, asked = self.view.now(values), self.panel.request(values)
        kept = n_bars_begun(now.visit.score(now.take))
        more = asked.bars or USUAL_MORE_BARS
        yield from self._grow(request, now, model, asked, kept, kept + more)

    @for_people
    def redo_rest(
        self, request: gr.Request, model: str, keep: float | None, **values: Any
    ) -> Iterator[Any]:
        """Keep the first bars of the shown take and compose the rest of it again."""
        now, asked = self.view.now(values), self.panel.request(values)
        length = n_bars_begun(now.visit.score(now.take))
        kept = min(whole(keep or 1, texts.KEEP_BARS, 1, LONGEST_BARS), length)
        yield from self._grow(request, now, model, asked, kept, max(length, kept + 1))

    def begin(self, request: gr.Request) -> list[Any]:
        """While composing, only Stop can be pressed."""
        self.stops.expect(request.session_hash or "")
        return [gr.update(interactive=each) for each in (False, True, False, False)]

    def end(self) -> list[Any]:
        """Back to where another piece can be asked for."""
        return [gr.update(interactive=each) for each in (True, False, True, True)]

    def ask_to_stop(self, request: gr.Request) -> None:
        """Let the piece of this visitor end where it is."""
        self.stops.ask(request.session_hash or "")

    def _grow(
        self,
        request: gr.Request,
        now: Now,
        model: str,
        asked: GenerationRequest,
        kept: int,
        bars: int,
    ) -> Iterator[Any]:
        """A take that goes on from the shown one; key and tempo stay as they are there."""
        asked = replace(
            asked,
            prompt_bars=kept,
            bars=bars,
            seed=asked.seed if asked.seed is not None else new_seed(),
            key=None,
            tempo_bpm=None,
        )
        parent = now.take
        prompt = now.visit.score(parent)
        model = known_model(self.studio, model)
        yield from self._takes(request, now, model, [asked], prompt, parent)

    def _takes(
        self,
        request: gr.Request,
        now: Now,
        model: str,
        requests: Sequence[GenerationRequest],
        prompt: Score | None,
        parent: Take | None = None,
    ) -> Iterator[Any]:
        """Compose takes one after the other; the first one is drawn while it grows."""
        first: Take | None = None
        self.limits.check_prompt(prompt)
        self.limits.admit(requests[0], len(requests))
        with self.stops.listening(request.session_hash or "") as should_stop:
            for asked in requests:
                if should_stop():
                    return
                n_given = min(asked.prompt_bars, n_bars(prompt)) if prompt is not None else 0
                composition = self.studio.begin(model, asked, prompt)
                take_id = now.visit.reserve()
                as_heard = partial(self.view.as_heard, now)
                early = EarlySound(self.studio, asked, as_heard, now.soundfont)
                for draft in _drawings(composition, self.limits.until_full(should_stop)):
                    if first is None:
                        audio = early.of(draft)
                        drawn = growing(self.studio, draft, composition, n_given, take_id, audio)
                        yield {self.view.player: drawn}
                piece = composition.piece()
                take = now.visit.add(
                    piece, duration_s(piece.score), parent, prompt, n_given, take_id
                )
                if first is not None:
                    yield {self.view.list: takes_value(now.visit, first.id, now.compared)}
                    continue
                first = take
                yield {
                    **self.view.show(now, take, should_stop()),
                    self.panel.knobs["seed"]: str(take.seed),
                    self.panel.used_seed: str(take.seed),
                }


def _drawings(composition: Composition, should_stop: Callable[[], bool]) -> Iterator[Any]:
    """Drafts of a growing piece, not more often than eyes can follow."""
    last = -SECONDS_BETWEEN_DRAWINGS
    for _ in composition.grow(should_stop):
        if time.monotonic() - last < SECONDS_BETWEEN_DRAWINGS:
            continue
        draft = composition.draft()
        if draft.note_num():
            last = time.monotonic()
            yield draft
