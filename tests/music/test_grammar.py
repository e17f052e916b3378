from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from midigen.config import TokenizerConfig
from midigen.music.grammar import MAX_EMPTY_BARS, Cursor, Grammar
from midigen.music.tokenizer import ScoreTokenizer
from tests.conftest import TOKENIZER_OPTIONS, make_score


@pytest.mark.parametrize("options", TOKENIZER_OPTIONS, ids=lambda o: next(iter(o), "plain"))
def test_real_music_keeps_every_rule(options: dict[str, Any]) -> None:
    tokenizer = ScoreTokenizer(TokenizerConfig(**options))
    grammar = Grammar(tokenizer)
    for seed in range(5):
        cursor = Cursor(grammar)
        ids = tokenizer.encode(make_score(seed))
        n_bars = int(tokenizer.is_bar[ids].sum())
        for token in ids[1:]:
            word = tokenizer.vocabulary[token]
            allowed = cursor.allowed(may_end=True, bars_left=n_bars - cursor.n_bars + 1)
            assert allowed[token], f"{word} is forbidden"
            cursor.advance(int(token))


@pytest.mark.parametrize("options", TOKENIZER_OPTIONS, ids=lambda o: next(iter(o), "plain"))
def test_anything_the_rules_allow_decodes_to_every_note(options: dict[str, Any]) -> None:
    """Uniform chance stands in for the worst network; MidiTok drops notes of a broken spelling."""
    tokenizer = ScoreTokenizer(TokenizerConfig(**options))
    grammar, chance = Grammar(tokenizer), np.random.default_rng(0)
    for _ in range(5):
        cursor, ids = Cursor(grammar), [tokenizer.bos_id]
        for _ in range(300):
            allowed = np.flatnonzero(cursor.allowed(may_end=False))
            ids.append(int(chance.choice(allowed)))
            cursor.advance(ids[-1])
        while tokenizer.types[ids[-1]] != "Duration":
            ids.append(int(np.flatnonzero(cursor.allowed(may_end=False))[0]))
            cursor.advance(ids[-1])
        assert tokenizer.decode(np.array(ids)).note_num() == cursor.n_notes > 0


def test_the_end_comes_only_after_a_note_and_when_it_may() -> None:
    tokenizer = ScoreTokenizer(TokenizerConfig())
    ids = tokenizer.encode(make_score())
    cursor = Cursor(Grammar(tokenizer))
    assert not cursor.allowed(may_end=True)[tokenizer.eos_id]
    for token in ids[1:-1]:
        cursor.advance(int(token))
    assert cursor.allowed(may_end=True)[tokenizer.eos_id]
    assert not cursor.allowed(may_end=False)[tokenizer.eos_id]


def test_silence_does_not_go_on_for_ever() -> None:
    tokenizer = ScoreTokenizer(TokenizerConfig())
    grammar = Grammar(tokenizer)
    cursor = Cursor(grammar)
    words = {word: i for i, word in enumerate(tokenizer.vocabulary)}
    for _ in range(MAX_EMPTY_BARS + 1):
        cursor.advance(words["Bar_None"])
        cursor.advance(words["TimeSig_4/4"])
    assert not cursor.allowed(may_end=True)[words["Bar_None"]]


def test_positions_stay_within_the_bar() -> None:
    tokenizer = ScoreTokenizer(TokenizerConfig())
    words = {word: i for i, word in enumerate(tokenizer.vocabulary)}
    cursor = Cursor(Grammar(tokenizer))
    for word in ("Bar_None", "TimeSig_2/4"):
        cursor.advance(words[word])
    allowed = cursor.allowed(may_end=True)
    assert allowed[words["Position_23"]]
    assert not allowed[words["Position_24"]]


def test_a_piece_keeps_its_style_and_ends_where_it_is_counted_out() -> None:
    tokenizer = ScoreTokenizer(TokenizerConfig(styles="Bach,Satie"))
    cursor = Cursor(Grammar(tokenizer))
    begin = cursor.allowed(may_end=True)
    assert {tokenizer.vocabulary[i] for i in np.flatnonzero(begin)} == {
        *("Bar_None", "Bar_Bach", "Bar_Satie")
    }
    ids = tokenizer.encode(make_score(n_bars=2), "Satie")
    for token in ids[1:-1]:
        cursor.advance(int(token))
        left = 3 - cursor.n_bars
        allowed = cursor.allowed(may_end=True, bars_left=left)
        bars = {tokenizer.vocabulary[i] for i in np.flatnonzero(allowed & tokenizer.is_bar)}
        assert bars <= {"Bar_Satie"}
        assert not allowed[tokenizer.eos_id] or cursor.bars_left == 1
    assert allowed[tokenizer.eos_id]
    assert not cursor.allowed(may_end=False)[tokenizer.eos_id]
