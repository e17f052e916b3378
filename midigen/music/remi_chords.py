"""Recognises chords by their intervals, as MidiTok 3.1 does (`detect_chords`)."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence

Intervals = tuple[int, ...]  # semitones above the lowest note, that one included

MOST_NOTES = 10  # that are looked at together
MOST_SPAN = 24  # semitones


def find_chords(
    times: Sequence[int],
    pitches: Sequence[int],
    ends: Sequence[int],
    beats: Sequence[int],
    points_per_beat: int,
    known: Container[Intervals],
) -> Iterator[tuple[int, Intervals]]:
    """The known chords among the notes of a part, each with its time.

    Notes are struck together if they are at most a point of the grid apart; those that last for no
    longer than half a beat must be exactly together. They must end together by half a beat.

    Args:
        times, pitches, ends: of the notes, in order of time, then pitch.
        beats: ticks of a beat where each note begins.
        points_per_beat: of the grid.
        known: the chords.
    """
    i, last = 0, -1
    while i < len(times):
        start, half = times[i], beats[i] // 2
        if start == last:
            i += 1
            continue
        near, most = start + beats[i] / points_per_beat, min(i + MOST_NOTES, len(times))
        stop = next((j for j in range(i + 1, most) if times[j] > near), most)
        if any(abs(end - ends[i]) > half for end in ends[i:stop]):
            i = stop
            continue
        if ends[i] - start <= half:
            stop = next((j for j in range(i + 1, stop) if times[j] != start), stop)
        if 3 <= stop - i <= 5:
            intervals = tuple(pitch - pitches[i] for pitch in pitches[i:stop])
            if intervals[-1] <= MOST_SPAN and intervals in known:
                yield start, intervals
        last = times[stop - 1]
        i = stop
