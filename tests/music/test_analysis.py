"""One piece at a time: musical facts that any theory book states, found in small scores."""

from __future__ import annotations

import numpy as np
import pytest
from symusic import Note, Score, Tempo, TimeSignature, Track

from midigen.config import GenerationRequest
from midigen.errors import UserError
from midigen.music import chords
from midigen.music.advice import Finding, advice
from midigen.music.analysis import NOTE_LENGTHS, OCTAVE, Analysis, analyse
from midigen.music.chords import QUALITIES, Chord, find_chords
from midigen.music.harmony import find_cadence, key_name, names_of, pitch_name
from midigen.music.key import TONICS, Key, find_key
from midigen.music.score import bar_ticks, transpose
from tests.conftest import make_score

QUARTER = 480
C_MAJOR, A_MINOR = Key(0, "major"), Key(9, "minor")
I_IV_V_I = ("C3 E4 G4 C5", "F2 F4 A4 C5", "G2 D4 G4 B4", "C3 E4 G4 C5")


def midi(name: str) -> int:
    """`C4` is 60."""
    letter, octave = name.rstrip("0123456789"), int(name[-1])
    return 12 * (octave + 1) + TONICS.index(letter)


def score_of(notes: list[tuple[float, float, int]], is_drum: bool = False) -> Score:
    """Notes as (start and length in quarters, pitch) in 4/4."""
    score = Score(QUARTER)
    score.time_signatures = [TimeSignature(0, 4, 4)]
    track = Track(is_drum=is_drum)
    for start, length, pitch in notes:
        track.notes.append(Note(round(start * QUARTER), round(length * QUARTER), pitch, 70))
    score.tracks = [track]
    return score


def chorale(*bars: str) -> Score:
    """One chord a bar, `C3 E4 G4`."""
    return score_of([(4 * i, 4, midi(name)) for i, bar in enumerate(bars) for name in bar.split()])


def numerals(found: Analysis) -> list[str]:
    return [each.numeral for each in found.chords]


def symbols(found: Analysis) -> list[str]:
    return [each.symbol for each in found.chords]


# Chords and cadences


def test_four_chords_in_c_are_named_placed_and_end_in_an_authentic_cadence() -> None:
    found = analyse(chorale(*I_IV_V_I))
    assert symbols(found) == ["C", "F", "G", "C"]
    assert numerals(found) == ["I", "IV", "V", "I"]
    assert [(each.bar, each.beat) for each in found.chords] == [(1, 1), (2, 1), (3, 1), (4, 1)]
    assert [each.start_s for each in found.chords] == [0, 2, 4, 6]  # 120 bpm where none is said
    assert found.cadence is not None
    assert (found.cadence.kind, found.cadence.numerals) == ("authentic", ("V", "I"))


def test_a_minor_with_its_leading_tone_has_a_major_dominant() -> None:
    found = analyse(chorale("A2 E4 A4 C5", "D3 F4 A4 D5", "E3 E4 Ab4 B4", "A2 E4 A4 C5"))
    assert found.key.key == A_MINOR
    assert numerals(found) == ["i", "iv", "V", "i"]
    assert symbols(found) == ["Am", "Dm", "E", "Am"]


@pytest.mark.parametrize("shift", range(-5, 7))
def test_numerals_do_not_change_when_a_piece_is_transposed(shift: int) -> None:
    found = analyse(transpose(chorale(*I_IV_V_I), shift))
    assert found.key.key == Key(shift % 12, "major")
    assert numerals(found) == ["I", "IV", "V", "I"]
    assert found.cadence == analyse(chorale(*I_IV_V_I)).cadence


@pytest.mark.parametrize(
    ("root", "quality", "inversion", "key", "symbol", "numeral"),
    [
        (9, "minor", 0, C_MAJOR, "Am", "vi"),
        (7, "7", 1, C_MAJOR, "G7/B", "V65"),
        (7, "7", 2, C_MAJOR, "G7/D", "V43"),
        (7, "7", 3, C_MAJOR, "G7/F", "V42"),
        (0, "major", 2, C_MAJOR, "C/G", "I64"),
        (2, "m7", 1, C_MAJOR, "Dm7/F", "ii65"),
        (11, "diminished", 1, C_MAJOR, "Bdim/D", "viio6"),
        (2, "7", 0, C_MAJOR, "D7", "V7/V"),
        (9, "major", 1, C_MAJOR, "A/C#", "V6/ii"),
        (0, "7", 0, C_MAJOR, "C7", "V7/IV"),
        (6, "o7", 0, C_MAJOR, "F#°7", "viio7/V"),
        (1, "major", 1, C_MAJOR, "Db/F", "bII6"),
        (10, "major", 0, C_MAJOR, "Bb", "bVII"),
        (8, "7", 0, C_MAJOR, "Ab7", "Ger65"),
        (5, "minor", 0, C_MAJOR, "Fm", "iv"),
        (4, "7", 2, A_MINOR, "E7/B", "V43"),
        (8, "o7", 1, A_MINOR, "G#°7/B", "viio65"),
        (11, "ø7", 1, A_MINOR, "Bø7/D", "iiø65"),
        (5, "major", 0, A_MINOR, "F", "VI"),
        (7, "7", 0, A_MINOR, "G7", "V7/III"),
        (7, "major", 0, A_MINOR, "G", "VII"),
        (7, "minor", 0, A_MINOR, "Gm", "vii"),
        (8, "minor", 0, A_MINOR, "G#m", "#vii"),
        (6, "minor", 0, A_MINOR, "F#m", "#vi"),
        (0, "augmented", 0, A_MINOR, "C+", "III+"),
        (11, "7", 0, A_MINOR, "B7", "V7/V"),
        (9, "7", 0, Key(1, "major"), "A7", "Ger65"),  # Bbb7 to the letter
        (9, "major", 0, Key(1, "major"), "A", "bVI"),  # Bbb
        (8, "7", 1, Key(1, "minor"), "G#7/B#", "V65"),
        (3, "minor", 0, Key(6, "major"), "D#m", "vi"),
    ],
)
def test_chords_are_called_what_musicians_call_them(
    root: int,
    quality: chords.Quality,
    inversion: int,
    key: Key,
    symbol: str,
    numeral: str,
) -> None:
    names = names_of(Chord(root, quality, inversion), key)
    assert (names.symbol, names.numeral) == (symbol, numeral)


@pytest.mark.parametrize("key", [C_MAJOR, A_MINOR, Key(3, "major"), Key(6, "minor")])
def test_music21_reads_the_numerals_back_as_the_same_tones(key: Key) -> None:
    """Written by us and read by music21, a numeral is the chord that it was given for."""
    from music21 import key as keys
    from music21 import roman

    tonic = key_name(key).split()[0].replace("b", "-")
    home = keys.Key(tonic, key.mode)
    qualities: tuple[chords.Quality, ...] = ("major", "minor", "7", "m7")
    degrees = dict.fromkeys((0, 2, 4, 5, 7, 9) if key.mode == "major" else (0, 3, 5, 7), qualities)
    if key.mode == "minor":  # music21 reads a minor vi and vii as the raised ones
        degrees |= {8: ("major", "maj7"), 10: ("major", "7")}
    for degree, here in degrees.items():
        for quality in here:
            root = (key.tonic + degree) % 12
            for inversion in range(len(QUALITIES[quality][0])):
                chord = Chord(root, quality, inversion)
                numeral = names_of(chord, key).numeral
                read = roman.RomanNumeral(numeral, home)
                assert read.root().pitchClass == root, (numeral, chord)
                assert read.inversion() == inversion, (numeral, chord)


def test_a_major_chord_on_the_tonic_of_minor_is_the_end_or_the_way_to_the_fourth() -> None:
    a_major = Chord(9, "major")
    assert names_of(a_major, A_MINOR, leads_to=2).numeral == "V/iv"
    assert names_of(a_major, A_MINOR, leads_to=4).numeral == "I"
    cadence = find_cadence([Chord(4, "7"), a_major], A_MINOR)
    assert cadence is not None
    assert (cadence.kind, cadence.numerals) == ("authentic", ("V7", "I"))


@pytest.mark.parametrize(
    ("last", "kind"),
    [
        ((Chord(5, "major"), Chord(7, "7"), Chord(0, "major")), "authentic"),
        ((Chord(7, "7", 1), Chord(0, "major")), "authentic"),
        ((Chord(11, "o7"), Chord(0, "major")), "authentic"),
        ((Chord(7, "7"), Chord(0, "major"), Chord(0, "major", 2)), "authentic"),
        ((Chord(5, "major"), Chord(0, "major")), "plagal"),
        ((Chord(5, "minor", 1), Chord(0, "major")), "plagal"),
        ((Chord(2, "minor"), Chord(7, "major")), "half"),
        ((Chord(5, "major", 2), Chord(0, "major")), None),  # a neighbour of the tonic
        ((Chord(7, "7"), Chord(9, "minor")), None),  # deceptive
        ((Chord(7, "7"), Chord(0, "major", 1)), None),  # no rest on the sixth chord
        ((Chord(0, "major"), Chord(0, "major")), None),
        ((Chord(0, "major"),), None),
        ((), None),
    ],
)
def test_cadences(last: tuple[Chord, ...], kind: str | None) -> None:
    cadence = find_cadence(last, C_MAJOR)
    assert (cadence.kind if cadence else None) == kind


def test_a_broken_chord_is_one_chord_and_its_bass_gives_the_inversion() -> None:
    """An Alberti bass on C, then on a B of the dominant seventh."""
    bars = [("C3", "G3", "E3", "G3"), ("B2", "G3", "F3", "G3")] * 4
    notes = [
        (4 * bar + i / 2, 0.5, midi(tones[i % 4]))
        for bar, tones in enumerate(bars)
        for i in range(8)
    ]
    notes += [(4 * bar, 4, midi("E5" if bar % 2 == 0 else "D5")) for bar in range(8)]
    assert symbols(analyse(score_of(notes))) == ["C", "G7/B"] * 4


def test_passing_notes_do_not_make_chords() -> None:
    held = [(0, 4, midi(name)) for name in ("C3", "E3", "G3")]
    scale = [(i / 2, 0.5, midi("C5") + step) for i, step in enumerate((0, 2, 4, 5, 7, 5, 4, 2))]
    assert [str(each.chord.root) for each in find_chords(score_of(held + scale), C_MAJOR)] == ["0"]


def test_a_chord_in_the_middle_of_a_bar_and_beats_of_a_compound_metre() -> None:
    notes = [(start, 2, midi(name)) for start, bar in ((0, "C3 E4 G4"), (2, "G2 B3 D4"))
             for name in bar.split()]  # fmt: skip
    assert [(each.bar, each.beat) for each in find_chords(score_of(notes), C_MAJOR)] == [
        (1, 1),
        (1, 3),
    ]
    six_eight = score_of([(start * 0.75, 1.5, pitch) for start, _, pitch in notes])
    six_eight.time_signatures = [TimeSignature(0, 6, 8)]
    assert [each.beat for each in find_chords(six_eight, C_MAJOR)] == [1, 2]


def test_bars_behind_the_limit_are_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chords, "MOST_BARS", 2)
    assert [each.bar for each in find_chords(chorale(*I_IV_V_I), C_MAJOR)] == [1, 2]


# Keys


def test_a_scale_in_one_key_leads_over_the_others_and_noise_does_not() -> None:
    sure = analyse(make_score(n_bars=16)).key
    assert (sure.key, sure.runner_up) != (sure.runner_up, sure.key)
    assert sure.key == C_MAJOR
    unsure = find_key(np.array([5.0, 4, 5, 4, 5, 4, 5, 4, 5, 4, 5, 5]))
    assert sure.confidence > 0.85 > unsure.confidence > 0.5


def test_the_relative_key_is_no_rival() -> None:
    """C major and A minor share their signature: the lead is over all others."""
    weights = np.array([3.0, 0, 2, 0, 2, 1, 0, 2, 0, 2.6, 0, 1])
    found = find_key(weights)
    assert {found.key, found.runner_up} == {C_MAJOR, A_MINOR}
    assert found.key.relative == found.runner_up
    assert found.runner_up.relative == found.key
    assert found.lead > 0.1


def test_tones_that_are_all_alike_have_no_key() -> None:
    found = find_key(np.ones(12))
    assert (found.correlation, found.lead) == (0, 0)


@pytest.mark.parametrize(
    ("key", "name"),
    [
        (Key(1, "major"), "Db major"),
        (Key(1, "minor"), "C# minor"),
        (Key(6, "major"), "F# major"),
        (Key(3, "minor"), "Eb minor"),
        (Key(8, "minor"), "G# minor"),
    ],
)
def test_keys_have_their_usual_spelling(key: Key, name: str) -> None:
    assert key_name(key) == name


@pytest.mark.parametrize(
    ("pitch", "key", "name"),
    [
        (60, C_MAJOR, "C4"),
        (61, A_MINOR, "C#4"),
        (63, C_MAJOR, "Eb4"),
        (21, C_MAJOR, "A0"),
        (59, Key(6, "major"), "B3"),
        (65, Key(6, "major"), "E#4"),
        (59, Key(6, "minor"), "B3"),
    ],
)
def test_pitches_are_spelled_in_the_key(pitch: int, key: Key, name: str) -> None:
    assert pitch_name(pitch, key) == name


# Figures


def test_a_scale_is_counted_by_hand() -> None:
    pitches = (60, 62, 64, 65, 67, 69, 71, 72)
    found = analyse(score_of([(i, 1, pitch) for i, pitch in enumerate(pitches)]))
    assert (found.n_bars, found.n_notes, found.duration_s) == (2, 8, 4)
    assert (found.lowest, found.highest) == (60, 72)
    assert (found.notes_per_s, found.notes_per_bar) == (2, 4)
    assert found.intervals[OCTAVE + 2] == pytest.approx(5 / 7)
    assert found.intervals[OCTAVE + 1] == pytest.approx(2 / 7)
    assert found.note_lengths[NOTE_LENGTHS.index(1.0)] == 1
    assert found.pitch_classes[0] == pytest.approx(2 / 8)
    assert found.pitch_classes.sum() == pytest.approx(1)
    assert found.metres == ("4/4",)


def test_the_top_line_is_not_disturbed_by_what_is_played_below() -> None:
    melody = [(0, 4, 72), (4, 4, 76)]
    below = [(i, 1, 48 + 5 * (i % 2)) for i in range(8)]
    found = analyse(score_of(melody + below))
    assert found.intervals[OCTAVE + 4] == 1


def test_a_falling_line_played_legato_keeps_all_its_notes() -> None:
    found = analyse(score_of([(i, 1.1, 80 - i) for i in range(8)]))
    assert found.intervals[OCTAVE - 1] == 1


def test_leaps_beyond_an_octave_are_in_the_outer_bins() -> None:
    found = analyse(score_of([(0, 1, 50), (1, 1, 80), (2, 1, 40)]))
    assert (found.intervals[0], found.intervals[-1]) == (0.5, 0.5)


def test_tempo_and_metre_changes_are_told_and_chords_keep_their_time() -> None:
    score = chorale(*I_IV_V_I)
    score.tempos = [Tempo(0, 60), Tempo(8 * QUARTER, 120)]
    score.time_signatures = [TimeSignature(0, 4, 4), TimeSignature(12 * QUARTER, 2, 4)]
    found = analyse(score)
    assert [each.start_s for each in found.chords] == pytest.approx([0, 4, 8, 10])
    assert (found.tempo.slowest_bpm, found.tempo.fastest_bpm) == pytest.approx((60, 120))
    assert found.tempo.mean_bpm == pytest.approx(16 * 60 / 12)
    assert found.metres == ("4/4", "2/4")
    assert found.n_bars == len(bar_ticks(score)) == 5


def test_drums_are_passed_over_and_alone_are_refused() -> None:
    piece = chorale(*I_IV_V_I)
    drums = score_of([(i / 4, 0.25, 38) for i in range(64)], is_drum=True)
    both = piece.copy()
    both.tracks = [piece.tracks[0], drums.tracks[0]]
    assert analyse(both).n_notes == 16
    assert symbols(analyse(both)) == ["C", "F", "G", "C"]
    with pytest.raises(UserError, match="no notes"):
        analyse(drums)


# Advice


def findings(found: Analysis, request: GenerationRequest | None = None) -> set[Finding]:
    return {each.finding for each in advice(found, request)}


def test_a_collapsed_piece_is_told_to_be_bolder_unless_it_was() -> None:
    stuck = analyse(score_of([(i / 2, 0.5, 60) for i in range(200)]))
    first = advice(stuck)[0]
    assert (first.finding, first.figure) == ("collapsed", 1)
    assert first.remedies == (
        "raise_temperature",
        "raise_top_p",
        "raise_repetition_penalty",
        "another_seed",
    )
    bold = GenerationRequest(temperature=1.5, top_p=1.0, repetition_penalty=1.5)
    assert advice(stuck, bold)[0].remedies == ("another_seed",)


def test_notes_at_random_are_told_to_be_tamer() -> None:
    chance = np.random.default_rng(1)
    noise = analyse(score_of([(i / 4, 0.25, int(chance.integers(30, 90))) for i in range(400)]))
    told = {each.finding: each for each in advice(noise)}
    assert told["outside_key"].figure < told["outside_key"].limit
    assert "lower_temperature" in told["outside_key"].remedies
    assert "collapsed" not in told


@pytest.mark.parametrize(
    ("notes", "finding"),
    [
        ([(i, 1, 60 + (0, 2, 4, 5)[i % 4]) for i in range(80)], "hardly_moves"),
        ([(i, 1, 40 + 12 * (i % 4)) for i in range(80)], "repeats_itself"),
        ([(4 * i, 4, 40 + (17 * i) % 40) for i in range(20)], "too_sparse"),
        ([(i / 16, 1 / 16, 40 + (7 * i) % 41) for i in range(1280)], "too_dense"),
        ([(i, 1, 40 + (7 * i) % 41) for i in range(80)], "one_loudness"),
    ],
)
def test_what_is_unlike_real_music_is_found(
    notes: list[tuple[float, float, int]], finding: Finding
) -> None:
    assert finding in findings(analyse(score_of(notes)))


def test_a_few_bars_are_not_measured_against_whole_openings() -> None:
    assert findings(analyse(chorale(*I_IV_V_I))) == set()
