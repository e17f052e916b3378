from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from symusic import Score

from midigen.config import TokenizerConfig
from midigen.music.grammar import MAX_EMPTY_BARS, Cursor, Grammar
from midigen.music.tokenizer import ScoreTokenizer
from tests.conftest import TOKENIZER_OPTIONS, make_band, make_score


@pytest.mark.parametrize("music", [make_score, make_band])
@pytest.mark.parametrize("options", TOKENIZER_OPTIONS, ids=str)
def test_real_music_keeps_every_rule(
    options: dict[str, Any], music: Callable[[int], Score]
) -> None:
    tokenizer = ScoreTokenizer(TokenizerConfig(**options))
    grammar = Grammar(tokenizer)
    for seed in range(5):
        cursor = Cursor(grammar)
        ids = tokenizer.encode(music(seed))
        n_bars = int(tokenizer.is_bar[ids].sum())
        for token in ids[1:]:
            word = tokenizer.vocabulary[token]
            allowed = cursor.allowed(may_end=True, bars_left=n_bars - cursor.n_bars + 1)
            assert allowed[token], f"{word} is forbidden"
            cursor.advance(int(token))


@pytest.mark.parametrize("options", TOKENIZER_OPTIONS, ids=str)
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
        decoded = tokenizer.decode(np.array(ids))
        assert decoded.note_num() == cursor.n_notes > 0
        drums = sum(tokenizer.types[i] == "PitchDrum" for i in ids)
        assert sum(len(track.notes) for track in decoded.tracks if track.is_drum) == drums


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


NOTE = ("Pitch_60", "Velocity_63", "Duration_1.0.12")


@pytest.mark.parametrize(
    ("before", "allowed", "forbidden"),
    [
        (("Program_0",), "Pitch_60", "PitchDrum_36"),
        (("Program_-1",), "PitchDrum_36", "Pitch_36"),
        (("Program_0", *NOTE), "Pitch_61", "Pitch_60"),
        (("Program_0", *NOTE), "Program_33", "Program_53"),
        (("Program_0", *NOTE), "Bar_None", "Program_0"),
        (("Program_0", *NOTE), "Pitch_61", "PitchDrum_61"),
        (("Program_0", *NOTE, "Program_33"), "Pitch_36", "PitchDrum_36"),
        (("Program_0", *NOTE, "Position_6"), "Program_53", "Pitch_61"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_instruments_come_down_the_page_and_drums_play_drums(
    before: tuple[str, ...], allowed: str, forbidden: str
) -> None:
    tokenizer = ScoreTokenizer(TokenizerConfig(use_programs=True))
    words = {word: i for i, word in enumerate(tokenizer.vocabulary)}
    cursor = Cursor(Grammar(tokenizer))
    for word in ("Bar_None", "TimeSig_4/4", "Position_0", *before):
        assert cursor.allowed(may_end=False)[words[word]], word
        cursor.advance(words[word])
    mask = cursor.allowed(may_end=False)
    assert mask[words[allowed]]
    assert not mask[words[forbidden]]
