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

    from midigen.rendering.audio import Audio


@dataclass(frozen=True)
class Result:
    """A piece and its files, all in one folder and with names that say how it was made.

    Attributes:
        piece: the piece.
        midi: the file beside which the others lie, with the same name.
        said: a line about it, for people.
    """

    piece: Piece
    midi: Path
    said: str

    @property
    def wav(self) -> Path:
        return self.midi.with_suffix(".wav")

    @property
    def downloads(self) -> tuple[Download, ...]:
        return downloads(self.midi)


def write_result(studio: Studio, piece: Piece, was_stopped: bool = False) -> Result:
    """Write a piece as MIDI, WAV and MP3, and how to make it again, into a fresh folder."""
    midi = fresh_folder() / f"{piece.model}-seed{piece.request.seed}.mid"
    piece.save(midi)
    audio = audio_files(studio, piece.score, midi)
    said = [
        sentences.of_piece(piece, was_stopped),
        sentences.of_sound(audio.synth, audio.soundfont),
    ]
    return Result(piece, midi, " ".join(said))


def audio_files(studio: Studio, score: Score, midi: Path) -> Audio:
    """Play a score into a WAV and an MP3 file beside its MIDI file."""
    audio = studio.render(score)
    for suffix in (".wav", ".mp3"):
        write_audio(audio, midi.with_suffix(suffix), studio.config.rendering.mp3_kbps)
    return audio


def downloads(midi: Path) -> tuple[Download, ...]:
    """The files that lie beside a MIDI file, and the file itself."""
    files = ((label, midi.with_suffix(suffix)) for suffix, label in texts.DOWNLOADS.items())
    return tuple(Download(label, path) for label, path in files if path.exists())


def shown(studio: Studio, result: Result, prompt: Score | None = None) -> dict[str, Any]:
    """A result as the player shows it; notes of the prompt have a colour of their own."""
    piece = result.piece
    return player_value(
        title=sentences.title_of(piece),
        details=result.said,
        audio=result.wav,
        roll=studio.pianoroll(piece.score),
        downloads=result.downloads,
        prompt_bars=min(piece.request.prompt_bars, n_bars(prompt)) if prompt else 0,
    )
