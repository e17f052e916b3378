"""A closer look at a take or any MIDI file: words, chords, pictures, advice, the copy check."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from midigen.config import GenerationRequest
from midigen.corpus.datasets import MIDI_SUFFIXES
from midigen.errors import UserError
from midigen.music.analysis import NOTE_LENGTHS, OCTAVE, NamedChord
from midigen.music.key import TONICS
from midigen.studio import LookAtPiece, Studio
from midigen.ui import analysis_words, markup, texts
from midigen.ui.errors import for_people
from midigen.ui.known import known_model
from midigen.ui.language import say
from midigen.ui.limits import check_file

MOST_CHORDS = 64


class AnalysisPanel:
    """The panel; `wire` connects it with the take that is shown."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio
        with gr.Row(equal_height=True):
            self.button = gr.Button(texts.ANALYSE_BUTTON, size="sm", min_width=140)
            self.file = gr.UploadButton(
                texts.ANALYSE_FILE, file_types=list(MIDI_SUFFIXES), size="sm", min_width=140
            )
        self.result = gr.HTML()

    @for_people
    def of_file(self, path: str | None, model: str | None) -> Any:
        """Analyse a file; it is compared with what the chosen model learned from."""
        if path is None:
            return gr.skip()
        check_file(self.studio.config.app, Path(path))
        score = self.studio.read_prompt(Path(path))
        named = known_model(self.studio, model) if model else ""
        return as_html(self.studio.analyse(score, named), None)

    def of_nothing(self) -> str:
        """There is no take to analyse.

        Raises:
            UserError: always.
        """
        raise UserError(texts.NOTHING_TO_ANALYSE, texts.NOTHING_TO_ANALYSE_HINT)


def as_html(found: LookAtPiece, request: GenerationRequest | None) -> str:
    """All that is known of a piece, for people."""
    return "".join(_parts(found, request))


def _parts(found: LookAtPiece, request: GenerationRequest | None) -> Iterator[str]:
    for sentence in analysis_words.of_analysis(found.analysis):
        yield markup.paragraph(sentence)
    for sentence in analysis_words.of_advice(found.analysis, request):
        yield markup.paragraph(sentence, "advice")
    copied = found.copied
    yield markup.paragraph(
        analysis_words.of_copy(copied) if copied is not None else texts.UNCHECKED_COPY,
        "bad" if copied is not None and copied.is_unusual else "",
    )
    yield _chords(found.analysis.chords)
    yield from _pictures(found)


def _chords(chords: Sequence[NamedChord]) -> str:
    if not chords:
        return ""
    shown = [(str(each.bar), each.symbol, each.numeral) for each in chords[:MOST_CHORDS]]
    more = len(chords) - len(shown)
    after = markup.paragraph(say(texts.MORE_CHORDS, n=more), "quiet") if more else ""
    return markup.heading(texts.CHORDS) + markup.chords(shown) + after


def _pictures(found: LookAtPiece) -> Iterator[str]:
    analysis, profile = found.analysis, found.profile
    usual: dict[str, list[float] | None] = {"classes": None, "intervals": None, "lengths": None}
    if profile is not None:
        tonic = analysis.key.key
        natural = profile.pitch_classes[tonic.mode]
        shift = tonic.semitones_to_natural
        usual = {
            "classes": [float(natural[(i + shift) % OCTAVE]) for i in range(OCTAVE)],
            "intervals": [float(each) for each in profile.intervals],
            "lengths": [float(each) for each in profile.note_lengths],
        }
    legend = (texts.THIS_PIECE, texts.TRAINING_PIECES)
    steps = [f"{i:+d}" if i else "0" for i in range(-OCTAVE, OCTAVE + 1)]
    lengths = [f"{each:.3g}" for each in NOTE_LENGTHS]
    for title, names, shares, key in (
        (texts.PITCH_CLASSES, list(TONICS), analysis.pitch_classes, "classes"),
        (texts.INTERVALS, steps, analysis.intervals, "intervals"),
        (texts.NOTE_LENGTHS, lengths, analysis.note_lengths, "lengths"),
    ):
        yield markup.columns(title, names, [float(each) for each in shares], usual[key], legend)
