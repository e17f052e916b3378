"""What programs may ask of the page: compose, list models, analyse. Everything else is private."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gradio.data_classes import FileData
from gradio.events import api
from gradio.utils import get_upload_folder

from midigen.errors import UserError
from midigen.music.harmony import key_name
from midigen.studio import Studio
from midigen.ui import analysis_words
from midigen.ui.errors import for_people
from midigen.ui.known import known_model
from midigen.ui.results import write_result
from midigen.ui.widgets import with_values


class Endpoints:
    """The public endpoints of the page."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio

    def register(self) -> None:
        """Add them to the page that is being laid out."""
        api(self.generate, api_name="generate", concurrency_id="compose", concurrency_limit=1)
        api(self.models, api_name="models")
        api(self.analyse, api_name="analyse")

    @for_people
    def generate(
        self,
        model: str,
        temperature: float = 1.0,
        top_p: float = 0.95,
        gen_length: int = 1000,
        seed: int | None = None,
        bars: int | None = None,
        key: str | None = None,
        scale: str | None = None,
        time_signature: str | None = None,
        tempo_bpm: float | None = None,
    ) -> list[FileData]:
        """Compose a piece and return it as MIDI, WAV, MP3 and a JSON that says how it was made.

        Args:
            model: a name from the list of models.
            temperature: higher is more surprising.
            top_p: keep the likeliest tokens up to this total probability.
            gen_length: length in tokens where `bars` is empty; about three make a note.
            seed: the same seed gives the same music; empty draws one.
            bars: length in bars.
            key: tonic, such as Eb.
            scale: only notes of this scale, such as minor.
            time_signature: metre, such as 3/4.
            tempo_bpm: quarter notes a minute.
        """
        asked = {
            "temperature": temperature,
            "top_p": top_p,
            "gen_length": gen_length,
            "seed": seed,
            "bars": bars,
            "key": key,
            "scale": scale,
            "time_signature": time_signature,
            "tempo_bpm": tempo_bpm,
        }
        request = with_values(self.studio.config.generation, asked)
        piece = self.studio.compose(known_model(self.studio, model), request)
        result = write_result(self.studio, piece)
        return [
            FileData(path=str(each.path), orig_name=each.path.name) for each in result.downloads
        ]

    @for_people
    def models(self) -> list[dict[str, Any]]:
        """The models that can compose, the newest first, with what is known of each."""
        told = ("dataset", "parameters", "validation_loss", "bits_per_note", "data_licence")
        return [
            {"name": model.name, **{key: model.card[key] for key in told if key in model.card}}
            for model in self.studio.models()
        ]

    @for_people
    def analyse(self, midi: FileData, model: str = "") -> dict[str, Any]:
        """Analyse a MIDI file: key, tempo, chords and more, and how it compares with real pieces.

        Args:
            midi: the file, uploaded with `handle_file`.
            model: a name from the list of models; its training pieces are compared with.
        """
        score = self.studio.read_prompt(_uploaded(midi))
        named = known_model(self.studio, model) if model else ""
        found = self.studio.analyse(score, named)
        analysis = found.analysis
        return {
            "key": key_name(analysis.key.key),
            "key_confidence": analysis.key.confidence,
            "tempo_bpm": analysis.tempo.mean_bpm,
            "metres": list(analysis.metres),
            "bars": analysis.n_bars,
            "seconds": analysis.duration_s,
            "notes": analysis.n_notes,
            "scale_share": analysis.measures.scale_share,
            "collapse": analysis.measures.collapse,
            "chords": [
                {"bar": each.bar, "beat": each.beat, "symbol": each.symbol, "numeral": each.numeral}
                for each in analysis.chords
            ],
            "advice": analysis_words.of_advice(analysis),
            "copied_notes": found.copied.run.n_notes if found.copied is not None else None,
        }


def _uploaded(file: FileData | Mapping[str, Any]) -> Path:
    """The file that a program sent; any other path of this computer is none of its business.

    Raises:
        UserError: it was not uploaded.
    """
    path = Path(file["path"] if isinstance(file, Mapping) else file.path).resolve()
    if not path.is_relative_to(Path(get_upload_folder()).resolve()):
        raise UserError("This file was not uploaded.", "Send it with `handle_file`.")
    return path
