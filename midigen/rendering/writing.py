"""Writes a Score down: from what was played to what can be read.

Reading comes before exactness. Onsets and ends move to a division of the beat that can be read,
rolled chords become chords, notes of one pitch that meet become one, in a voice a chord lasts until
the next, and short rests are not written. No note is lost, and each remembers when it sounds.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from symusic import Score

from midigen.errors import UserError
from midigen.music.key import Key, estimate_key
from midigen.rendering.hands import split_hands
from midigen.rendering.metre import SHORTEST, Bar, bars_of, units
from midigen.rendering.notation import Notation, Part
from midigen.rendering.parts import MAX_PARTS, Plan, drum_place, plan_parts
from midigen.rendering.performance import Clock
from midigen.rendering.spelling import PitchName, signature, spell_pitches
from midigen.rendering.staves import GridNote, write_staff

# Limits of a sheet, which keep a long or hostile piece from engraving for minutes. A sonata for
# piano has some 4,000 notes in 300 bars and takes a second; at the limits it is six.
MAX_BARS = 300
MAX_NOTES = 8_000
MAX_STAFF_BARS = 1_200  # bars of all staves together: 300 bars of a quartet


def notate(score: Score) -> Notation:
    """Write a score down, within the limits above and `MAX_PARTS` tracks.

    Raises:
        UserError: it has no notes, or too many in the first bar.
    """
    score = score.to("tick")
    if score.note_num() == 0:
        raise UserError("This piece has no notes, so there is nothing to write down.")
    plans = plan_parts(score)
    limit = min(MAX_BARS, MAX_STAFF_BARS // sum(plan.staves for plan in plans))
    every = bars_of(score, limit + 1)
    bars = _within_limits(every[:limit], score)
    key = estimate_key(score)
    n_tracks = sum(bool(track.notes) for track in score.tracks)
    return Notation(
        parts=tuple(_part(plan, f"p{i}", score, bars, key) for i, plan in enumerate(plans, 1)),
        bars=tuple(bars),
        is_complete=len(bars) == len(every) and n_tracks <= MAX_PARTS,
        fifths=signature(key),
        mode=key.mode,
        tempo_bpm=_mean_tempo(score),
    )


def _part(plan: Plan, prefix: str, score: Score, bars: Sequence[Bar], key: Key) -> Part:
    notes, is_right = _grid_notes(plan, prefix, score, bars, key)
    if plan.staves == 1:
        staves = [(notes, "percussion" if plan.is_drum else None)]
    else:
        hands = list(zip(notes, is_right, strict=True))
        staves = [
            ([note for note, right in hands if right], "G"),
            ([note for note, right in hands if not right], "F"),
        ]
    return Part(
        plan.name,
        plan.is_drum,
        tuple(
            write_staff(members, bars, signature(key), clef, score.ticks_per_quarter)
            for members, clef in staves
        ),
    )


def _grid_notes(
    plan: Plan, prefix: str, score: Score, bars: Sequence[Bar], key: Key
) -> tuple[list[GridNote], list[bool]]:
    """The notes within the bars, sorted by start and pitch, and which the right hand plays.

    Of notes that begin together on one pitch the longest stays.
    """
    start, end = units(plan.start, score), units(plan.end, score)
    end = np.maximum(end, start + SHORTEST)
    order = np.lexsort((-end, plan.pitch, start))
    order = order[start[order] < bars[-1].end]
    is_first = np.ones(len(order), bool)
    is_first[1:] = (np.diff(start[order]) != 0) | (np.diff(plan.pitch[order]) != 0)
    order = order[is_first]
    places = list(
        zip(start[order].tolist(), end[order].tolist(), plan.pitch[order].tolist(), strict=True)
    )
    if plan.is_drum:
        names = [
            PitchName(step, 0, octave) for step, octave, _ in map(drum_place, plan.pitch[order])
        ]
    else:
        names = spell_pitches([(place, pitch) for place, _, pitch in places], key)
    ticks = zip(plan.start[order].tolist(), plan.end[order].tolist(), strict=True)
    notes = [
        GridNote(f"{prefix}n{i}", *place, name, *sounds)
        for i, (place, name, sounds) in enumerate(zip(places, names, ticks, strict=True), 1)
    ]
    if plan.staves == 1:
        return notes, []
    return notes, split_hands(places) if plan.hand is None else (plan.hand[order] == 1).tolist()


def _within_limits(bars: list[Bar], score: Score) -> list[Bar]:
    starts = np.sort(np.concatenate([t.notes.numpy()["time"] for t in score.tracks if t.notes]))
    if len(starts) > MAX_NOTES:
        end = int(units(starts[MAX_NOTES], score))
        bars = [bar for bar in bars if bar.end <= end]
    if not bars:
        raise UserError(
            f"The first bar of this piece has more than {MAX_NOTES:,} notes; "
            "that cannot be written down."
        )
    return bars


def _mean_tempo(score: Score) -> float:
    last = max(int(track.notes.numpy()["time"].max()) for track in score.tracks if track.notes)
    quarter = int(score.ticks_per_quarter)
    last = max(last, quarter)
    return 60 * last / quarter / float(Clock(score).seconds(last))
