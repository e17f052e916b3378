"""Reads the engraved score of a four-part piece and writes it as MIDI with true bars.

verovio reads (0.03 s a chorale); where its reading does not hold together, music21 reads the file
instead (0.3 s, and 2 s to start). Models learn bars, so the bars of the MIDI must be the score's: a
pickup is put at the end of a full first bar, and a bar that the score splits in two at a repeat
becomes one again. Repeats are not played twice.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from midigen.errors import UserError

VOICES = ("Soprano", "Alto", "Tenor", "Bass")
# Violin, viola, cello, double bass: General MIDI has no four kinds of singers, and parts of one
# instrument could not be told apart.
PROGRAMS = (40, 41, 42, 43)
TICKS = 480  # per quarter note
GRID = TICKS // 8  # the shortest notes are 32nds
TEMPO_BPM = 80.0  # where the score says none, as most do
VEROVIO_TEMPO_BPM = 120.0  # what verovio says where the score says none
VELOCITY = 80

Note = tuple[int, int, int]  # onset and duration in ticks, MIDI pitch
Metre = tuple[int, int]  # numerator, denominator


@dataclass(frozen=True)
class Chorale:
    """What a score says, in its own time: a pickup begins at tick 0.

    Attributes:
        voices: notes of each part, in order.
        bars: onset of each measure and its metre; measures may be shorter than their metre.
        end: onset of the final barline.
        key: sharps (flats negative), and 0 for major or 1 for minor; None where none is written.
        tempo_bpm: quarter notes a minute.
    """

    voices: Mapping[str, tuple[Note, ...]]
    bars: tuple[tuple[int, Metre], ...]
    end: int
    key: tuple[int, int] | None
    tempo_bpm: float


def read_score_file(path: str) -> Chorale:
    """Read a score in MusicXML, plain or compressed.

    Raises:
        UserError: it cannot be read, or is not in four parts.
    """
    chorale = read_with_verovio(path)
    return chorale if _holds_together(chorale) else read_with_music21(path)


def to_midi(chorale: Chorale) -> bytes:
    """A MIDI file: four tracks, full bars, time and key signature, tempo."""
    from symusic import KeySignature, Note, Score, Tempo, TimeSignature, Track

    shift, metres = place_in_bars(chorale.bars, chorale.end)
    score = Score(TICKS)
    score.tempos.append(Tempo(0, qpm=chorale.tempo_bpm))
    for start, (numerator, denominator) in metres:
        score.time_signatures.append(TimeSignature(start, numerator, denominator))
    if chorale.key is not None:
        score.key_signatures.append(KeySignature(0, *chorale.key))
    for name, program in zip(VOICES, PROGRAMS, strict=True):
        track = Track(name=name, program=program)
        for onset, duration, pitch in chorale.voices[name]:
            track.notes.append(Note(onset + shift, duration, pitch, VELOCITY))
        score.tracks.append(track)
    midi: bytes = score.dumps_midi()
    return midi


def place_in_bars(
    bars: Sequence[tuple[int, Metre]], end: int
) -> tuple[int, list[tuple[int, Metre]]]:
    """Join measures to full bars, so that bars counted from the time signatures are the score's.

    A short first measure is a pickup: everything moves so that it ends with a full bar. Measures
    that fill a bar together become one. A bar that stays short or long gets a metre of its own.

    Args:
        bars: onset of each measure and its metre.
        end: onset of the final barline.

    Returns:
        How far everything moves, in ticks, and the onsets, moved, of the metres.
    """
    ends = [start for start, _ in bars[1:]] + [end]
    bar_start, bar_metre = 0, bars[0][1]
    shift = filled = (bars[0][0] - ends[0]) % _length(bar_metre)
    changes = [(bar_start, bar_metre)]
    for (start, metre), stop in zip(bars, ends, strict=True):
        length = stop - start
        if filled and filled + length > _length(bar_metre):  # this bar never gets full
            changes.append((bar_start, _metre_of(filled)))
            filled = 0
        if not filled:
            bar_start, bar_metre = start + shift, metre
            if length > _length(metre) and length % _length(metre):
                bar_metre = _metre_of(length)
            changes.append((bar_start, bar_metre))
        filled = (filled + length) % _length(bar_metre)
    return shift, _without_repetition(changes)


def read_with_verovio(path: str) -> Chorale:
    """Read a score by way of verovio's MIDI and its table of measures."""
    import verovio
    from symusic import Score

    verovio.enableLog(verovio.LOG_OFF)
    toolkit = verovio.toolkit()
    toolkit.setOptions({"expandNever": True})
    if not toolkit.loadFile(path):
        raise UserError("verovio cannot read it")
    score = Score.from_midi(base64.b64decode(toolkit.renderToMIDI()))
    timemap = toolkit.renderToTimemap({"includeMeasures": True})
    assert TICKS % score.ticks_per_quarter == 0, f"verovio counts {score.ticks_per_quarter} ticks"
    scale = TICKS // score.ticks_per_quarter
    metres = {
        each.time * scale: (each.numerator, each.denominator) for each in score.time_signatures
    }
    keys = [(each.key, each.tonality) for each in score.key_signatures[:1]]
    tempos = [each.qpm for each in score.tempos[:1]]
    return Chorale(
        voices=_four_voices(
            # verovio ends each note one tick early
            (track.name, [(n.time * scale, (n.duration + 1) * scale, n.pitch) for n in track.notes])
            for track in score.tracks
            if track.note_num()
        ),
        bars=_with_metres(
            [_ticks(each["qstamp"]) for each in timemap if "measureOn" in each], metres
        ),
        end=_ticks(timemap[-1]["qstamp"]),
        key=keys[0] if keys else None,
        tempo_bpm=next((each for each in tempos if round(each) != VEROVIO_TEMPO_BPM), TEMPO_BPM),
    )


def read_with_music21(path: str) -> Chorale:
    """Read a score by music21, without its grace notes."""
    from music21 import converter

    score: Any = converter.parse(path, forceSource=True, storePickle=False)
    first = score.parts[0]
    signatures = first.recurse().getElementsByClass("TimeSignature")
    metres = {
        _ticks(each.getOffsetInHierarchy(first)): (each.numerator, each.denominator)
        for each in signatures
    }
    measures = [_ticks(each.offset) for each in first.getElementsByClass("Measure")]
    keys = list(first.recurse().getElementsByClass("KeySignature"))
    marks = list(score.recurse().getElementsByClass("MetronomeMark"))
    tempos = [each.getQuarterBPM() for each in marks]
    return Chorale(
        voices=_four_voices((part.partName or "", _music21_notes(part)) for part in score.parts),
        bars=_with_metres(measures, metres),
        end=_ticks(first.highestTime),
        key=(keys[0].sharps, int(getattr(keys[0], "mode", "") == "minor")) if keys else None,
        tempo_bpm=next((each for each in tempos if each), TEMPO_BPM),
    )


def _four_voices(parts: Iterable[tuple[str, Iterable[Note]]]) -> dict[str, tuple[Note, ...]]:
    """The singers' parts; instruments that play along go by other names.

    Raises:
        UserError: it is not one soprano, one alto, one tenor and one bass.
    """
    voices: dict[str, tuple[Note, ...]] = {}
    for name, notes in parts:
        voice = name.split()[0] if name.split() else ""
        if voice in voices:
            raise UserError("not in four parts")
        if voice in VOICES:
            voices[voice] = tuple(sorted(notes))
    if len(voices) < len(VOICES):
        raise UserError("not in four parts")
    return voices


def _music21_notes(part: Any) -> list[Note]:
    flat = part.stripTies().flatten()
    return [
        (_ticks(each.offset), _ticks(each.quarterLength), pitch.midi)
        for each in flat.notes
        if not each.duration.isGrace
        for pitch in each.pitches
    ]


def _holds_together(chorale: Chorale) -> bool:
    """Whether each voice is one line of ordinary notes.

    Fails on grace notes, which verovio takes out of the next note, and on a tie that it ends at the
    wrong note.
    """
    for notes in chorale.voices.values():
        ends = [onset + duration for onset, duration, _ in notes]
        if any(end > after[0] for end, after in zip(ends, notes[1:], strict=False)):
            return False
        if any(onset % GRID or duration % GRID for onset, duration, _ in notes):
            return False
    return True


def _with_metres(
    starts: Sequence[int], metres: Mapping[int, Metre]
) -> tuple[tuple[int, Metre], ...]:
    bars = []
    metre = (4, 4)
    for start in starts:
        metre = metres.get(start, metre)
        bars.append((start, metre))
    return tuple(bars)


def _without_repetition(changes: Iterable[tuple[int, Metre]]) -> list[tuple[int, Metre]]:
    """Of changes at one time the last, and none that changes nothing."""
    kept: list[tuple[int, Metre]] = []
    for start, metre in dict(changes).items():
        if not kept or kept[-1][1] != metre:
            kept.append((start, metre))
    return kept


def _metre_of(length: int) -> Metre:
    """The simplest metre of this length: in quarters if it has whole ones."""
    unit = next(each for each in (4, 8, 16, 32) if length * each % (TICKS * 4) == 0)
    return length * unit // (TICKS * 4), unit


def _length(metre: Metre) -> int:
    return TICKS * 4 * metre[0] // metre[1]


def _ticks(quarters: Any) -> int:
    return round(float(quarters) * TICKS)
