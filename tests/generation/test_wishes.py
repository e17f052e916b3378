from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from midigen.config import GenerationRequest, TokenizerConfig
from midigen.errors import UserError
from midigen.generation.wishes import SCALES, metres, wished
from midigen.music.key import TONICS
from midigen.music.tokenizer import ScoreTokenizer
from tests.conftest import make_score
from tests.generation.test_composer import composer, pitches

REQUEST = GenerationRequest(seed=5, gen_length=300, temperature=2.0, top_p=1.0)


@pytest.mark.parametrize("key_handling", ["normalise", "none"])
@pytest.mark.parametrize("key", ["C", "Eb", "F#", None])
@pytest.mark.parametrize("scale", list(SCALES))
def test_even_an_untrained_network_keeps_to_the_scale(
    scale: str, key: str | None, key_handling: str
) -> None:
    asked = replace(REQUEST, scale=scale, key=key)
    score = composer(key_handling).compose(asked).score
    home = 9 if 3 in SCALES[scale] and key_handling == "normalise" else 0
    tonic = TONICS.index(key) if key else home
    heard = {(pitch - tonic) % 12 for pitch in pitches(score)}
    assert len(heard) > 3
    assert heard <= set(SCALES[scale])


@pytest.mark.parametrize("metre", ["3/4", "6/8", "5/4", "12/8"])
def test_every_bar_has_the_asked_metre(metre: str) -> None:
    score = composer().compose(replace(REQUEST, time_signature=metre)).score
    assert {f"{each.numerator}/{each.denominator}" for each in score.time_signatures} == {metre}


def test_what_is_given_stays_and_only_what_follows_is_asked_for() -> None:
    asked = replace(REQUEST, scale="major pentatonic", key="C", prompt_bars=2)
    one = composer("none")
    prompt = make_score(seed=2)
    piece = one.compose(asked, prompt)
    assert (
        piece.ids[: piece.n_prompt - 2].tolist()
        == one.compose(replace(asked, scale=None), prompt).ids[: piece.n_prompt - 2].tolist()
    )
    written = one.tokenizer.midi_pitch[piece.ids[piece.n_prompt :]]
    assert {int(each) % 12 for each in written if each >= 0} <= {0, 2, 4, 7, 9}


def test_nothing_is_masked_where_nothing_is_wished() -> None:
    assert wished(GenerationRequest(), ScoreTokenizer(TokenizerConfig()), True) is None


def test_a_metre_that_the_alphabet_lacks_is_refused_with_those_that_it_has() -> None:
    tokenizer = ScoreTokenizer(TokenizerConfig())
    assert {"3/4", "4/4", "6/8"} <= set(metres(tokenizer))
    with pytest.raises(UserError, match="cannot write in '17/16'") as raised:
        wished(GenerationRequest(time_signature="17/16"), tokenizer, True)
    assert "3/4" in raised.value.hint


def test_an_alphabet_without_metres_writes_common_time() -> None:
    tokenizer = ScoreTokenizer(TokenizerConfig(use_time_signatures=False))
    assert metres(tokenizer) == ("4/4",)
    left = wished(GenerationRequest(time_signature="4/4"), tokenizer, True)
    assert left is not None
    assert np.all(left)
    with pytest.raises(UserError):
        wished(GenerationRequest(time_signature="3/4"), tokenizer, True)
