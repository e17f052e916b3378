"""Composes token by token with any network: `Sampler.stream`.

It knows nothing about files or keys; `composer.py` turns scores into prompts and tokens into
scores.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence

import numpy as np
import torch

from midigen.config import GenerationRequest
from midigen.generation.ending import Ending
from midigen.generation.filters import draw, filter_logits
from midigen.music.grammar import Cursor, Grammar
from midigen.music.tokenizer import ScoreTokenizer
from midigen.networks import SequenceNetwork
from midigen.networks.cache import CacheSettings, Recollection

# The repetition penalty looks back this many notes: about two bars of piano music.
RECENT_NOTES = 32
# Recall rests while those notes have fewer pitches than this: it would hold the piece there.
FEWEST_PITCHES = 6
MAX_TOKENS = 20_000  # the most that one request may cost, also when it asks for bars


class Sampler:
    """Draws tokens from a network, under the grammar of its alphabet.

    Any number of streams can run on one sampler at a time: each has its own memory and its own
    random generator.

    Args:
        network: on the CPU, in evaluation mode.
        tokenizer: the alphabet that it was trained with.
        cache: of the network, if one was fitted.
    """

    def __init__(
        self,
        network: SequenceNetwork,
        tokenizer: ScoreTokenizer,
        cache: CacheSettings | None = None,
    ) -> None:
        assert network.vocabulary_size == len(tokenizer), (
            f"the network knows {network.vocabulary_size} tokens, the tokenizer {len(tokenizer)}"
        )
        self._network = network
        self._tokenizer = tokenizer
        self._step = network.stepper()
        self._cache = cache
        self._grammar = Grammar(tokenizer)

    @torch.inference_mode()
    def stream(
        self,
        request: GenerationRequest,
        prompt: Sequence[int] = (),
        wished: np.ndarray | None = None,
    ) -> Iterator[int]:
        """Yield the ids of a piece as they are drawn, the prompt's not among them.

        The piece ends by itself, and EOS is the last id, or it is cut at the asked length: `bars`,
        counted with the prompt's, or else `gen_length` new tokens.

        Args:
            request: its seed must be set.
            prompt: ids to go on from, from BOS on; empty begins a new piece.
            wished: (V,) bool, the tokens to keep to where the grammar leaves one of them.
        """
        assert request.seed is not None, "draw a seed before composing, so that it can be reported"
        generator = torch.Generator().manual_seed(request.seed)
        cursor = Cursor(self._grammar)
        recent: deque[int] = deque(maxlen=RECENT_NOTES)
        context = list(prompt) or [self._tokenizer.bos_id]
        for token in context[1:]:
            self._read(token, cursor, recent)
        read = torch.tensor(context)
        signals, state = self._network.read(read[None], self._network.initial_state(1))
        past = self._recollection(request.recall)
        if past is not None:
            past.add(signals[0], read)
        logits = self._network.foretell(signals[:, -1:])[0, 0].float()  # (V,)
        ending = Ending(request, cursor)
        limit = request.gen_length if request.bars is None else MAX_TOKENS
        for n_new in range(limit):
            can_follow = cursor.allowed(self._may_end(ending, n_new), ending.bars_left(n_new))
            allowed = torch.from_numpy(_both(can_follow, wished))
            penalised = torch.tensor(list(recent)) if recent else None
            choice = filter_logits(logits, request, allowed, penalised)
            # Nothing that was played before tells how to end.
            if past is not None and cursor.bars_left is None and _is_lively(recent):
                choice = past.mix_into(choice, allowed)
            token = int(draw(choice, generator))
            if token == self._tokenizer.eos_id:
                yield token
                return
            self._read(token, cursor, recent)
            if request.bars is not None and cursor.n_bars > request.bars:
                return
            yield token
            last = torch.tensor([token])
            signal, state = self._step.read(last, state)
            if past is not None:
                past.add(signal, last)
            logits = self._step.foretell(signal)[0]

    def _recollection(self, recall: float) -> Recollection | None:
        """An empty one, if the network has a cache and it is asked for."""
        if self._cache is None or recall == 0:
            return None
        return Recollection(self._cache.with_odds(recall), len(self._tokenizer))

    def _may_end(self, ending: Ending, n_new: int) -> bool:
        return self._grammar.counts_after is not None or ending.may_come(n_new)

    def _read(self, token: int, cursor: Cursor, recent: deque[int]) -> None:
        cursor.advance(token)
        if self._tokenizer.is_pitch[token]:
            recent.append(token)


def _is_lively(recent: deque[int]) -> bool:
    return len(recent) < RECENT_NOTES or len(set(recent)) >= FEWEST_PITCHES


def _both(allowed: np.ndarray, wished: np.ndarray | None) -> np.ndarray:
    """What is allowed and wished; the grammar has the last word where that is nothing."""
    if wished is None:
        return allowed
    both: np.ndarray = allowed & wished
    return both if both.any() else allowed


def new_seed() -> int:
    """A seed nobody chose, from the operating system, within the limits of a request."""
    return int(np.random.SeedSequence().generate_state(1)[0]) % 2**31
