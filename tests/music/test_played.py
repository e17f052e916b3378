from __future__ import annotations

import random

import pytest
from symusic import Score

from midigen.config import TokenizerConfig
from midigen.music.played import (
    MAX_BARS,
    METRES,
    SIXTEENTH,
    TICKS,
    TRIPLET,
    PlayedNote,
    score_from_played,
)
from midigen.music.score import n_bars
from midigen.music.tokenizer import ScoreTokenizer

BPM = 90
BEAT_S = 60 / BPM
JITTER_S = 0.040
FRERE_JACQUES = [(60, 1), (62, 1), (64, 1), (60, 1)] * 2 + [(64, 1), (65, 1), (67, 2)] * 2
GOING_ON = [(67, 0.5), (69, 0.5), (67, 0.5), (65, 0.5), (64, 1), (60, 1)] * 2
SWUNG = [(60, 2 / 3), (62, 1 / 3)] * 6 + [(64, 1 / 3)] * 3 + [(60, 1)]
SYNCOPATED = [(60, 0.25), (64, 0.5), (67, 0.25), (65, 0.75), (64, 0.25), (60, 2)] * 2


def played(melody: list[tuple[int, float]], bpm: float = BPM) -> list[PlayedNote]:
    """A melody of (pitch, beats) exactly in time, each note held for its whole length."""
    notes, beat = [], 0.0
    for pitch, length in melody:
        notes.append(PlayedNote(beat * 60 / bpm, (beat + length) * 60 / bpm, pitch, 80))
        beat += length
    return notes


def rhythm(score: Score) -> list[tuple[int, int]]:
    """(start, length) in ticks."""
    return [(each.time, each.duration) for each in score.tracks[0].notes]


def expected(melody: list[tuple[int, float]]) -> list[tuple[int, int]]:
    ticks, tick = [], 0.0
    for _, length in melody:
        ticks.append((round(tick), round(length * TICKS)))
        tick += length * TICKS
    return ticks


def by_hand(notes: list[PlayedNote], seed: int) -> list[PlayedNote]:
    """Onsets up to 40 ms early or late, releases up to 40 ms around a slightly short length."""
    chance = random.Random(seed)
    moved = []
    for each in notes:
        start = max(0.0, each.start_s + chance.uniform(-JITTER_S, JITTER_S))
        end = each.end_s - JITTER_S + chance.uniform(-JITTER_S, JITTER_S)
        moved.append(PlayedNote(start, max(end, start + 0.03), each.pitch, each.velocity))
    return moved


@pytest.mark.parametrize("melody", [FRERE_JACQUES, GOING_ON, SWUNG, SYNCOPATED])
def test_what_is_played_in_time_is_written_as_it_is(melody: list[tuple[int, float]]) -> None:
    score = score_from_played(played(melody), BPM, 4)
    assert rhythm(score) == expected(melody)
    assert [each.pitch for each in score.tracks[0].notes] == [pitch for pitch, _ in melody]


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("melody", [FRERE_JACQUES, GOING_ON, SYNCOPATED])
def test_hands_40_ms_early_or_late_still_give_the_rhythm(
    melody: list[tuple[int, float]], seed: int
) -> None:
    score = score_from_played(by_hand(played(melody), seed), BPM, 4)
    assert rhythm(score) == expected(melody)


@pytest.mark.parametrize("late_s", [-0.040, -0.020, 0.020, 0.040])
def test_a_light_swing_stays_straight(late_s: float) -> None:
    """Off-beat eighths that all come early or late are eighths."""
    melody = [(60, 0.5), (64, 0.5)] * 8
    notes = [
        PlayedNote(each.start_s + late_s * (i % 2), each.end_s, each.pitch, 80)
        for i, each in enumerate(played(melody))
    ]
    assert rhythm(score_from_played(notes, BPM, 4)) == expected(melody)


def test_triplets_and_sixteenths_live_side_by_side() -> None:
    melody = [(60, 1 / 3)] * 3 + [(62, 1 / 4)] * 4 + [(64, 1 / 3)] * 3 + [(65, 1)]
    lengths = [length for _, length in rhythm(score_from_played(played(melody), BPM, 4))]
    assert lengths == [TRIPLET] * 3 + [SIXTEENTH] * 4 + [TRIPLET] * 3 + [TICKS]


@pytest.mark.parametrize("seed", range(10))
def test_triplets_by_a_steady_hand_are_triplets(seed: int) -> None:
    chance = random.Random(seed)
    notes = [
        PlayedNote(
            max(0, i * BEAT_S / 3 + chance.uniform(-0.012, 0.012)), (i + 1) * BEAT_S / 3, 60, 80
        )
        for i in range(12)
    ]
    assert [start for start, _ in rhythm(score_from_played(notes, BPM, 4))] == [
        i * TRIPLET for i in range(12)
    ]


@pytest.mark.parametrize(
    ("beats", "bpm", "signature", "quarters_a_minute"),
    [(2, 100, (2, 4), 100), (3, 120, (3, 4), 120), (4, 90, (4, 4), 90), (6, 180, (6, 8), 90)],
)
def test_tempo_and_metre_are_set(
    beats: int, bpm: int, signature: tuple[int, int], quarters_a_minute: int
) -> None:
    """In 6/8 the click is on eighths, so the quarters are half as many."""
    melody = [(60, 1.0)] * beats * 2
    score = score_from_played(played(melody, bpm), bpm, beats)
    metre = score.time_signatures[0]
    assert (metre.time, metre.numerator, metre.denominator) == (0, *signature)
    assert score.tempos[0].time == 0
    assert score.tempos[0].qpm == pytest.approx(quarters_a_minute, abs=0.01)
    assert n_bars(score) == 2
    click = TICKS * 4 // signature[1]
    assert [start for start, _ in rhythm(score)] == [i * click for i in range(2 * beats)]


def test_siciliano_in_six_eight() -> None:
    """Dotted eighth, sixteenth, eighth: the rhythm of a siciliano."""
    siciliano = [(60, 1.5), (62, 0.5), (60, 1.0)] * 2
    score = score_from_played(played(siciliano, 150), 150, 6)
    assert [length for _, length in rhythm(score)] == [360, 120, 240] * 2


def test_a_chord_that_is_not_quite_together_is_one_chord() -> None:
    spread = [PlayedNote(0.30 + 0.01 * i, 1.3, pitch, 80) for i, pitch in enumerate((60, 64, 67))]
    chord = score_from_played(spread, BPM, 4).tracks[0].notes
    assert len({(each.time, each.duration) for each in chord}) == 1
    assert [each.pitch for each in chord] == [60, 64, 67]


def test_an_early_first_note_is_on_the_first_beat() -> None:
    notes = [PlayedNote(-0.1, 0.6, 60, 80), PlayedNote(0.65, 1.3, 62, 80)]
    assert rhythm(score_from_played(notes, BPM, 4)) == [(0, TICKS), (TICKS, TICKS)]


def test_bars_of_silence_before_the_first_note_are_left_out_but_its_beat_stays() -> None:
    start = 11 * BEAT_S  # beat 4 of bar 3
    score = score_from_played([PlayedNote(start, start + BEAT_S, 60, 80)], BPM, 4)
    assert rhythm(score) == [(3 * TICKS, TICKS)]


@pytest.mark.parametrize(
    ("held", "written"),
    [(0.01, SIXTEENTH), (0.24, SIXTEENTH), (0.55, 240), (0.85, TICKS), (1.15, TICKS)],
)
def test_a_length_is_what_was_meant(held: float, written: int) -> None:
    """In beats; the next note comes a bar later, so that it cannot help."""
    notes = [PlayedNote(0, held * BEAT_S, 60, 80), PlayedNote(4 * BEAT_S, 5 * BEAT_S, 60, 80)]
    assert rhythm(score_from_played(notes, BPM, 4))[0] == (0, written)


def test_a_held_bass_stays_under_the_melody() -> None:
    bass = PlayedNote(0.01, 3.9 * BEAT_S, 36, 80)
    melody = played([(60, 1), (62, 1), (64, 1), (65, 1)])
    notes = score_from_played([bass, *melody], BPM, 4).tracks[0].notes
    assert [each.duration for each in notes if each.pitch == 36] == [4 * TICKS]


def test_nobody_plays_a_key_that_is_down() -> None:
    """A key struck again ends its note, and twice at once is once."""
    notes = [
        PlayedNote(0, 4 * BEAT_S, 60, 50),
        PlayedNote(0.02, BEAT_S, 60, 90),
        PlayedNote(2 * BEAT_S, 3 * BEAT_S, 60, 70),
    ]
    written = score_from_played(notes, BPM, 4).tracks[0].notes
    assert [(each.time, each.duration, each.velocity) for each in written] == [
        (0, 2 * TICKS, 90),
        (2 * TICKS, TICKS, 70),
    ]


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("beats", METRES)
def test_a_cat_on_the_keys_gives_a_proper_score(seed: int, beats: int) -> None:
    chance = random.Random(seed)
    notes = []
    for _ in range(400):
        start = chance.uniform(0, 60)
        notes.append(PlayedNote(start, start + chance.expovariate(2), chance.randrange(128), 64))
    score = score_from_played(notes, chance.uniform(40, 200), beats)
    written = score.tracks[0].notes
    assert len(score.tracks) == 1
    assert min(each.duration for each in written) >= SIXTEENTH
    assert len({(each.time, each.pitch) for each in written}) == len(written)
    last_end = dict.fromkeys(range(128), 0)
    for each in written:
        assert each.time >= last_end[each.pitch]
        last_end[each.pitch] = each.end
    assert score.end() <= MAX_BARS * 6 * TICKS


def test_a_model_can_read_it() -> None:
    tokenizer = ScoreTokenizer(TokenizerConfig())
    score = score_from_played(played(SWUNG), BPM, 4)
    again = tokenizer.decode(tokenizer.encode(score))
    assert [start for start, _ in rhythm(again.resample(TICKS))] == [
        start for start, _ in rhythm(score)
    ]
