from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from symusic import Note, Score, TimeSignature, Track

from midigen.config import TokenizerConfig
from midigen.errors import UserError
from midigen.music.score import merge_tracks, transpose
from midigen.music.tokenizer import ScoreTokenizer
from tests.conftest import TICKS, TOKENIZER_OPTIONS, make_band, make_score


@pytest.fixture(scope="module")
def tokenizer() -> ScoreTokenizer:
    return ScoreTokenizer(TokenizerConfig())


def notes(score: Score, beat: int) -> list[tuple[float, float, int]]:
    return sorted(
        (note.time / beat, note.duration / beat, note.pitch)
        for track in score.tracks
        for note in track.notes
    )


@pytest.mark.parametrize("metre", [(4, 4), (3, 4), (6, 8), (2, 2), (5, 4)])
def test_music_on_the_grid_survives_the_round_trip(
    tokenizer: ScoreTokenizer, metre: tuple[int, int]
) -> None:
    score = make_score(seed=1)
    score.time_signatures = [TimeSignature(0, *metre)]
    decoded = tokenizer.decode(tokenizer.encode(score))
    wanted = notes(merge_tracks(score), TICKS)
    assert notes(decoded, decoded.ticks_per_quarter) == wanted


def test_a_piece_is_enclosed_and_spelled_as_remi(tokenizer: ScoreTokenizer) -> None:
    score = Score(TICKS)
    score.tracks.append(Track(notes=[Note(TICKS, TICKS, 60, 64)]))
    words = [tokenizer.vocabulary[i] for i in tokenizer.encode(score)]
    assert [word for word in words if "Velocity" not in word] == [
        *("BOS_None", "Bar_None", "TimeSig_4/4", "Left_1", "Position_12", "Pitch_60"),
        *("Duration_1.0.12", "EOS_None"),
    ]


def test_the_last_bars_are_counted_down(tokenizer: ScoreTokenizer) -> None:
    for n_bars in (3, 12):
        ids = tokenizer.encode(make_score(n_bars=n_bars))
        words = [tokenizer.vocabulary[i] for i in ids]
        counts = [word for word in words if word.startswith("Left_")]
        assert counts == [f"Left_{n}" for n in range(min(8, n_bars), 0, -1)]
        places = [i for i, word in enumerate(words) if word.startswith("Left_")]
        assert all(words[i - 1].startswith("TimeSig_") for i in places)
        assert [words[i - 2] for i in places] == ["Bar_None"] * len(places)
        opening = tokenizer.encode(make_score(n_bars=n_bars), ends=False)
        assert len(opening) == len(ids) - len(counts)


def test_styles_and_countdown_do_not_change_the_music(score: Score) -> None:
    plain = ScoreTokenizer(TokenizerConfig(use_endings=False))
    styled = ScoreTokenizer(TokenizerConfig(styles="Bach, Satie"))
    assert styled.styles == ("Bach", "Satie")
    ids = styled.encode(score, "Satie")
    assert {styled.vocabulary[i] for i in ids if styled.is_bar[i]} == {"Bar_Satie"}
    assert styled.decode(ids).dumps_midi() == plain.decode(plain.encode(score)).dumps_midi()
    as_plain = styled.in_style(styled.encode(score, "Satie", ends=False), "")
    assert as_plain.tolist() == plain.encode(score).tolist()
    unknown = styled.encode(score, "Ravel")
    assert styled.vocabulary[unknown[1]] == "Bar_None"


def test_an_alphabet_of_the_first_format_is_read_still(tmp_path: Path) -> None:
    without = ScoreTokenizer(TokenizerConfig(use_endings=False, styles=""))
    without.save(tmp_path / "tokenizer.json")
    content = json.loads((tmp_path / "tokenizer.json").read_text())
    assert content["format"] == "midigen-tokenizer-1"
    assert not {"use_endings", "styles"} & set(content["config"])
    read = ScoreTokenizer.load(tmp_path / "tokenizer.json")
    assert read.fingerprint == without.fingerprint
    assert (read.countdown, read.styles) == ({}, ())


def test_ids_are_uint16_and_notes_are_counted(tokenizer: ScoreTokenizer, score: Score) -> None:
    ids = tokenizer.encode(score)
    assert ids.dtype == np.uint16
    assert tokenizer.is_pitch[ids].sum() == merge_tracks(score).note_num()
    assert tokenizer.is_bar[ids].sum() == 8


def test_encoding_leaves_the_score_alone(tokenizer: ScoreTokenizer, score: Score) -> None:
    before = score.dumps_midi()
    tokenizer.encode(score)
    assert score.dumps_midi() == before


@pytest.mark.parametrize("semitones", [-5, 3, 11])
def test_transposing_ids_is_transposing_music(tokenizer: ScoreTokenizer, semitones: int) -> None:
    here = tokenizer.transposition(semitones)[tokenizer.encode(make_score(tonic=60))]
    assert np.array_equal(here, tokenizer.encode(make_score(tonic=60 + semitones)))


def test_drums_alone_cannot_be_spelled_as_piano(tokenizer: ScoreTokenizer) -> None:
    score = Score(TICKS)
    score.tracks.append(Track(is_drum=True, notes=[Note(0, TICKS, 36, 80)]))
    with pytest.raises(UserError, match="only drums"):
        tokenizer.encode(score)


def test_pitches_outside_the_alphabet_are_refused(tokenizer: ScoreTokenizer) -> None:
    score = Score(TICKS)
    score.tracks.append(Track(notes=[Note(0, TICKS, 5, 80)]))
    with pytest.raises(UserError, match="pitch range"):
        tokenizer.encode(score)


def test_with_programs_instruments_and_drums_stay_apart() -> None:
    tokenizer = ScoreTokenizer(TokenizerConfig(use_programs=True))
    score = Score(TICKS)
    score.tracks.append(Track(program=0, notes=[Note(0, TICKS, 60, 80)]))
    score.tracks.append(Track(program=40, notes=[Note(0, TICKS, 67, 80)]))
    score.tracks.append(Track(is_drum=True, notes=[Note(0, TICKS, 36, 80)]))
    decoded = tokenizer.decode(tokenizer.encode(score))
    parts = {(t.program, t.is_drum): [n.pitch for n in t.notes] for t in decoded.tracks}
    assert parts == {(0, False): [60], (40, False): [67], (0, True): [36]}


def parts(score: Score) -> dict[tuple[int, bool], list[tuple[float, float, int]]]:
    beat = score.ticks_per_quarter
    return {
        (track.program, track.is_drum): sorted(
            (note.time / beat, note.duration / beat, note.pitch) for note in track.notes
        )
        for track in score.tracks
    }


def test_a_band_survives_the_round_trip_from_file_to_file(tmp_path: Path) -> None:
    """Drums are on channel 10 again, the tenth from one."""
    tokenizer = ScoreTokenizer(TokenizerConfig(use_programs=True))
    make_band().dump_midi(tmp_path / "band.mid")
    band = Score(tmp_path / "band.mid")
    tokenizer.decode(tokenizer.encode(band)).dump_midi(tmp_path / "again.mid")
    content = (tmp_path / "again.mid").read_bytes()
    assert parts(Score.from_midi(content)) == parts(band)
    assert bytes((0x99, 36)) in content, "a note on, channel 10"


def test_a_part_is_one_however_many_tracks_it_has() -> None:
    tokenizer = ScoreTokenizer(TokenizerConfig(use_programs=True))
    band, split = make_band(), make_band()
    piano = split.tracks[1]
    left = Track(program=0, notes=[note for note in piano.notes if note.pitch < 60])
    piano.notes = [note for note in piano.notes if note.pitch >= 60]
    split.tracks = [left, *split.tracks]
    assert np.array_equal(tokenizer.encode(split), tokenizer.encode(band))


def test_the_parts_of_a_moment_are_spelled_down_the_page() -> None:
    tokenizer = ScoreTokenizer(TokenizerConfig(use_programs=True))
    words = [tokenizer.vocabulary[i] for i in tokenizer.encode(make_band())]
    first = words[: words.index("Position_6")]
    programs = [word for word in first if word.startswith("Program")]
    assert programs == ["Program_53", "Program_0", "Program_33", "Program_-1"], "each once"


@pytest.mark.parametrize(
    ("programs", "heard"),
    [
        ("families", {48, 0, 32, -1}),
        ("53, 0", {53, 0}),  # a bass is no piano: the first of the list plays it
        ("0 53 drums", {0, 53, -1}),
        ("7", {7}),
    ],
)
def test_what_is_not_listed_is_played_by_its_like(programs: str, heard: set[int]) -> None:
    tokenizer = ScoreTokenizer(TokenizerConfig(use_programs=True, programs=programs))
    decoded = tokenizer.decode(tokenizer.encode(make_band()))
    assert {-1 if is_drum else program for program, is_drum in parts(decoded)} == heard


@pytest.mark.parametrize("programs", ["", "drums", "piano", "0, 128", "-1", "0; 5"])
def test_a_list_of_instruments_that_cannot_be_read_is_refused(programs: str) -> None:
    with pytest.raises(UserError, match="programs is"):
        TokenizerConfig(programs=programs)


def test_drums_alone_are_left_out_of_an_alphabet_without_them() -> None:
    tokenizer = ScoreTokenizer(TokenizerConfig(use_programs=True, programs="0"))
    score = Score(TICKS)
    score.tracks.append(Track(is_drum=True, notes=[Note(0, TICKS, 36, 80)]))
    with pytest.raises(UserError, match=r"only drums, and tokenizer\.programs"):
        tokenizer.encode(score)


def test_transposing_ids_leaves_drums_alone() -> None:
    tokenizer = ScoreTokenizer(TokenizerConfig(use_programs=True))
    moved = tokenizer.transposition(5)[tokenizer.encode(make_band())]
    assert np.array_equal(moved, tokenizer.encode(transpose(make_band(), 5)))
    assert parts(tokenizer.decode(moved))[0, True] == parts(make_band())[0, True]


def test_knobs_that_came_later_leave_old_fingerprints_as_they_were() -> None:
    """Models name the alphabet that they were trained with."""
    plain = TokenizerConfig(use_endings=False, styles="")
    assert ScoreTokenizer(plain).fingerprint == "bb7e930416ccebfa"


@pytest.mark.parametrize("options", TOKENIZER_OPTIONS, ids=str)
def test_every_option_spells_and_reads_back(options: dict[str, Any], score: Score) -> None:
    tokenizer = ScoreTokenizer(TokenizerConfig(**options))
    decoded = tokenizer.decode(tokenizer.encode(score))
    pitches = [pitch for _, _, pitch in notes(decoded, 1)]
    assert sorted(pitches) == sorted(pitch for _, _, pitch in notes(merge_tracks(score), 1))
    decoded = tokenizer.decode(tokenizer.encode(make_band()))
    assert decoded.note_num() >= merge_tracks(make_band()).note_num()


def test_a_saved_tokenizer_is_the_same_one(tmp_path: Path, tokenizer: ScoreTokenizer) -> None:
    tokenizer.save(tmp_path / "tokenizer.json")
    loaded = ScoreTokenizer.load(tmp_path / "tokenizer.json")
    assert loaded.fingerprint == tokenizer.fingerprint
    assert loaded.vocabulary == tokenizer.vocabulary


def test_other_knobs_give_another_fingerprint(tokenizer: ScoreTokenizer) -> None:
    assert ScoreTokenizer(TokenizerConfig(velocities=8)).fingerprint != tokenizer.fingerprint


def change(**changes: Any) -> Any:
    return lambda content: content | changes


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (change(format="other"), "not a tokenizer file of midigen"),
        (change(config={"velocities": 10**9}), "velocities is 1000000000"),
        (change(config={"_ids_to_tokens": 1}), "Unknown key"),
        (change(config=None), "holds no settings"),
        (change(vocabulary=["PAD_None"]), "other tokens"),
    ],
    ids=["format", "huge", "foreign", "empty", "vocabulary"],
)
def test_a_tampered_file_is_refused(
    tmp_path: Path, tokenizer: ScoreTokenizer, edit: Any, message: str
) -> None:
    path = tmp_path / "tokenizer.json"
    tokenizer.save(path)
    path.write_text(json.dumps(edit(json.loads(path.read_text()))))
    with pytest.raises(UserError, match=message):
        ScoreTokenizer.load(path)


def test_the_last_pitches_are_those_struck_together_at_the_end(tokenizer: ScoreTokenizer) -> None:
    score = Score(TICKS)
    notes = [(0, 60), (TICKS, 48), (TICKS, 64), (TICKS, 67)]
    score.tracks.append(Track(notes=[Note(time, TICKS, pitch, 64) for time, pitch in notes]))
    ids = tokenizer.encode(score).tolist()
    assert sorted(tokenizer.last_pitches(ids)) == [48, 64, 67]
    assert tokenizer.last_pitches([tokenizer.bos_id]) == []
