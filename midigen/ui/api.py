"""What programs may ask of the page: compose, list models, analyse. Everything else is private.

The docstrings of the endpoints are also what an MCP client reads of them as tools.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from gradio.data_classes import FileData
from gradio.events import api
from gradio.processing_utils import save_base64_to_cache
from gradio.route_utils import API_PREFIX
from gradio.utils import get_upload_folder

from midigen.errors import UserError
from midigen.music.harmony import key_name
from midigen.studio import Studio
from midigen.ui import analysis_words
from midigen.ui.errors import for_programs
from midigen.ui.known import known_model
from midigen.ui.limits import Limits, check_file
from midigen.ui.results import write_result
from midigen.ui.widgets import with_values

_FILE = f"{API_PREFIX}/file="  # what an address of a file on this server begins with


class Endpoints:
    """The public endpoints of the page."""

    def __init__(self, studio: Studio, limits: Limits | None = None) -> None:
        self.studio = studio
        self.limits = limits or Limits(studio.config.app)

    def register(self) -> None:
        """Add them to the page that is being laid out."""
        api(self.generate, api_name="generate", concurrency_id="compose", concurrency_limit=1)
        api(self.models, api_name="models")
        api(self.analyse, api_name="analyse")

    @for_programs
    def generate(
        self,
        model: str,
        temperature: float | None = None,
        top_p: float | None = None,
        gen_length: int = 1000,
        seed: int | None = None,
        bars: int | None = None,
        key: str | None = None,
        scale: str | None = None,
        style: str | None = None,
        time_signature: str | None = None,
        tempo_bpm: float | None = None,
    ) -> list[FileData]:
        """Compose a new piece of music with a trained model.

        Returns four files: MIDI, WAV, MP3 and a JSON that says how the piece was made. It takes a
        few seconds for 16 bars, and waits while others compose.

        Args:
            model: a name from `models`, such as classical-piano.
            temperature: from 0.1 to 2; higher is more surprising; empty is as the model is meant.
            top_p: from 0.05 to 1; keeps the likeliest tokens up to this total probability; empty is
                as the model is meant.
            gen_length: length in tokens where `bars` is empty; about three make a note.
            seed: a whole number; the same seed gives the same music; empty draws one.
            bars: length in bars, such as 16.
            key: tonic, such as C, Eb or F#; empty leaves it to the model.
            scale: only its notes, such as major, minor or blues; empty for all notes.
            style: of those that the model has learned apart (see `models`), such as Bach.
            time_signature: metre, such as 3/4; empty leaves it to the model.
            tempo_bpm: quarter notes a minute; empty leaves it to the model.
        """
        sampling = {"temperature": temperature, "top_p": top_p}
        asked = {
            **{name: value for name, value in sampling.items() if value is not None},
            "gen_length": gen_length,
            "seed": seed,
            "bars": bars,
            "key": key,
            "scale": scale,
            "style": style,
            "time_signature": time_signature,
            "tempo_bpm": tempo_bpm,
        }
        model = known_model(self.studio, model)
        request = with_values(self.studio.usual_request(model), asked)
        self.limits.admit(request)
        should_stop = self.limits.until_full(lambda: False)
        piece = self.studio.compose(model, request, should_stop=should_stop)
        midi = write_result(self.studio, piece).midi
        return [_served(midi.with_suffix(each)) for each in (".mid", ".wav", ".mp3", ".json")]

    @for_programs
    def models(self) -> list[dict[str, Any]]:
        """List the models that can compose, the newest first, with what is known of each.

        Of each: its name, the data set and its licence, the styles that it has learned apart, the
        number of parameters, and how well it foretells music that it has never seen (nats per
        token, bits per note; less is better).
        """
        told = (
            "dataset",
            "styles",
            "parameters",
            "validation_loss",
            "bits_per_note",
            "data_licence",
        )
        return [
            {"name": model.name, **{key: model.card[key] for key in told if key in model.card}}
            for model in self.studio.models()
        ]

    @for_programs
    def analyse(self, midi: FileData | str, model: str = "") -> dict[str, Any]:
        """Analyse a MIDI file: key, tempo, metre, chords with numerals, and what could be better.

        With a model it also tells the longest passage, in notes, that the file shares with one of
        the pieces that the model learned from (`copied_notes`); empty means not checked, since
        these pieces are not at hand.

        Args:
            midi: a MIDI file: an address that `generate` gave, or data:audio/midi;base64,…
            model: a name from `models` to compare with; may be empty.
        """
        path = _uploaded(midi)
        check_file(self.studio.config.app, path)
        score = self.studio.read_prompt(path)
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


def _served(path: Path) -> FileData:
    """A file with its address on this server, which gradio completes."""
    return FileData(path=str(path), url=_FILE + quote(path.as_posix()), orig_name=path.name)


def _uploaded(file: FileData | Mapping[str, Any] | str) -> Path:
    """The file that a program sent, as itself or as an address.

    Any other path of this computer is none of its business, and nothing is fetched from others.

    Raises:
        UserError: it was not uploaded.
    """
    sent = file if isinstance(file, str) else _path(file)
    if sent.startswith("data:"):
        return _decoded(sent)
    if _FILE in sent:
        sent = unquote(sent.partition(_FILE)[2])
    path = Path(sent).resolve()
    if not path.is_relative_to(Path(get_upload_folder()).resolve()):
        raise UserError(
            "This file was not uploaded.",
            "Send it with `handle_file`, as a data: address, or as an address from `generate`.",
        )
    return path


def _decoded(address: str) -> Path:
    """The file that a data: address holds (RFC 2397)."""
    try:
        return Path(save_base64_to_cache(address, get_upload_folder()))
    except ValueError:
        raise UserError("This data: address holds no base64.") from None


def _path(file: FileData | Mapping[str, Any]) -> str:
    return str(file["path"] if isinstance(file, Mapping) else file.path)
