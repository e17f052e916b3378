"""Composes token by token with any engine: `Sampler.stream`.

It knows nothing about files or keys; `composer.py` turns scores into prompts and tokens into
scores.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import numpy as np

from midigen.config import GenerationRequest
from midigen.engines import Engine, EngineName, Engines, Memory, of_rows
from midigen.engines.recollection import CacheSettings, Recollection
from midigen.generation.ending import Ending
from midigen.generation.filters import draw, filter_logits
from midigen.generation.guidance import Guidance
from midigen.music.grammar import Cursor, Grammar
from midigen.music.tokenizer import ScoreTokenizer

# The repetition penalty looks back this many notes: about two bars of piano music.
RECENT_NOTES = 32
# Recall rests while those notes have fewer pitches than this: it would hold the piece there.
FEWEST_PITCHES = 6
ENDING_BARS = 2  # a cadence: the chord before the last, and the last
ENDINGS_TRIED = 8
MAX_ENDING_TOKENS = 400
MAX_TOKENS = 20_000  # the most that one request may cost, also when it asks for bars


@dataclass
class _Draft:
    """A piece that is being composed.

    Attributes:
        logits: of the next token, (V,).
        memory: of the engine, of all readers.
        guidance: who the readers are.
        cursor: has read the piece.
        recent: the pitches of the last notes.
        past: what can be recalled.
    """

    logits: np.ndarray
    memory: Memory
    guidance: Guidance
    cursor: Cursor
    recent: deque[int]
    past: Recollection | None

    def fork(self) -> _Draft:
        """The same piece, to be gone on with apart from this one.

        It recalls nothing: what was played before does not tell how to end.
        """
        return replace(self, cursor=copy(self.cursor), recent=self.recent.copy(), past=None)


@dataclass
class _TriedEnding:
    """The last bars of a piece as they may be.

    Attributes:
        draft: the piece with them; its memory is kept by whoever tries several at a time.
        ids: from the last bars' beginning on, as far as they are composed.
        ends: where it may end: after so many ids, and how much the network expected it there, the
            log-probability of EOS.
        is_over: whether EOS was drawn.
    """

    draft: _Draft
    ids: list[int] = field(default_factory=list)
    ends: list[tuple[int, float]] = field(default_factory=list)
    is_over: bool = False


# Told what was written before, as ids, it tells whether an ending, as ids, closes the piece.
Closes: TypeAlias = Callable[[Sequence[int]], Callable[[Sequence[int]], bool]]


class Sampler:
    """Draws tokens as a network expects them, under the grammar of its alphabet.

    Any number of streams can run on one sampler at a time: each has its own memory and its own
    random generator.

    Args:
        engines: of the network.
        tokenizer: the alphabet that it was trained with.
        cache: of the network, if one was fitted.
    """

    def __init__(
        self,
        engines: Engines,
        tokenizer: ScoreTokenizer,
        cache: CacheSettings | None = None,
    ) -> None:
        self._engines = engines
        self._tokenizer = tokenizer
        self._cache = cache
        self._grammar = Grammar(tokenizer)

    def stream(
        self,
        request: GenerationRequest,
        prompt: Sequence[int] = (),
        wished: np.ndarray | None = None,
        closes: Closes | None = None,
    ) -> Iterator[int]:
        """Yield the ids of a piece as they are drawn, the prompt's not among them.

        The piece ends by itself, and EOS is the last id, or it is cut at the asked length: `bars`,
        counted with the prompt's, or else `gen_length` new tokens. Its last bars are composed
        several times, and an end is considered after every note of the last one. Taken is the end
        that the network expects most, of those that close, if there are any.

        Args:
            request: its seed must be set.
            prompt: ids to go on from, from BOS on; empty begins a new piece.
            wished: (V,) bool, the tokens to keep to where the grammar leaves one of them.
            closes: whether an ending closes a piece.
        """
        assert request.seed is not None, "draw a seed before composing, so that it can be reported"
        generator = np.random.Generator(np.random.PCG64(request.seed))
        engine = self._engines[self.engine(request)]
        written = list(prompt) or [self._tokenizer.bos_id]
        draft = self._begin(engine, request, written)
        ending = Ending(request, draft.cursor)
        limit = request.gen_length if request.bars is None else MAX_TOKENS
        for n_new in range(limit):
            bars_left = ending.bars_left(n_new)
            if draft.cursor.is_at_bar and bars_left == ENDING_BARS:
                room = min(MAX_ENDING_TOKENS, limit - n_new)
                endings = self._try_endings(engine, draft, request, wished, generator, room)
                yield from self._best(endings, closes(written) if closes else None)
                return
            can_follow = draft.cursor.allowed(bars_left == 1, bars_left)
            token = self._draw(draft, request, _both(can_follow, wished), generator)
            if token == self._tokenizer.eos_id:
                yield token
                return
            draft.cursor.advance(token)
            if request.bars is not None and draft.cursor.n_bars > request.bars:
                return
            yield token
            written.append(token)
            self._read(engine, draft, token)

    def engine(self, request: GenerationRequest) -> EngineName:
        """What the network is computed with.

        Raises:
            UserError: this machine has not what is asked for.
        """
        return self._engines.choose(request.engine)

    def _begin(self, engine: Engine, request: GenerationRequest, context: list[int]) -> _Draft:
        """What there is before the first token is drawn."""
        cursor = Cursor(self._grammar)
        recent: deque[int] = deque(maxlen=RECENT_NOTES)
        for token in context[1:]:
            cursor.advance(token)
            if self._is_tone(token):
                recent.append(token)
        # A model follows a density by itself; more of it would empty its bars or fill them up.
        strength = 1.0 if self._tokenizer.tells_densities else request.style_strength
        guidance = Guidance(self._tokenizer, request.style, strength)
        read = np.array([context])
        answer = engine.begin(guidance.for_readers(read))
        draft = _Draft(
            guidance.believed(answer.logits)[0],
            answer.memory,
            guidance,
            cursor,
            recent,
            self._recollection(request.recall),
        )
        if draft.past is not None:
            draft.past.add(answer.signals[0], read[0])
        return draft

    def _draw(
        self,
        draft: _Draft,
        request: GenerationRequest,
        can_follow: np.ndarray,
        generator: np.random.Generator,
    ) -> int:
        """The next token."""
        is_penalised = request.repetition_penalty > 1 and draft.recent
        penalised = np.array(draft.recent) if is_penalised else None
        choice = filter_logits(draft.logits, request, can_follow, penalised)
        if draft.past is not None and _is_lively(draft.recent):
            choice = draft.past.mix_into(choice, can_follow)
        return draw(choice, generator)

    def _read(self, engine: Engine, draft: _Draft, token: int) -> None:
        """Let the network read a token that the cursor has taken already."""
        last = np.array([token])
        answer = engine.read(draft.guidance.for_readers(last), draft.memory)
        draft.memory = answer.memory
        draft.logits = draft.guidance.believed(answer.logits)[0]
        self._keep_in_mind(draft, token)
        if draft.past is not None:
            draft.past.add(answer.signals[0], last)

    def _keep_in_mind(self, draft: _Draft, token: int) -> None:
        if self._is_tone(token):
            draft.recent.append(token)

    def _is_tone(self, token: int) -> bool:
        """Whether it counts as recent; drums may repeat themselves."""
        return bool(self._tokenizer.midi_pitch[token] >= 0)

    def _try_endings(
        self,
        engine: Engine,
        draft: _Draft,
        request: GenerationRequest,
        wished: np.ndarray | None,
        generator: np.random.Generator,
        room: int,
    ) -> list[_TriedEnding]:
        """Compose the last bars several times, side by side, in at most `room` tokens."""
        tries = [_TriedEnding(draft.fork()) for _ in range(ENDINGS_TRIED)]
        guidance, readers = draft.guidance, range(draft.guidance.n_readers)
        memory = of_rows(draft.memory, [reader for reader in readers for _ in tries])
        unfinished = tries
        for _ in range(room):
            for one in unfinished:
                bars_left = ENDING_BARS - (one.draft.cursor.n_bars - draft.cursor.n_bars)
                can_follow = one.draft.cursor.allowed(bars_left == 1, bars_left)
                token = self._draw(one.draft, request, _both(can_follow, wished), generator)
                if bars_left == 1 and can_follow[self._tokenizer.eos_id]:
                    expected = _log_probability(one.draft.logits, self._tokenizer.eos_id)
                    one.ends.append((len(one.ids), expected))
                one.ids.append(token)
                one.is_over = token == self._tokenizer.eos_id
            rows = [i for i, one in enumerate(unfinished) if not one.is_over]
            if not rows:
                break
            of_all = [reader * len(unfinished) + i for reader in readers for i in rows]
            unfinished = [unfinished[i] for i in rows]
            last = np.array([one.ids[-1] for one in unfinished])
            answer = engine.read(guidance.for_readers(last), of_rows(memory, of_all))
            memory = answer.memory
            foretold = guidance.believed(answer.logits)  # (N, V)
            for one, logits in zip(unfinished, foretold, strict=True):
                one.draft.cursor.advance(one.ids[-1])
                self._keep_in_mind(one.draft, one.ids[-1])
                one.draft.logits = logits
        return tries

    def _best(
        self, tries: Sequence[_TriedEnding], closes: Callable[[Sequence[int]], bool] | None
    ) -> list[int]:
        """The ids of the ending to take, EOS the last one if it ends."""
        best, best_rank = tries[0].ids, (False, -math.inf)
        for one in tries:
            for n, expected in one.ends:
                ids = one.ids[:n]
                rank = (closes is not None and closes(ids), expected)
                if rank > best_rank:
                    best, best_rank = [*ids, self._tokenizer.eos_id], rank
        return best

    def _recollection(self, recall: float) -> Recollection | None:
        """An empty one, if the network has a cache and it is asked for."""
        if self._cache is None or recall == 0:
            return None
        return Recollection(self._cache.with_odds(recall), len(self._tokenizer))


def _log_probability(logits: np.ndarray, token: int) -> float:
    below = logits - logits.max()
    return float(below[token] - np.log(np.exp(below).sum()))


def _is_lively(recent: deque[int]) -> bool:
    return len(recent) < RECENT_NOTES or len(set(recent)) >= FEWEST_PITCHES


def _both(allowed: np.ndarray, wished: np.ndarray | None) -> np.ndarray:
    """What is allowed and wished; the grammar has the last word where that is nothing."""
    if wished is None:
        return allowed
    both: np.ndarray = allowed & wished
    return both if both.any() else allowed
