from __future__ import annotations

from pathlib import Path

import pytest
from symusic import ControlChange, Note, Score, Tempo, TimeSignature, Track

from midigen.config import DataConfig
from midigen.errors import UserError
from midigen.music.score import (
    bar_ticks,
    duration_s,
    first_bars,
    merge_tracks,
    n_bars,
    read_score,
    restruck,
    rewritten,
    simple_metre,
    transpose,
    write_score,
)
from tests.conftest import TICKS, make_score


@pytest.mark.parametrize(
    ("written", "simple"),
    [
        ((4, 4), (4, 4)),
        ((2, 2), (4, 4)),
        ((3, 2), (6, 4)),
        ((6, 8), (6, 8)),
        ((12, 8), (12, 8)),
        ((6, 16), (3, 8)),
        ((3, 16), (3, 8)),
        ((9, 16), (9, 8)),
        ((12, 4), (6, 4)),
        ((1, 1), (4, 4)),
        ((13, 4), (4, 4)),
    ],
)
def test_metres_become_ones_that_the_tokenizer_knows(
    written: tuple[int, int], simple: tuple[int, int]
) -> None:
    assert simple_metre(*written) == simple


def test_bars_follow_the_changes_of_metre() -> None:
    score = make_score(n_bars=4)
    score.time_signatures = [TimeSignature(0, 4, 4), TimeSignature(8 * TICKS, 2, 4)]
    assert bar_ticks(score) == [0, 4 * TICKS, 8 * TICKS, 10 * TICKS, 12 * TICKS, 14 * TICKS]


def test_the_first_bars_hold_no_note_of_the_next() -> None:
    score = make_score(n_bars=8)
    opening = first_bars(score, 3)
    assert n_bars(opening) == 3
    assert 0 < opening.note_num() < score.note_num()
    assert first_bars(score, 99).note_num() == score.note_num()


def test_a_note_that_rings_across_the_border_is_cut_there_and_stays() -> None:
    """It was left out: symusic's `clip` with `clip_end` drops such notes, and does not cut them."""
    score = Score(TICKS)
    notes = [
        Note(0, TICKS, 60, 80),
        Note(6 * TICKS, 5 * TICKS, 64, 80),
        Note(9 * TICKS, 10, 67, 80),
    ]
    score.tracks.append(Track(notes=notes))
    (track,) = first_bars(score, 2).tracks
    assert [(note.time, note.duration, note.pitch) for note in track.notes] == [
        (0, TICKS, 60),
        (6 * TICKS, 2 * TICKS, 64),
    ]


def test_of_two_notes_struck_at_once_the_longer_stays() -> None:
    score = Score(TICKS)
    for length in (TICKS, 3 * TICKS):
        score.tracks.append(Track(notes=[Note(0, length, 60, 80)]))
    score.tracks.append(Track(is_drum=True, notes=[Note(0, TICKS, 36, 80)]))
    (piano,) = merge_tracks(score).tracks
    assert [(note.pitch, note.duration) for note in piano.notes] == [(60, 3 * TICKS)]


def test_transposing_leaves_drums_and_the_original_alone() -> None:
    score = Score(TICKS)
    score.tracks.append(Track(notes=[Note(0, TICKS, 60, 80), Note(0, TICKS, 126, 80)]))
    score.tracks.append(Track(is_drum=True, notes=[Note(0, TICKS, 36, 80)]))
    moved = transpose(score, 3)
    assert [note.pitch for note in moved.tracks[0].notes] == [63, 117]
    assert moved.tracks[1].notes[0].pitch == 36
    assert score.tracks[0].notes[0].pitch == 60


def test_the_duration_follows_the_tempo() -> None:
    score = make_score(n_bars=2)
    score.tempos = [Tempo(0, 120.0), Tempo(4 * TICKS, 60.0)]
    assert duration_s(score) == pytest.approx(2 + 4, abs=0.01)


def test_controllers_after_the_last_note_are_no_music() -> None:
    score = make_score(n_bars=2)
    wanted = duration_s(score)
    score.tracks[0].controls.append(ControlChange(100 * TICKS, 64, 0))
    assert duration_s(score) == wanted
    assert n_bars(score) == 2


def test_what_is_written_is_read_back(tmp_path: Path, score: Score) -> None:
    write_score(score, tmp_path / "a.mid")
    assert read_score(tmp_path / "a.mid", DataConfig()).note_num() == score.note_num()


def truncated(content: bytes) -> bytes:
    return content[: len(content) // 2]


def without_notes() -> bytes:
    score = Score(TICKS)
    score.tracks.append(Track(name="silence"))
    return bytes(score.dumps_midi())


def far_away() -> bytes:
    score = Score(TICKS)
    score.tracks.append(Track(notes=[Note(TICKS * 30_000, TICKS, 60, 80)]))
    return bytes(score.dumps_midi())


def hours_long() -> bytes:
    score = make_score(n_bars=300)
    score.tempos = [Tempo(0, 4.0)]
    return bytes(score.dumps_midi())


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is empty"),
        (b"RIFF1234", "not a MIDI file"),
        (b"hello, I am a text", "not a MIDI file"),
        (b"MThd\0\0", "damaged"),
        (truncated(bytes(make_score().dumps_midi())), "damaged"),
        (without_notes(), "no notes"),
        (far_away(), "outside the first 20000 quarter notes"),
        (hours_long(), "the limit is 60"),
        (b"MThd" + b"\0" * 20_000_000, "the limit is 10 MB"),
    ],
    ids=["empty", "riff", "text", "header", "truncated", "silent", "far", "long", "large"],
)
def test_a_bad_file_is_refused_with_its_reason(tmp_path: Path, content: bytes, reason: str) -> None:
    file = tmp_path / "bad.mid"
    file.write_bytes(content)
    with pytest.raises(UserError, match=reason):
        read_score(file, DataConfig())


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        read_score(tmp_path / "nowhere.mid", DataConfig())


def test_a_note_ends_where_its_pitch_is_struck_again() -> None:
    score = Score(TICKS)
    notes = [(0, 4, 60), (2, 1, 60), (3, 2, 60), (0, 9, 64), (1, 1, 72)]
    score.tracks.append(Track(notes=[Note(t, d, pitch, 64) for t, d, pitch in notes]))
    played = [(n.time, n.duration, n.pitch) for n in restruck(score).tracks[0].notes]
    assert sorted(played) == [(0, 2, 60), (0, 9, 64), (1, 1, 72), (2, 1, 60), (3, 2, 60)]
    again = Score.from_midi(restruck(score).dumps_midi())
    assert again.tracks[0].notes == restruck(score).tracks[0].notes


@pytest.mark.parametrize(
    "tempos",
    [[], [(0, 90)], [(500, 90)], [(0, 90), (0, 60), (700, 150)], [(0, 90), (10**6, 30)]],
    ids=["none", "one", "late", "two at once", "after the end"],
)
def test_a_piece_lasts_as_long_as_symusic_says(tempos: list[tuple[int, int]]) -> None:
    score = make_score()
    score.tempos = [Tempo(tick, bpm) for tick, bpm in tempos]
    in_seconds = score.to("second")
    last = max(note.end for track in in_seconds.tracks for note in track.notes)
    assert duration_s(score) == pytest.approx(last, rel=1e-4)


@pytest.mark.parametrize("status", [b"\x90\x3c", b"\xb0\x40"], ids=["note", "pedal"])
def test_a_data_byte_that_no_file_may_hold_is_refused(status: bytes) -> None:
    whole = b"\x00\x90\x40\x50\x60\x80\x40\x00"
    track = whole + b"\x00" + status + b"\xfe\x60\x80\x3c\x00\x00\xff\x2f\x00"
    header = b"MThd\0\0\0\x06\0\0\0\x01\x01\xe0"
    content = header + b"MTrk" + len(track).to_bytes(4, "big") + track
    with pytest.raises(UserError, match="a data byte is above 127"):
        rewritten((content, DataConfig()))
