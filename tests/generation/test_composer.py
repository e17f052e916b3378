from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from symusic import Note, Score, Track

from midigen.config import GenerationRequest, ModelConfig, TokenizerConfig
from midigen.engines import Answer, Engines, Memory, has_onnx
from midigen.errors import UserError
from midigen.generation.composer import Composer, Piece
from midigen.music.key import estimate_key
from midigen.music.score import n_bars_begun, transpose
from midigen.music.tokenizer import ScoreTokenizer
from midigen.networks import build_network
from midigen.networks.torch_engine import engines_of
from tests.conftest import TICKS, TOKENIZER_OPTIONS, make_band, make_score

REQUEST = GenerationRequest(seed=7, gen_length=200)


def composer(key_handling: str = "normalise", **options: Any) -> Composer:
    """A network that has learned nothing: the worst that there is."""
    torch.manual_seed(0)
    tokenizer = ScoreTokenizer(TokenizerConfig(**options))
    config = ModelConfig(embedding_size=8, hidden_size=16)
    network = build_network(config, len(tokenizer)).eval()
    return Composer("untrained", engines_of(network), tokenizer, key_handling)


def pitches(score: Score) -> list[int]:
    return [note.pitch for track in score.tracks for note in track.notes]


def test_same_seed_gives_same_music_byte_for_byte() -> None:
    one = composer()
    first, second = one.compose(REQUEST), one.compose(REQUEST)
    assert first.score.dumps_midi() == second.score.dumps_midi()
    other = one.compose(replace(REQUEST, seed=8))
    assert other.score.dumps_midi() != first.score.dumps_midi()


def test_the_global_generator_is_neither_read_nor_moved() -> None:
    one = composer()
    np.random.seed(1)
    first = one.compose(REQUEST)
    np.random.seed(2)
    second = one.compose(REQUEST)
    assert np.array_equal(first.ids, second.ids)
    after = np.random.random()
    np.random.seed(2)
    assert np.random.random() == after


def test_a_seed_is_drawn_and_reported_where_none_is_asked() -> None:
    one = composer()
    piece = one.compose(replace(REQUEST, seed=None))
    assert piece.request.seed is not None
    assert np.array_equal(one.compose(piece.request).ids, piece.ids)


@pytest.mark.parametrize("options", TOKENIZER_OPTIONS, ids=str)
@pytest.mark.parametrize("seed", range(3))
def test_even_an_untrained_network_writes_music_that_plays(
    options: dict[str, Any], seed: int
) -> None:
    one = composer(**options)
    piece = one.compose(GenerationRequest(seed=seed, gen_length=120, temperature=2.0, top_p=1.0))
    spelled = int(one.tokenizer.is_pitch[piece.ids].sum())
    assert piece.score.note_num() >= 5
    assert spelled - piece.score.note_num() <= 1, "at most the last note is cut off"
    assert all(n.duration > 0 for track in piece.score.tracks for n in track.notes)


class Ender:
    """A network that wants to end at once, at every step."""

    def __init__(self, tokenizer: ScoreTokenizer) -> None:
        self._logits = np.zeros(len(tokenizer), dtype=np.float32)
        self._logits[tokenizer.eos_id] = 50.0

    def begin(self, ids: np.ndarray) -> Answer:
        return self.read(ids[:, -1], (np.zeros(len(ids)),))

    def read(self, ids: np.ndarray, memory: Memory) -> Answer:
        logits = np.broadcast_to(self._logits, (len(ids), len(self._logits)))
        return Answer(logits, logits[:, None], memory)


@pytest.mark.parametrize(
    ("request_", "use_endings", "least_notes", "bars", "most_ids"),
    [
        (GenerationRequest(seed=1, gen_length=100), False, 10, range(1, 99), 101),
        (GenerationRequest(seed=1, gen_length=100), True, 10, range(1, 99), 101),
        (GenerationRequest(seed=1, bars=8), False, 4, range(8, 9), 999),
        (GenerationRequest(seed=1, bars=8), True, 4, range(8, 9), 999),
        (GenerationRequest(seed=1, bars=20), True, 10, range(20, 21), 9999),
    ],
)
def test_a_network_that_would_end_at_once_goes_on(
    request_: GenerationRequest,
    use_endings: bool,
    least_notes: int,
    bars: Sequence[int],
    most_ids: int,
) -> None:
    """With a countdown in its alphabet or without, the end comes in the last bar."""
    tokenizer = ScoreTokenizer(TokenizerConfig(use_endings=use_endings))
    piece = Composer(
        "ender", Engines({"torch": partial(Ender, tokenizer)}), tokenizer, "none"
    ).compose(request_)
    assert piece.ended_by_itself
    assert piece.score.note_num() >= least_notes
    assert n_bars_begun(piece.score) in bars
    assert len(piece.ids) <= most_ids


def test_the_last_bars_are_counted_down_once_each() -> None:
    one = composer()
    piece = one.compose(GenerationRequest(seed=1, bars=20))
    words = [one.tokenizer.vocabulary[each] for each in piece.ids]
    counts = [word for word in words if word.startswith("Left_")]
    assert counts == [f"Left_{n}" for n in range(8, 0, -1)][: len(counts)]
    assert counts[-1] == "Left_1"
    bars_before = [word.split("_")[0] for word in words[: words.index("Left_8")]].count("Bar")
    assert bars_before == 13


def test_a_length_in_tokens_is_planned_so_that_the_end_fits() -> None:
    one = composer()
    pieces = [one.compose(GenerationRequest(seed=seed, gen_length=900)) for seed in range(6)]
    ended = [piece for piece in pieces if one.tokenizer.countdown[1] in piece.ids]
    assert len(ended) >= 4
    assert all(len(piece.ids) <= 901 for piece in pieces)


def test_a_style_is_kept_from_the_prompt_to_the_end() -> None:
    one = composer(styles="Bach,Satie")
    for prompt in (None, make_score(seed=3)):
        piece = one.compose(GenerationRequest(seed=5, bars=12, style="Satie"), prompt)
        bars = {one.tokenizer.vocabulary[each] for each in piece.ids if one.tokenizer.is_bar[each]}
        assert bars == {"Bar_Satie"}
    piece = one.compose(GenerationRequest(seed=5, bars=12))
    assert len({int(each) for each in piece.ids if one.tokenizer.is_bar[each]}) == 1


def test_a_style_that_the_model_does_not_know_is_refused() -> None:
    with pytest.raises(UserError, match="no style 'Ravel' apart") as caught:
        composer(styles="Bach,Satie").compose(GenerationRequest(seed=5, bars=2, style="Ravel"))
    assert caught.value.hint == "It knows Bach, Satie."


@pytest.mark.parametrize("bars", [1, 4, 16])
def test_a_length_in_bars_is_kept(bars: int) -> None:
    one = composer()
    piece = one.compose(GenerationRequest(seed=3, bars=bars))
    assert 1 <= int(one.tokenizer.is_bar[piece.ids].sum()) <= bars


def test_the_length_in_tokens_is_the_most_there_will_be() -> None:
    piece = composer().compose(REQUEST)
    assert len(piece.ids) - piece.n_prompt <= 200


@pytest.mark.parametrize("tonic", [58, 60, 63])
@pytest.mark.parametrize("key_handling", ["normalise", "none"])
def test_the_prompt_is_heard_unchanged_at_the_beginning(tonic: int, key_handling: str) -> None:
    prompt = make_score(seed=2, tonic=tonic)
    piece = composer(key_handling).compose(replace(REQUEST, prompt_bars=2), prompt)
    begun = sorted(
        (n.time / TICKS, n.pitch) for t in prompt.tracks for n in t.notes if n.time < 8 * TICKS
    )
    beat = piece.score.ticks_per_quarter
    heard = sorted(
        (n.time / beat, n.pitch) for t in piece.score.tracks for n in t.notes if n.time < 8 * beat
    )
    assert heard == begun
    assert piece.score.note_num() > len(begun)


def test_the_tempo_of_the_prompt_is_kept_unless_another_is_asked() -> None:
    one, prompt = composer(), make_score()
    assert one.compose(REQUEST, prompt).score.tempos[0].qpm == pytest.approx(96)
    asked = replace(REQUEST, tempo_bpm=140.0)
    assert one.compose(asked, prompt).score.tempos[0].qpm == pytest.approx(140, abs=0.01)


def test_a_prompt_without_notes_in_its_first_bars_is_refused() -> None:
    late = Score(TICKS)
    late.tracks.append(Track(notes=[Note(40 * TICKS, TICKS, 60, 80)]))
    with pytest.raises(UserError, match="first 2 bars of the prompt cannot be used"):
        composer().compose(replace(REQUEST, prompt_bars=2), late)


class Parrot(Ender):
    """A network that plays one piece by heart."""

    def __init__(self, tokenizer: ScoreTokenizer, ids: np.ndarray) -> None:
        super().__init__(tokenizer)
        self._table = 60 * np.eye(len(tokenizer), dtype=np.float32)[ids]

    def read(self, ids: np.ndarray, memory: Memory) -> Answer:
        places = memory[0].astype(int) + 1  # (B,)
        logits = self._table[np.minimum(places, len(self._table) - 1)]  # (B, V)
        return Answer(logits, logits[:, None], (places,))


@pytest.mark.parametrize(("key", "tonic"), [("C", 0), ("Eb", 3), ("B", 11), ("F#", 6)])
@pytest.mark.parametrize("key_handling", ["normalise", "none"])
def test_the_asked_key_is_the_key_of_the_music(key: Any, tonic: int, key_handling: str) -> None:
    tokenizer = ScoreTokenizer(TokenizerConfig(use_endings=False))
    ids = tokenizer.encode(make_score(seed=3, n_bars=16))
    engines = Engines({"torch": partial(Parrot, tokenizer, ids)})
    one = Composer("parrot", engines, tokenizer, key_handling)
    piece = one.compose(GenerationRequest(seed=1, key=key, gen_length=2 * len(ids)))
    assert estimate_key(piece.score).tonic == tonic
    assert estimate_key(piece.score).mode == "major"


BAND = {"use_programs": True, "programs": "53, 0, 33, drums"}


def test_parts_are_named_by_their_instruments_and_stand_as_in_a_score() -> None:
    piece = composer(**BAND).compose(REQUEST, make_band())
    named = [(track.name, track.program, track.is_drum) for track in piece.score.tracks]
    assert named == [
        ("Voice oohs", 53, False),
        ("Piano", 0, False),
        ("Fingered bass", 33, False),
        ("Drums", 0, True),
    ]
    assert [track.name for track in composer().compose(REQUEST).score.tracks] == ["Piano"]


@pytest.mark.parametrize("key_handling", ["normalise", "none"])
def test_a_prompt_of_several_parts_is_heard_part_by_part(key_handling: str) -> None:
    """In D major; a model that knows only C major reads it there and writes it back."""
    prompt = transpose(make_band(n_bars=4), 2)
    request = replace(REQUEST, gen_length=40, prompt_bars=4)
    piece = composer(key_handling, **BAND).compose(request, prompt)
    ends = 16 * piece.score.ticks_per_quarter
    heard = {
        track.name: [note.pitch for note in track.notes if note.time < ends]
        for track in piece.score.tracks
    }
    drums, piano, bass, voice = prompt.tracks
    for name, track in (("Drums", drums), ("Fingered bass", bass), ("Voice oohs", voice)):
        wanted = sorted((note.time, note.pitch) for note in track.notes)
        assert heard[name] == [pitch for _, pitch in wanted]
    assert sorted(heard["Piano"]) == sorted(note.pitch for note in piano.notes)


def test_a_scale_and_a_key_leave_drums_alone() -> None:
    """With the key a piece moves as a whole; a moved drum would be another drum."""
    one = composer(**BAND)
    request = replace(REQUEST, scale="major pentatonic", prompt_bars=2)
    plain = one.compose(request, make_band()).score
    moved = one.compose(replace(request, key="Eb"), make_band()).score
    drums = [[note.pitch for note in score.tracks[-1].notes] for score in (plain, moved)]
    assert drums[0] == drums[1]
    assert {36, 38, 42} <= set(drums[0])
    tuned = {n.pitch % 12 for track in moved.tracks if not track.is_drum for n in track.notes}
    assert tuned - {3, 5, 7, 10, 0} <= {8, 2}, "beyond E flat pentatonic only what the prompt has"


def test_stopping_keeps_what_is_there() -> None:
    heard = 0

    def stop() -> bool:
        nonlocal heard
        heard += 1
        return heard > 40

    piece = composer().compose(REQUEST, should_stop=stop)
    assert piece.score.note_num() > 0
    assert len(piece.ids) < 60


@pytest.mark.parametrize("patience", range(1, 12))
def test_a_stop_at_any_token_leaves_whole_notes(patience: int) -> None:
    """A stop between a pitch and its duration once left a piece without a note."""
    asked = 0

    def stop() -> bool:
        nonlocal asked
        asked += 1
        return asked >= patience

    assert composer().compose(REQUEST, should_stop=stop).score.note_num() >= 1


def test_a_saved_piece_tells_how_to_make_it_again(tmp_path: Path) -> None:
    import json

    one = composer()
    piece: Piece = one.compose(replace(REQUEST, key="D", top_p=0.8))
    piece.save(tmp_path / "deep" / "a.mid")
    told = json.loads((tmp_path / "deep" / "a.json").read_text())
    again = one.compose(GenerationRequest(**told["request"]))
    assert again.score.dumps_midi() == (tmp_path / "deep" / "a.mid").read_bytes()
    assert told["model"] == "untrained"
    assert told["notes"] == piece.score.note_num()


@pytest.mark.skipif(not has_onnx(), reason="onnxruntime is not installed")
def test_the_engine_is_told_and_none_leaves_a_trace_for_the_next() -> None:
    """A seed is one music for each engine, whichever composed before."""
    one = composer()
    requests = {each: replace(REQUEST, engine=each) for each in ("torch", "int8", "auto")}
    first = {each: one.compose(request) for each, request in requests.items()}
    assert {name: piece.engine for name, piece in first.items()} == {
        "torch": "torch",
        "int8": "int8",
        "auto": "int8",
    }
    assert first["int8"].description["engine"] == "int8"
    for name in ("int8", "torch", "int8"):
        assert one.compose(requests[name]).ids.tolist() == first[name].ids.tolist()
    assert first["auto"].ids.tolist() == first["int8"].ids.tolist()


def test_of_the_endings_one_that_comes_home_is_taken() -> None:
    """An untrained network ends on any notes; of eight tries some come home by chance."""
    one = composer(key_handling="none", pitch_low=60, pitch_high=64)
    requests = [GenerationRequest(seed=seed, bars=4, scale="major") for seed in range(30)]
    pieces = [one.compose(request) for request in requests]
    homes = [
        estimate_key(piece.score).is_home(one.tokenizer.last_pitches(piece.ids.tolist()))
        for piece in pieces
    ]
    one._sampler.stream = partial(_without_choice, one._sampler.stream)  # type: ignore[method-assign]
    plain = [one.compose(request) for request in requests]
    by_chance = [
        estimate_key(piece.score).is_home(one.tokenizer.last_pitches(piece.ids.tolist()))
        for piece in plain
    ]
    assert sum(homes) > sum(by_chance)
    assert all(piece.ended_by_itself for piece in [*pieces, *plain])
    for piece, other in zip(pieces, plain, strict=True):
        begun = np.flatnonzero(one.tokenizer.is_bar[piece.ids])[2]  # the third of four
        assert piece.ids[:begun].tolist() == other.ids[:begun].tolist()


def _without_choice(stream: Any, request: Any, prompt: Any, wished: Any, closes: Any) -> Any:
    return stream(request, prompt, wished)
