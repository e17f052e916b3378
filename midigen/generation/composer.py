"""Composes pieces of music with one model: score in, score out.

Keys are handled here: a model that was trained on music in C major and A minor reads its prompt
transposed there, and what it writes is moved to the asked key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from symusic import Score, Tempo

from midigen import atomic
from midigen.config import DRUMS, GenerationRequest
from midigen.engines import Engines
from midigen.engines.recollection import CacheSettings
from midigen.errors import UserError
from midigen.generation.sampler import Sampler
from midigen.generation.seeds import new_seed
from midigen.generation.wishes import home_tonic, wished
from midigen.music.instruments import instrument_name, place_in_score
from midigen.music.key import TONICS, Key, estimate_key
from midigen.music.score import first_bars, restruck, transpose, write_score
from midigen.music.tokenizer import ScoreTokenizer
from midigen.progress import Progress, silent

DEFAULT_TEMPO_BPM = 100.0


@dataclass(frozen=True)
class Piece:
    """A generated piece, with all that is needed to make it again.

    Attributes:
        score: the music.
        ids: what the model read and wrote, from BOS on, (T,) uint16.
        n_prompt: how many of the ids are the prompt's.
        request: with the seed that was used.
        model: its name.
        tokenizer: the fingerprint of its alphabet.
        engine: what the network was computed with.
        ended_by_itself: whether the model came to an end, or was cut at the asked length.
    """

    score: Score
    ids: np.ndarray
    n_prompt: int
    request: GenerationRequest
    model: str
    tokenizer: str
    engine: str
    ended_by_itself: bool = False

    @property
    def description(self) -> dict[str, object]:
        """The request and where it went, ready for JSON."""
        return {
            "model": self.model,
            "tokenizer": self.tokenizer,
            "request": asdict(self.request),
            "engine": self.engine,
            "tokens": len(self.ids) - self.n_prompt,
            "prompt_tokens": self.n_prompt,
            "notes": int(self.score.note_num()),
            "ended_by_itself": self.ended_by_itself,
        }

    def save(self, path: Path) -> None:
        """Write the MIDI file, and the description beside it as JSON."""
        write_score(self.score, path)
        atomic.write_json(path.with_suffix(".json"), self.description)


class Composition:
    """A piece that is being composed; `Composer.begin` makes it.

    Args:
        model: its name.
        tokenizer: its alphabet.
        request: with the seed that is used.
        engine: what the network is computed with.
        ids: what it goes on from, from BOS on.
        tokens: the ids that follow, as they are drawn.
        finish: brings decoded music to its key and tempo.
    """

    def __init__(
        self,
        model: str,
        tokenizer: ScoreTokenizer,
        request: GenerationRequest,
        engine: str,
        ids: list[int],
        tokens: Iterator[int],
        finish: Callable[[Score], Score],
    ) -> None:
        self.request = request
        self.model = model
        self._engine = engine
        self._tokenizer = tokenizer
        self._ids = ids
        self._n_prompt = len(ids)
        self._tokens = tokens
        self._finish = finish

    def grow(self, should_stop: Callable[[], bool] = lambda: False) -> Iterator[int]:
        """Compose, and tell how many tokens there are after each one.

        Args:
            should_stop: asked after each token.
        """
        for n, token in enumerate(self._tokens, start=1):
            self._ids.append(token)
            yield n
            if should_stop() and self._tokenizer.types[token] == "Duration":
                break  # after a whole note, so that there is something to hear

    def draft(self) -> Score:
        """The music so far, which may be silence; its key is a guess until the piece is whole."""
        return self._finish(self._tokenizer.decode(np.array(self._ids)))

    def piece(self) -> Piece:
        """What there is as a piece.

        Raises:
            UserError: it is nothing but rests.
        """
        score = self.draft()
        if score.note_num() == 0:
            raise UserError(
                "The model wrote nothing but rests.", "Try another seed, or a lower temperature."
            )
        return Piece(
            score,
            np.array(self._ids, dtype=np.uint16),
            self._n_prompt,
            self.request,
            self.model,
            self._tokenizer.fingerprint,
            self._engine,
            ended_by_itself=self._ids[-1] == self._tokenizer.eos_id,
        )


class Composer:
    """A model that is ready to compose.

    Args:
        name: of the model.
        engines: of its network.
        tokenizer: the alphabet that it was trained with.
        key_handling: how the keys of its training pieces were handled.
        cache: of the network, if one was fitted.
    """

    def __init__(
        self,
        name: str,
        engines: Engines,
        tokenizer: ScoreTokenizer,
        key_handling: str,
        cache: CacheSettings | None = None,
    ) -> None:
        self.name = name
        self.tokenizer = tokenizer
        self.can_recall = cache is not None
        self.styles = tokenizer.styles
        self._is_natural = key_handling == "normalise"
        self._sampler = Sampler(engines, tokenizer, cache)

    def compose(
        self,
        request: GenerationRequest,
        prompt: Score | None = None,
        progress: Progress = silent,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> Piece:
        """Compose a piece.

        Args:
            request: what is asked; without a seed one is drawn.
            prompt: music to go on from; its first `prompt_bars` are used and kept.
            progress: told how many tokens there are, after each token.
            should_stop: asked after each token; what is there then is the piece.

        Raises:
            UserError: the prompt holds no notes that the model can read, the model cannot write
                what is asked, or nothing but rests came of it.
        """
        composition = self.begin(request, prompt)
        for n in composition.grow(should_stop):
            progress(n, request.gen_length if request.bars is None else None, "Composing")
        return composition.piece()

    def begin(self, request: GenerationRequest, prompt: Score | None = None) -> Composition:
        """Begin a piece, to be grown token by token and looked at in between.

        Raises:
            UserError: the prompt holds no notes that the model can read, or the model cannot write
                what is asked.
        """
        request = request if request.seed is not None else replace(request, seed=new_seed())
        key = estimate_key(prompt) if prompt is not None else None
        opening = first_bars(prompt, request.prompt_bars) if prompt is not None else None
        shift = self._natural_shift(opening, key)
        ids = self._prompt_ids(opening, shift, request) if opening is not None else []
        ids = ids or [self.tokenizer.bos_id]
        kept_to = wished(request, self.tokenizer, self._is_natural, key)

        def finish(score: Score) -> Score:
            return self._finish(score, request, prompt, -shift)

        return Composition(
            self.name,
            self.tokenizer,
            request,
            self._sampler.engine(request),
            ids,
            self._sampler.stream(request, ids.copy(), kept_to, self._closes),
            finish,
        )

    def _natural_shift(self, opening: Score | None, key: Key | None) -> int:
        """How far a prompt is moved for a model that knows only C major and A minor.

        Music at the edge of the alphabet stays where it is rather than lose notes.
        """
        if not self._is_natural or opening is None or key is None:
            return 0
        shift, config = key.semitones_to_natural, self.tokenizer.config
        parts = [t.notes.numpy()["pitch"] for t in opening.tracks if t.notes and not t.is_drum]
        lowest = min((int(part.min()) for part in parts), default=config.pitch_low)
        highest = max((int(part.max()) for part in parts), default=config.pitch_high)
        fits = config.pitch_low <= lowest + shift and highest + shift <= config.pitch_high
        return shift if fits else 0

    def _closes(self, written: Sequence[int]) -> Callable[[Sequence[int]], bool]:
        """Whether an ending comes home: its last notes are the tonic's chord, above the tonic."""
        key = estimate_key(self.tokenizer.decode(np.array(written)))

        def comes_home(ending: Sequence[int]) -> bool:
            last = self.tokenizer.last_pitches(ending)
            return key.is_home(last) and (min(last) - key.tonic) % 12 == 0

        return comes_home

    def _prompt_ids(self, opening: Score, shift: int, request: GenerationRequest) -> list[int]:
        """The first bars as tokens, in the asked style, up to where the next bar begins."""
        opening, style = transpose(opening, shift), request.style or ""
        try:
            ids = self.tokenizer.encode(opening, style, ends=False)
        except UserError as error:
            raise UserError(
                f"The first {request.prompt_bars} bars of the prompt cannot be used: {error.what}.",
                "Choose more bars, or another prompt.",
            ) from error
        return [*ids[:-1].tolist(), self.tokenizer.bar(style)]  # without EOS: it goes on

    def _finish(
        self, score: Score, request: GenerationRequest, prompt: Score | None, shift: int
    ) -> Score:
        """Bring the music to its key, `shift` semitones away unless one is asked, and its tempo."""
        if request.key is not None:
            shift = _shift_to(TONICS.index(request.key), self._tonic_of(score, request))
        score = restruck(transpose(score, shift))
        if request.tempo_bpm is not None or not self.tokenizer.config.use_tempos:
            prompted = prompt.tempos[0].qpm if prompt is not None and prompt.tempos else None
            score.tempos = [Tempo(0, request.tempo_bpm or prompted or DEFAULT_TEMPO_BPM)]
        for track in score.tracks:
            track.name = instrument_name(track.program, track.is_drum)
        score.tracks = sorted(score.tracks, key=_place)
        return score

    def _tonic_of(self, score: Score, request: GenerationRequest) -> int:
        """The tonic of what was written; a natural model leaves only the mode to be found."""
        if request.scale is not None:
            return (
                home_tonic(request.scale) if self._is_natural else TONICS.index(request.key or "C")
            )
        found = estimate_key(score)
        if not self._is_natural:
            return found.tonic
        return 0 if found.mode == "major" else 9


def _place(track: Any) -> int:
    return place_in_score(DRUMS if track.is_drum else track.program)


def _shift_to(wanted: int, tonic: int) -> int:
    """The shortest way from a tonic to the wanted one, -6 to 5 semitones."""
    return (wanted - tonic + 6) % 12 - 6
