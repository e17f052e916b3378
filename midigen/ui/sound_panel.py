"""How a take sounds: tempo, transposition, instruments, volumes and soundfont, at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import gradio as gr

from midigen.errors import UserError
from midigen.music.instruments import FAMILIES
from midigen.rendering.arrangement import (
    FARTHEST,
    FULL_VOLUME,
    HIGHEST_BPM,
    LOWEST_BPM,
    Arrangement,
)
from midigen.rendering.soundfonts import SUFFIXES
from midigen.studio import Studio
from midigen.ui import texts
from midigen.ui.errors import for_people
from midigen.ui.events import QUIET
from midigen.ui.language import say
from midigen.ui.widgets import whole

MOST_PARTS = 16
AS_COMPOSED = -1


class SoundPanel:
    """The controls; `inputs` make an arrangement, `changed` are the events after which to play."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio
        with gr.Row():
            self.transpose = gr.Slider(
                -FARTHEST, FARTHEST, 0, step=1, label=texts.TRANSPOSE, info=texts.TRANSPOSE_HELP,
                buttons=[], min_width=160,
            )  # fmt: skip
            self.tempo = gr.Textbox(
                "", label=texts.TEMPO, info=texts.TEMPO_HELP, placeholder=texts.AS_IT_IS,
                max_lines=1, min_width=160,
            )  # fmt: skip
        with gr.Row():
            self.part = gr.Dropdown(
                [(texts.ALL_PARTS, AS_COMPOSED)], value=AS_COMPOSED, label=texts.PART_OF_PIECE,
                filterable=False, visible=False, min_width=160,
            )  # fmt: skip
            self.instrument = gr.Dropdown(
                _instruments(), value=AS_COMPOSED, label=texts.INSTRUMENT,
                info=texts.INSTRUMENT_HELP, min_width=160,
            )  # fmt: skip
            self.volume = gr.Slider(
                0, FULL_VOLUME, FULL_VOLUME, step=5, label=texts.PART_VOLUME,
                info=texts.PART_VOLUME_HELP, buttons=[], visible=False, interactive=False,
                min_width=160,
            )  # fmt: skip
        with gr.Row():
            self.soundfont = gr.Dropdown(
                self._soundfonts(), value="", label=texts.SOUNDFONT, info=texts.SOUNDFONT_HELP,
                filterable=False, min_width=160,
            )  # fmt: skip
            if not studio.config.app.public:
                upload = gr.UploadButton(
                    texts.SOUNDFONT_UPLOAD, file_types=list(SUFFIXES), size="sm", min_width=120
                )
                upload.upload(self.add_soundfont, upload, self.soundfont, **QUIET)
        self.instruments = gr.State({})  # of the shown take, by part
        self.volumes = gr.State({})  # percent, by part
        self.muted = gr.State([])
        self.part.change(
            self.show_part,
            [self.part, self.instruments, self.volumes],
            [self.instrument, self.volume],
            **QUIET,
        )

    @property
    def inputs(self) -> dict[str, Any]:
        """What `arrangement` must be given."""
        return {
            "transpose": self.transpose,
            "tempo": self.tempo,
            "instruments": self.instruments,
            "muted": self.muted,
            "volumes": self.volumes,
        }

    def arrangement(
        self,
        transpose: float = 0,
        tempo: str = "",
        instruments: Mapping[int, int] = MappingProxyType({}),
        muted: Sequence[int] = (),
        volumes: Mapping[int, int] = MappingProxyType({}),
    ) -> Arrangement:
        """What the controls ask for.

        Raises:
            UserError: a value is impossible.
        """
        return Arrangement(
            transpose=whole(transpose, texts.TRANSPOSE, -FARTHEST, FARTHEST),
            tempo_bpm=_tempo(tempo),
            instruments={part: program for part, program in instruments.items() if part >= 0},
            muted=frozenset(muted),
            volumes=dict(volumes),
        )

    @property
    def fresh_outputs(self) -> list[Any]:
        """What `fresh` writes to."""
        return [
            self.transpose, self.tempo, self.instruments, self.muted, self.volumes, self.volume,
            self.part,
        ]  # fmt: skip

    def fresh(self, parts: Sequence[str], keep: dict[int, int]) -> dict[Any, Any]:
        """Controls for another take: tempo and transposition are its own, the sound stays.

        Args:
            parts: names of its parts.
            keep: the instrument that was chosen for all parts, if any.
        """
        choices = [
            (say(texts.ALL_PARTS), AS_COMPOSED),
            *((name, i) for i, name in enumerate(parts)),
        ]
        return {
            self.transpose: 0,
            self.tempo: "",
            self.instruments: {
                part: keep[AS_COMPOSED] for part in range(len(parts)) if AS_COMPOSED in keep
            }
            | keep,
            self.muted: [],
            self.volumes: {},
            self.volume: gr.update(value=FULL_VOLUME, visible=len(parts) > 1, interactive=False),
            self.part: gr.update(
                choices=choices[: MOST_PARTS + 1], value=AS_COMPOSED, visible=len(parts) > 1
            ),
        }

    # Handlers

    def show_part(
        self, part: int, instruments: dict[int, int], volumes: dict[int, int]
    ) -> list[Any]:
        """The instrument and the volume of the part that is looked at.

        All parts together have no volume: a recording is as loud as it can be.
        """
        volume = gr.update(value=volumes.get(part, FULL_VOLUME), interactive=part != AS_COMPOSED)
        return [instruments.get(part, AS_COMPOSED), volume]

    def choose_volume(self, part: int, volume: float, volumes: dict[int, int]) -> dict[int, int]:
        """The volumes after this choice."""
        if part == AS_COMPOSED:
            return volumes
        return {**volumes, part: whole(volume, texts.PART_VOLUME, 0, FULL_VOLUME)}

    @for_people
    def add_soundfont(self, path: str | None) -> Any:
        """Take a soundfont into the studio's folder.

        Raises:
            UserError: it is none, it does not play, or one of this name is there.
        """
        if path is None:
            return gr.skip()
        kept = self.studio.add_soundfont(Path(path))
        return gr.update(choices=self._soundfonts(), value=kept.name)

    def _soundfonts(self) -> list[tuple[str, str]]:
        names = dict.fromkeys(each.name for each in self.studio.soundfonts())
        return [(say(texts.AUTOMATIC), ""), *((name, name) for name in names)]


def with_instrument(
    instruments: dict[int, int], part: int, program: int, n_parts: int
) -> dict[int, int]:
    """The instruments after one was chosen for a part, or for all of them.

    Args:
        instruments: programs by part; the choice for all parts stands under `AS_COMPOSED`.
        part: a part, or `AS_COMPOSED` for all.
        program: a General MIDI program, or `AS_COMPOSED` to go back.
        n_parts: of the piece.
    """
    parts = range(n_parts) if part == AS_COMPOSED else (part,)
    chosen = {key: value for key, value in instruments.items() if key not in (*parts, part)}
    if program == AS_COMPOSED:
        return chosen
    return {**chosen, **dict.fromkeys(parts, program), **({part: program} if part < 0 else {})}


def _instruments() -> list[tuple[str, int]]:
    named = [(texts.AS_IT_IS, AS_COMPOSED)]
    for family, names in FAMILIES:
        named += [
            (f"{name} ({family.lower()})", len(named) - 1 + i) for i, name in enumerate(names)
        ]
    return named


def _tempo(text: str) -> float | None:
    text = str(text).strip().replace(",", ".")
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        raise UserError(
            f"{text!r} is no tempo.",
            f"Write a number from {LOWEST_BPM:g} to {HIGHEST_BPM:g}, or nothing.",
        ) from None
