"""What a synthesizer has to play: a Score with pedal, tempo changes and overlaps worked out.

Both synthesizers play the same `Performance`, so a piece lasts equally long on either.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from symusic import Score

from midigen.errors import UserError
from midigen.music.score import MAX_SECONDS
from midigen.rendering.pedal import expand_pedal, next_strike

Seconds = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

_DEFAULT_QUARTER_US = 500_000  # 120 beats per minute, where a MIDI file names no tempo
# A pedal that stays down after the last key would keep a piece open; strings have faded by then.
_LONGEST_RING_S = 10.0


@dataclass(frozen=True, eq=False)
class Part:
    """One instrument. The arrays of notes are equally long and sorted by `start_s`.

    Attributes:
        program: General MIDI instrument, 0 to 127.
        is_drum: whether it plays the drum kit instead.
        start_s, end_s: float64; a pitch ends before it starts again.
        pitch, velocity: int64, 0 to 127 and 1 to 127.
        control_s, control, control_value: what the controllers do, in order of time; not the pedal.
        bend_s, bend: pitch bends in order of time, -8192 to 8191.
    """

    program: int
    is_drum: bool
    start_s: Seconds
    end_s: Seconds
    pitch: Whole
    velocity: Whole
    control_s: Seconds
    control: Whole
    control_value: Whole
    bend_s: Seconds
    bend: Whole


@dataclass(frozen=True)
class Performance:
    """All parts that play, and when the last note ends."""

    parts: tuple[Part, ...]
    end_s: float


class Clock:
    """Turns ticks into seconds by the tempo map of a Score.

    symusic can do that too, but in float32, which is a few samples off after an hour.
    """

    def __init__(self, score: Score) -> None:
        tempos = sorted((int(each.time), int(each.mspq)) for each in score.tempos if each.mspq > 0)
        if not tempos or tempos[0][0] > 0:
            tempos.insert(0, (0, _DEFAULT_QUARTER_US))
        ticks, quarter_us = np.array(tempos, np.int64).T
        self._ticks: Whole = ticks
        self._s_per_tick: Seconds = quarter_us / 1e6 / score.ticks_per_quarter
        passed_s = np.cumsum(np.diff(self._ticks) * self._s_per_tick[:-1])
        self._begin_s: Seconds = np.concatenate([[0.0], passed_s])

    def seconds(self, ticks: npt.ArrayLike) -> Seconds:
        """The time of every tick."""
        wanted = np.asarray(ticks, np.int64)
        i = np.maximum(np.searchsorted(self._ticks, wanted, side="right") - 1, 0)
        return np.asarray(self._begin_s[i] + (wanted - self._ticks[i]) * self._s_per_tick[i])


def perform(score: Score) -> Performance:
    """Work out what sounds when.

    Raises:
        UserError: the score has no notes, or is longer than an hour.
    """
    score = score.to("tick")
    if score.note_num() == 0:
        raise UserError("This piece has no notes, so there is nothing to hear.")
    clock = Clock(score)
    last_key_s = float(clock.seconds(_last_release(score)))
    if last_key_s > MAX_SECONDS:
        raise UserError(
            f"This piece lasts {last_key_s / 60:,.0f} minutes; "
            f"only {MAX_SECONDS // 60} can be turned into sound.",
            "Cut it, or check its tempo.",
        )
    tracks = [track for track in expand_pedal(score).tracks if track.notes]
    parts = tuple(_part(track, clock, last_key_s + _LONGEST_RING_S) for track in tracks)
    return Performance(parts, max(float(part.end_s.max()) for part in parts))


def _last_release(score: Score) -> int:
    """The tick of the last note's end; a track's own end counts its controllers too."""
    notes = [track.notes.numpy() for track in score.tracks if track.notes]
    return max(int((each["time"].astype(np.int64) + each["duration"]).max()) for each in notes)


def _part(track: Any, clock: Clock, latest_s: float) -> Part:
    notes = {name: values.astype(np.int64) for name, values in track.notes.numpy().items()}
    start, duration, pitch = notes["time"], notes["duration"], notes["pitch"]
    order = np.lexsort((-duration, pitch, start))
    start, duration, pitch = start[order], duration[order], pitch[order]
    velocity = np.clip(notes["velocity"][order], 1, 127)
    # Of notes struck twice at once the longer one stays, which comes first.
    is_first = np.ones(len(start), bool)
    is_first[1:] = (np.diff(start) != 0) | (np.diff(pitch) != 0)
    start, duration, pitch = start[is_first], duration[is_first], pitch[is_first]
    end = np.minimum(start + duration, next_strike(start, pitch, int((start + duration).max())))
    controls = sorted(track.controls, key=lambda each: int(each.time))
    bends = sorted(track.pitch_bends, key=lambda each: int(each.time))
    return Part(
        program=int(track.program),
        is_drum=bool(track.is_drum),
        start_s=clock.seconds(start),
        end_s=np.minimum(clock.seconds(end), latest_s),
        pitch=pitch,
        velocity=velocity[is_first],
        control_s=clock.seconds([each.time for each in controls]),
        control=np.array([each.number for each in controls], np.int64),
        control_value=np.array([each.value for each in controls], np.int64),
        bend_s=clock.seconds([each.time for each in bends]),
        bend=np.array([each.value for each in bends], np.int64),
    )
