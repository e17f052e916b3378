"""Composes pieces of music with one model: score in, score out.

Keys are handled here: a model that was trained on music in C major and A minor reads its prompt
transposed there, and what it writes is moved to the asked key.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from symusic import Score, Tempo

from midigen import atomic
from midigen.config import GenerationRequest
from midigen.errors import UserError
from midigen.generation.sampler import Sampler, new_seed
from midigen.music.key import TONICS, Key, estimate_key
from midigen.music.score import first_bars, transpose, write_score
from midigen.music.tokenizer import ScoreTokenizer
from midigen.networks import SequenceNetwork
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
    """

    score: Score
    ids: np.ndarray
    n_prompt: int
    request: GenerationRequest
    model: str
    tokenizer: str

    @property
    def description(self) -> dict[str, object]:
        """The request and where it went, ready for JSON."""
        return {
            "model": self.model,
            "tokenizer": self.tokenizer,
            "request": asdict(self.request),
            "tokens": len(self.ids) - self.n_prompt,
            "prompt_tokens": self.n_prompt,
            "notes": int(self.score.note_num()),
        }

    def save(self, path: Path) -> None:
        """Write the MIDI file, and the description beside it as JSON."""
        write_score(self.score, path)
        atomic.write_json(path.with_suffix(".json"), self.description)


class Composer:
    """A model that is ready to compose.

    Args:
        name: of the model.
        network: on the CPU, in evaluation mode.
        tokenizer: the alphabet that it was trained with.
        key_handling: how the keys of its training pieces were handled.
    """

    def __init__(
        self, name: str, network: SequenceNetwork, tokenizer: ScoreTokenizer, key_handling: str
    ) -> None:
        self.name = name
        self.tokenizer = tokenizer
        self._is_natural = key_handling == "normalise"
        self._sampler = Sampler(network, tokenizer)

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
            UserError: the prompt holds no notes that the model can read, or nothing but rests
                came of it.
        """
        request = request if request.seed is not None else replace(request, seed=new_seed())
        key = estimate_key(prompt) if prompt is not None else None
        ids = self._prompt_ids(prompt, key, request.prompt_bars) if prompt is not None else []
        ids = ids or [self.tokenizer.bos_id]
        n_prompt = len(ids)
        for n, token in enumerate(self._sampler.stream(request, ids), start=1):
            ids.append(token)
            progress(n, request.gen_length if request.bars is None else None, "Composing")
            if should_stop() and self.tokenizer.types[token] == "Duration":
                break  # after a whole note, so that there is something to hear
        score = self._finish(self.tokenizer.decode(np.array(ids)), request, prompt, key)
        if score.note_num() == 0:
            raise UserError(
                "The model wrote nothing but rests.", "Try another seed, or a lower temperature."
            )
        return Piece(
            score,
            np.array(ids, dtype=np.uint16),
            n_prompt,
            request,
            self.name,
            self.tokenizer.fingerprint,
        )

    def _prompt_ids(self, prompt: Score, key: Key | None, n_bars: int) -> list[int]:
        """The first bars as tokens, up to where the next bar begins."""
        opening = first_bars(prompt, n_bars)
        if self._is_natural and key is not None:
            opening = transpose(opening, key.semitones_to_natural)
        try:
            ids = self.tokenizer.encode(opening)
        except UserError as error:
            raise UserError(
                f"The first {n_bars} bars of the prompt cannot be used: {error.what}.",
                "Choose more bars, or another prompt.",
            ) from error
        bar = int(np.flatnonzero(self.tokenizer.is_bar)[0])
        return [*ids[:-1].tolist(), bar]  # without EOS: it goes on

    def _finish(
        self, score: Score, request: GenerationRequest, prompt: Score | None, key: Key | None
    ) -> Score:
        """Bring the music to its key and tempo."""
        shift = 0
        if request.key is not None:
            shift = _shift_to(TONICS.index(request.key), self._key_of(score))
        elif self._is_natural and key is not None:
            shift = -key.semitones_to_natural
        score = transpose(score, shift)
        if request.tempo_bpm is not None or not self.tokenizer.config.use_tempos:
            prompted = prompt.tempos[0].qpm if prompt is not None and prompt.tempos else None
            score.tempos = [Tempo(0, request.tempo_bpm or prompted or DEFAULT_TEMPO_BPM)]
        for track in score.tracks:
            track.name = track.name or "Piano"
        return score

    def _key_of(self, score: Score) -> Key:
        """The key of what was written; a natural model leaves only the mode to be found."""
        found = estimate_key(score)
        if not self._is_natural:
            return found
        return Key(0, "major") if found.mode == "major" else Key(9, "minor")


def _shift_to(tonic: int, key: Key) -> int:
    """The shortest way from a key to a tonic, -6 to 5 semitones."""
    return (tonic - key.tonic + 6) % 12 - 6
