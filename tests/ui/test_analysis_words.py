"""What the page says of a piece."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest
from symusic import Note, Score, Tempo, TimeSignature, Track

from midigen.config import GenerationRequest
from midigen.evaluation.copy_check import Baseline, Run
from midigen.evaluation.profile import profile_of
from midigen.evaluation.review import CopyFinding
from midigen.music.advice import Finding, Remedy
from midigen.music.analysis import Analysis, analyse
from midigen.music.harmony import Cadence
from midigen.music.key import Key, KeyFinding, estimate_key
from midigen.music.score import merge_tracks
from midigen.ui import analysis_words as words
from tests.conftest import make_band, make_score

RUN = Run(14, 20, 34, 3, 4, "bach/bwv-1.mid", 200)
BASELINE = Baseline((17, 19, 19, 21, 30))


@pytest.fixture(scope="module")
def piece() -> Analysis:
    return analyse(make_score(n_bars=8))


@pytest.mark.parametrize(
    ("lead", "said"),
    [
        (0.4, "In A minor, very surely (next: C major)."),
        (0.18, "In A minor, quite surely (next: C major)."),
        (0.1, "In A minor, perhaps (next: C major)."),
        (0.0, "In A minor, but it could be another key (next: C major)."),
    ],
)
def test_a_key_is_told_with_its_surety(piece: Analysis, lead: float, said: str) -> None:
    key = KeyFinding(Key(9, "minor"), 0.9, Key(0, "major"), lead)
    assert words.of_key(replace(piece, key=key)) == said


def test_the_form_is_told_in_bars_and_minutes(piece: Analysis) -> None:
    assert words.of_form(piece) == "8 bars of 4/4 at 96 bpm, 0:20."


def test_changes_of_tempo_and_metre_are_told() -> None:
    score = make_score(n_bars=4)
    score.tempos = [Tempo(0, 60), Tempo(8 * 480, 120)]
    score.time_signatures = [TimeSignature(0, 4, 4), TimeSignature(8 * 480, 2, 4)]
    assert words.of_form(analyse(score)) == (
        "6 bars of 4/4, then 2/4 at about 80 bpm (60 to 120), 0:12."
    )


def test_a_single_note_is_said_in_the_singular() -> None:
    score = Score(480)
    track = Track()
    track.notes.append(Note(0, 480, 60, 80))
    score.tracks = [track]
    assert words.of_texture(analyse(score)).startswith("1 note from C4 to C4: ")


@pytest.mark.parametrize(
    ("cadence", "said"),
    [
        (Cadence("authentic", ("V7", "i")), "Ends with an authentic cadence: V7 – i."),
        (Cadence("half", ("iv6", "V")), "Ends with a half cadence: iv6 – V."),
        (Cadence("plagal", ("IV", "I")), "Ends with a plagal cadence: IV – I."),
        (None, "Ends without a cadence."),
    ],
)
def test_an_end_is_told(piece: Analysis, cadence: Cadence | None, said: str) -> None:
    assert words.of_cadence(replace(piece, cadence=cadence)) == said


def test_advice_is_told_with_what_can_be_tried_yet(piece: Analysis) -> None:
    stuck = replace(piece, measures=replace(piece.measures, collapse=0.5))
    said = words.of_advice(stuck, GenerationRequest(temperature=1.0, top_p=1.0))
    assert said == [
        "It runs into a few notes for 50% of the time, as no real piece does. Try a higher "
        "temperature or a higher repetition penalty or another seed."
    ]
    assert words.of_advice(piece) == []


def test_every_code_has_words() -> None:
    assert set(words.FINDINGS) == set(get_args(Finding))
    assert set(words.REMEDIES) == set(get_args(Remedy))


def test_a_shared_run_is_told_beside_what_is_usual() -> None:
    assert words.of_copy(CopyFinding(RUN, BASELINE)) == (
        "The longest run shared with a training piece is 14 notes (bars 3 to 4, bach/bwv-1.mid); "
        "between real pieces 19 is usual, and 95 % share at most 28."
    )
    assert words.of_copy(CopyFinding(replace(RUN, end_bar=3), None)) == (
        "The longest run shared with a training piece is 14 notes (bar 3, bach/bwv-1.mid)."
    )


def test_no_shared_run_is_told_as_such() -> None:
    run = Run(0, 0, 0, 0, 0, "", 200)
    for baseline in (None, Baseline((0, 0))):
        said = words.of_copy(CopyFinding(run, baseline))
        assert said == "It shares no passage worth a word with a training piece."


def test_measures_are_told_beside_the_training_pieces(piece: Analysis) -> None:
    score = make_score(n_bars=8)
    profile = profile_of([(score, estimate_key(score))])
    loud = replace(piece, measures=replace(piece.measures, polyphony=9.0, pitch_range=1.0))
    said = words.of_measures(
        loud, profile, {"polyphony": "Notes at once", "pitch_range": "Range", "groove": "Rhythm"}
    )
    assert said[0].startswith("Notes at once: 9.00, more than usual")
    assert said[1].startswith("Range: 1.00, less than usual")
    assert said[2].startswith("Rhythm: ")
    assert "as in 90 %" in said[2]


def test_all_matters_are_told_in_plain_text(piece: Analysis) -> None:
    said = words.of_analysis(piece)
    assert len(said) == 4
    assert not any("<" in each or "{" in each for each in said)


def test_parts_are_told_where_there_are_several() -> None:
    said = words.of_parts(analyse(make_band()))
    assert [sentence.split(":")[0] for sentence in said] == [
        *("Voice oohs", "Piano", "Fingered bass", "Drums")
    ]
    assert "it plays 100% of the time, 100% of that one note at a time." in said[0]
    assert words.of_parts(analyse(merge_tracks(make_band()))) == []
