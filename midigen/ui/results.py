"""A generated piece as files that a visitor hears and takes along."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from midigen import atomic
from midigen.music.score import write_score
from midigen.rendering.arrangement import Arrangement, arrange
from midigen.rendering.audio_files import write_audio, write_mp3_of
from midigen.studio import Studio
from midigen.takes import Take, Visit
from midigen.ui import sentences, texts
from midigen.ui.language import say
from midigen.ui.limits import check_sound
from midigen.ui.player import Download, offered, player_value, sheet_value
from midigen.ui.temporary import fresh_folder

if TYPE_CHECKING:
    from symusic import Score

    from midigen.generation.composer import Composition, Piece
    from midigen.rendering.audio import Audio


@dataclass(frozen=True)
class Result:
    """A piece and its files, all in one folder and with names that say how it was made.

    Attributes:
        midi: the file beside which the others lie, with the same name.
        said: a line about its sound, for people.
    """

    midi: Path
    said: str

    @property
    def wav(self) -> Path:
        return self.midi.with_suffix(".wav")


@dataclass(frozen=True)
class Shown:
    """A take as it is in the player.

    Attributes:
        value: of the player.
        midi: the file that it was played from; the others lie beside it.
    """

    value: dict[str, Any]
    midi: Path


def write_result(studio: Studio, piece: Piece) -> Result:
    """Write a piece as MIDI, WAV and MP3, and how to make it again, into a fresh folder."""
    midi = fresh_folder() / f"{piece.model}-seed{piece.request.seed}.mid"
    piece.save(midi)
    audio = sound_of(studio, piece.score, midi)
    _make_mp3(studio, midi)
    return Result(midi, said_of(studio, audio))


def write_take(
    studio: Studio, visit: Visit, take: Take, score: Score, soundfont: str | None
) -> Result:
    """Write a take as MIDI and WAV as it is to be played; its recipe is what it came from."""
    midi = fresh_folder() / f"{take.model}-seed{take.seed}.mid"
    write_score(score, midi)
    atomic.write_json(midi.with_suffix(".json"), visit.recipe(take))
    audio = sound_of(studio, score, midi, soundfont)
    return Result(midi, said_of(studio, audio))


def sound_of(
    studio: Studio,
    score: Score,
    midi: Path,
    soundfont: str | None = None,
    tail_s: float | None = None,
) -> Audio:
    """Play a score into a WAV file beside its MIDI file."""
    check_sound(studio.config.app, score)
    audio = studio.render(score, soundfont, tail_s)
    write_audio(audio, midi.with_suffix(".wav"), studio.config.rendering.mp3_kbps)
    return audio


def said_of(studio: Studio, audio: Audio) -> str:
    """A line about a recording, for people."""
    return sentences.of_sound(audio.synth, audio.soundfont, studio.config.app.public)


def downloads(midi: Path) -> tuple[Download, ...]:
    """The MIDI file, the files that lie beside it, and those that can be made of it."""
    files = [(label, midi.with_suffix(suffix)) for suffix, label in texts.DOWNLOADS.items()]
    return tuple(
        Download(say(label), path, path.exists())
        for label, path in files
        if path.exists() or can_make(path.suffix)
    )


def can_make(suffix: object) -> bool:
    """Whether `with_file` makes files of this kind."""
    return suffix in _MADE


def with_file(studio: Studio, shown: Shown, suffix: str) -> Shown:
    """The same with one more file to take along, one of those that `can_make` tells.

    Raises:
        UserError: a library for it is missing, or the music cannot be written so.
    """
    if not shown.midi.with_suffix(suffix).exists():
        _MADE[suffix](studio, shown.midi)
    return _with_downloads(shown)


def zip_of(visit: Visit) -> Path:
    """All takes of a visitor as one zip."""
    path = fresh_folder() / "takes.zip"
    visit.write_zip(visit.takes(), path)
    return path


def shown_take(
    studio: Studio,
    visit: Visit,
    take: Take,
    arrangement: Arrangement,
    soundfont: str | None = None,
    was_stopped: bool = False,
) -> Shown:
    """A take as the player shows it; notes of the prompt have a colour of their own.

    Args:
        studio: plays it.
        visit: whose take it is.
        take: the take.
        arrangement: how to play it.
        soundfont: the name of one; None takes the configured one.
        was_stopped: whether it ended because its visitor pressed Stop.
    """
    composed = visit.score(take)
    drawn = arrange(composed, replace(arrangement, muted=frozenset(), volumes={}))
    heard = arrange(composed, arrangement)
    result = write_take(studio, visit, take, heard, soundfont)
    value = player_value(
        title=sentences.title_of(take),
        details=f"{sentences.of_take(take, was_stopped)} {result.said}",
        audio=result.wav,
        roll=studio.pianoroll(drawn),
        downloads=downloads(result.midi),
        prompt_bars=take.prompt_bars if not take.parent else 0,
        key=take.id,
        blocks=take.blocks if take.parent else (),
        can_keep=True,
        can_score=True,
        parts_can_mute=len(drawn.tracks) > 1,
        muted=sorted(arrangement.muted),
    )
    return Shown(value, result.midi)


def with_sheet(studio: Studio, shown: Shown) -> Shown:
    """The same with sheet music, as pages in the player and as files to take along.

    Raises:
        UserError: it cannot be engraved.
    """
    sheet = studio.sheet(studio.read_prompt(shown.midi))
    atomic.write_bytes(shown.midi.with_suffix(".musicxml"), sheet.musicxml.encode("utf-8"))
    with zipfile.ZipFile(shown.midi.with_suffix(".zip"), "w", zipfile.ZIP_DEFLATED) as archive:
        for number, page in enumerate(sheet.pages, start=1):
            archive.writestr(f"{shown.midi.stem}-{number}.svg", page)
    return _with_downloads(replace(shown, value={**shown.value, "sheet": sheet_value(sheet)}))


def growing(
    studio: Studio,
    draft: Score,
    composition: Composition,
    n_given: int,
    key: str,
    audio: Path | None = None,
) -> dict[str, Any]:
    """A piece as far as it is composed, as the player shows it.

    Args:
        studio: draws it.
        draft: the music so far.
        composition: what it is a draft of.
        n_given: bars at its beginning that were given.
        key: the same for all drafts of a piece.
        audio: a new recording of it, if there is one.
    """
    return player_value(
        title=sentences.title_of_draft(composition.model, composition.request),
        details="",
        audio=audio,
        roll=studio.pianoroll(draft),
        prompt_bars=n_given,
        key=key,
        progress=sentences.of_draft(draft),
    )


def _with_downloads(shown: Shown) -> Shown:
    return replace(shown, value={**shown.value, "downloads": offered(downloads(shown.midi))})


def _make_mp3(studio: Studio, midi: Path) -> None:
    write_mp3_of(midi.with_suffix(".wav"), studio.config.rendering.mp3_kbps)


_MADE: Mapping[str, Callable[[Studio, Path], None]] = MappingProxyType({".mp3": _make_mp3})
