"""Reads, checks and shapes `symusic.Score`, the only form that music takes in memory."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
from symusic import Note, Score, Track

from midigen import atomic
from midigen.config import DataConfig
from midigen.errors import UserError
from midigen.isolated import call_isolated
from midigen.music.parts import piano_parts
from midigen.untrusted import MB, read_bytes

# Limits that keep hostile but parseable files from hanging MidiTok, which writes a token for every
# bar of silence and every change of metre.
MAX_NOTES = 500_000
MAX_TRACKS = 512
MAX_QUARTERS = 20_000
MAX_SECONDS = 3600
MIN_QUARTER_US, MAX_QUARTER_US = 50_000, 0xFFFFFF  # 1200 to 3.6 quarters a minute
USUAL_QUARTER_US = 500_000  # of a file that states no tempo (Standard MIDI Files 1.0)
MAX_METRE = 64
SECONDS_TO_PARSE = 10.0  # ten megabytes take half a second


def read_score(path: Path, config: DataConfig) -> Score:
    """Read a MIDI file of unknown origin.

    The file is parsed in a child process, since damaged files can crash the parser, and what comes
    back has been written anew: every note is closed.

    Raises:
        UserError: it is no MIDI file, damaged, without notes, too large or too long.
    """
    content = read_bytes(path, config.max_file_mb * MB)
    return Score.from_midi(call_isolated(rewritten, (content, config), SECONDS_TO_PARSE))


def parse_file(path: Path, config: DataConfig) -> Score:
    """Read and check a MIDI file in this process, which a damaged file may crash.

    Raises:
        UserError: as `read_score`.
    """
    return _parsed(read_bytes(path, config.max_file_mb * MB))


def rewritten(arguments: tuple[bytes, DataConfig]) -> bytes:
    """A MIDI file written anew, with every note closed; for a child process.

    Raises:
        UserError: as `read_score`.
    """
    content, config = arguments
    if len(content) > config.max_file_mb * MB:
        raise UserError(f"it is {len(content) / MB:.1f} MB; the limit is {config.max_file_mb:g} MB")
    # Twice: symusic hands on pitches that no MIDI file can hold, and what is written of them reads
    # as notes without an end. Read again they are gone.
    once = _parsed(content).dumps_midi()
    twice: bytes = _parsed(once).dumps_midi()
    return twice


def _parsed(content: bytes) -> Score:
    if content[:4] != b"MThd":
        raise UserError("it is not a MIDI file" if content else "it is empty")
    _check_tracks_are_whole(content)
    try:
        score = Score.from_midi(content)
    except (RuntimeError, ValueError, UnicodeDecodeError, OverflowError) as error:
        raise UserError(f"it is damaged: {_first_sentence(error)}") from error
    _check(score)
    return score


def write_score(score: Score, path: Path) -> None:
    """Write a Standard MIDI File, whole or not at all."""
    atomic.write_bytes(path, score.dumps_midi())


def duration_s(score: Score) -> float:
    """Length in seconds, from the first tick to the last note's end, tempo changes included.

    As symusic's `to("second")` has it, without converting every event.
    """
    end = _last_note_end(score)
    tempos = score.tempos.numpy()
    order = np.argsort(tempos["time"], kind="stable")
    starts = np.append(0, np.minimum(tempos["time"][order], end))
    quarter_us = np.append(USUAL_QUARTER_US, tempos["mspq"][order])
    ticks = np.diff(starts, append=end)
    return float(ticks @ quarter_us / score.ticks_per_quarter / 1e6)


def n_bars(score: Score) -> int:
    """Number of bars up to the last note's end, a started one included."""
    return len(bar_ticks(score))


def n_bars_begun(score: Score) -> int:
    """Number of bars up to the last one in which a note begins; what rings on after it is not."""
    onsets = [track.notes.numpy()["time"].max() for track in score.tracks if track.note_num()]
    return int(np.searchsorted(bar_ticks(score), max(onsets), side="right")) if onsets else 0


def bar_ticks(score: Score) -> list[int]:
    """The tick at which each bar starts, up to the last note's end.

    A change of metre starts a new bar, also in mid-bar.
    """
    end = int(_last_note_end(score))
    metres = sorted((each.time, each.numerator, each.denominator) for each in score.time_signatures)
    if not metres or metres[0][0] > 0:
        metres.insert(0, (0, 4, 4))
    metres.append((end, 4, 4))
    starts: list[int] = []
    for (start, beats, unit), (stop, _, _) in pairwise(metres):
        bar = max(1, score.ticks_per_quarter * 4 * beats // unit)
        starts += range(start, min(stop, end), bar)
    return starts


def first_bars(score: Score, n: int) -> Score:
    """The first `n` bars, with the notes that sound there cut at the border.

    symusic's `clip` with `clip_end` leaves out every note that rings across the border instead.
    """
    starts = bar_ticks(score)
    if n >= len(starts):
        return score.copy()
    end = starts[n]
    opening = score.clip(0, end, clip_end=False)
    for track in opening.tracks:
        if track.note_num():
            notes = track.notes.numpy()
            left = end - notes["time"].astype(np.int64)
            duration = np.minimum(notes["duration"], left).astype(notes["duration"].dtype)
            track.notes = Note.from_numpy(**{**notes, "duration": duration})
    return opening


def transpose(score: Score, semitones: int) -> Score:
    """Shift all pitched notes; those that would leave MIDI's range move by an octave."""
    moved = score.copy()
    for track in moved.tracks:
        if not track.is_drum and track.note_num():
            notes = track.notes.numpy()
            pitch = notes["pitch"].astype(np.int16) + semitones
            pitch = np.where(pitch > 127, pitch - 12, np.where(pitch < 0, pitch + 12, pitch))
            track.notes = Note.from_numpy(**{**notes, "pitch": pitch.astype(np.int8)})
    return moved


def merge_tracks(score: Score) -> Score:
    """All pitched notes on one piano track, in order; of notes struck twice at once the longer."""
    merged = score.copy()
    merged.tracks = [part.track() for part in piano_parts(score)] or [Track(name="Piano")]
    return merged


def restruck(score: Score) -> Score:
    """The same with every note ended where its pitch is struck again, as on a piano.

    A MIDI file cannot tell which of two notes of one pitch ends first.
    """
    played = score.copy()
    for track in played.tracks:
        if track.note_num():
            notes = track.notes.numpy()
            order = np.lexsort((notes["time"], notes["pitch"]))
            notes = {name: values[order] for name, values in notes.items()}
            free = np.diff(notes["time"].astype(np.int64), append=0)  # until the next one
            is_again = np.append(notes["pitch"][1:] == notes["pitch"][:-1], False)
            shorter = np.minimum(notes["duration"], np.maximum(free, 1))
            duration = np.where(is_again, shorter, notes["duration"])
            track.notes = Note.from_numpy(
                **{**notes, "duration": duration.astype(notes["duration"].dtype)}
            )
    return played.sort()


def simple_metres(score: Score) -> list[tuple[int, int, int]]:
    """The time signatures, (tick, beats, unit), over 4 or 8, keeping bar lengths where possible.

    2/2 becomes 4/4 and 6/16 becomes 3/8; 3/16 has no such form, so two bars become one of 3/8.
    """
    changes: list[tuple[int, int, int]] = []
    for each in score.time_signatures:
        beats, unit = simple_metre(each.numerator, each.denominator)
        if not changes or changes[-1][1:] != (beats, unit):
            changes.append((each.time, beats, unit))
    return changes


def simple_metre(numerator: int, denominator: int) -> tuple[int, int]:
    """The nearest time signature with at most 8 quarters or 12 eighths."""
    while denominator > 8:
        if numerator % 2 == 0:
            numerator //= 2
        denominator //= 2
    while denominator < 4:
        numerator, denominator = numerator * 2, denominator * 2
    most = 8 if denominator == 4 else 12
    if numerator > most:
        divisors = [n for n in range(2, most + 1) if numerator % n == 0]
        numerator = max(divisors, default=4)
    return numerator, denominator


def _last_note_end(score: Score) -> float:
    """In the score's own unit of time; symusic's `end()` counts controllers too."""
    parts = [track.notes.numpy() for track in score.tracks if track.note_num()]
    return max((float((part["time"] + part["duration"]).max()) for part in parts), default=0.0)


def _check_tracks_are_whole(content: bytes) -> None:
    """Refuse a file that is cut off: the parser would read on in whatever memory lies behind it."""
    n_tracks = int.from_bytes(content[10:12], "big")
    position = 0
    while n_tracks and position + 8 <= len(content):
        kind, length = content[position : position + 4], content[position + 4 : position + 8]
        position += 8 + int.from_bytes(length, "big")
        n_tracks -= kind == b"MTrk"
        if kind in (b"MThd", b"MTrk") and position > len(content):
            raise UserError(f"it is damaged: {position - len(content)} bytes are missing")


def _check(score: Score) -> None:
    """Refuse what would hang or break the libraries that come after."""
    if not 1 <= score.ticks_per_quarter <= 32767:
        raise UserError(f"its clock has {score.ticks_per_quarter} ticks per quarter note")
    if len(score.tracks) > MAX_TRACKS:
        raise UserError(f"it has {len(score.tracks)} tracks; the limit is {MAX_TRACKS}")
    notes = score.note_num()
    if notes == 0:
        raise UserError("it holds no notes")
    if notes > MAX_NOTES:
        raise UserError(f"it has {notes} notes; the limit is {MAX_NOTES}")
    _check_data_bytes(score)
    _check_times(score)
    quarters_us = score.tempos.numpy()["mspq"]
    wrong = quarters_us[(quarters_us < MIN_QUARTER_US) | (quarters_us > MAX_QUARTER_US)]
    if len(wrong):
        raise UserError(f"it has a tempo of {60e6 / max(1, wrong[0]):.1f} beats per minute")
    for metre in score.time_signatures:
        unit = metre.denominator
        if not (1 <= metre.numerator <= MAX_METRE and unit in (1, 2, 4, 8, 16, 32, 64)):
            raise UserError(f"it has a time signature of {metre.numerator}/{unit}")
    seconds = duration_s(score)
    if seconds > MAX_SECONDS:
        raise UserError(f"it lasts {seconds / 60:.0f} minutes; the limit is {MAX_SECONDS // 60}")


def _check_data_bytes(score: Score) -> None:
    """Refuse pitches, loudness and controls that no MIDI file can hold."""
    for track in score.tracks:
        bytes_of = ((track.notes, ("pitch", "velocity")), (track.controls, ("number", "value")))
        for events, names in bytes_of:
            values = events.numpy()
            if any(((values[name] < 0) | (values[name] > 127)).any() for name in names):
                raise UserError("it is damaged: a data byte is above 127")


def _check_times(score: Score) -> None:
    limit = MAX_QUARTERS * score.ticks_per_quarter
    for track in score.tracks:
        notes = track.notes.numpy()
        starts, lengths = notes["time"].astype(np.int64), notes["duration"].astype(np.int64)
        if len(starts) and (
            starts.min() < 0 or lengths.min() < 0 or (starts + lengths).max() > limit
        ):
            raise UserError(f"its notes lie outside the first {MAX_QUARTERS} quarter notes")
    for times in _event_times(score):
        if times.min() < 0 or times.max() > limit:
            raise UserError(f"its events lie outside the first {MAX_QUARTERS} quarter notes")


def _event_times(score: Score) -> Iterator[np.ndarray]:
    """When what is not a note happens, list by list; empty ones are left out."""
    lists = [score.tempos, score.time_signatures, score.key_signatures]
    texts = [score.markers]
    for track in score.tracks:
        lists += [track.controls, track.pitch_bends, track.pedals]
        texts.append(track.lyrics)
    yield from (events.numpy()["time"] for events in lists if events)
    yield from (np.array([text.time for text in events]) for events in texts if events)


def _first_sentence(error: Exception) -> str:
    text = str(error).removeprefix("MiniMidi: ").removesuffix(": iostream error")
    return text.splitlines()[0][:160] if text else type(error).__name__
