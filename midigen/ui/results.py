"""A generated piece as files that a visitor hears and takes along."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from midigen.generation.composer import Piece
from midigen.music.score import n_bars
from midigen.rendering.audio_files import write_audio
from midigen.studio import Studio
from midigen.ui import sentences, texts
from midigen.ui.player import Download, player_value
from midigen.ui.temporary import fresh_folder

if TYPE_CHECKING:
    from symusic import Score


@dataclass(frozen=True)
class Result:
    """The files of a piece, all in one folder and with names that say how it was made."""

    piece: Piece
    midi: Path
    recipe: Path
    wav: Path
    mp3: Path
    synth: str

    @property
    def files(self) -> list[Path]:
        return [self.midi, self.wav, self.mp3, self.recipe]


def write_result(studio: Studio, piece: Piece) -> Result:
    """Write a piece as MIDI, WAV and MP3, and how to make it again, into a fresh folder."""
    midi = fresh_folder() / f"{piece.model}-seed{piece.request.seed}.mid"
    piece.save(midi)
    audio = studio.render(piece.score)
    wav, mp3 = midi.with_suffix(".wav"), midi.with_suffix(".mp3")
    for path in (wav, mp3):
        write_audio(audio, path, studio.config.rendering.mp3_kbps)
    return Result(
        piece,
        midi,
        midi.with_suffix(".json"),
        wav,
        mp3,
        sentences.of_sound(audio.synth, audio.soundfont),
    )


def shown(studio: Studio, result: Result, prompt: Score | None) -> dict[str, Any]:
    """A result as the player shows it; notes of the prompt have a colour of their own."""
    piece = result.piece
    downloads = [
        Download(texts.DOWNLOADS["midi"], result.midi),
        Download(texts.DOWNLOADS["wav"], result.wav),
        Download(texts.DOWNLOADS["mp3"], result.mp3),
        Download(texts.DOWNLOADS["recipe"], result.recipe),
    ]
    return player_value(
        title=sentences.title_of(piece),
        details=f"{sentences.details_of(piece)} {result.synth}",
        audio=result.wav,
        roll=studio.pianoroll(piece.score),
        prompt_bars=min(piece.request.prompt_bars, n_bars(prompt)) if prompt else 0,
        downloads=downloads,
    )
