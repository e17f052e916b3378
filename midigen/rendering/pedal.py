"""Turns the sustain pedal into longer notes, for synthesizers that know no pedal.

MIDI has one pedal per channel, but the tracks of a Score have no channels: piano files often have
a track for each hand and the pedal in only one of them. So a track without a pedal of its own
follows the pedals of the tracks with the same instrument.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
from symusic import Note, Score

SUSTAIN_PEDAL = 64  # the controller's number, and
_DOWN_FROM = 64  # the value from which on the pedal counts as down: MIDI 1.0, table 3

Span = tuple[int, int]  # the pedal goes down at the first tick and up at the second
Ticks = npt.NDArray[np.int64]


def expand_pedal(score: Score) -> Score:
    """Return a copy, in ticks, in which notes last as long as the pedal holds them.

    A note that is released while the pedal is down ends when the pedal comes up or when its key is
    struck again. A pedal that never comes up holds until the end of the score. Drums have none.
    """
    expanded = score.to("tick").copy()
    end = int(expanded.end())
    own = [[] if track.is_drum else _pedal_spans(track, end) for track in expanded.tracks]
    for track, spans in zip(expanded.tracks, own, strict=True):
        if not spans and not track.is_drum:
            same = zip(expanded.tracks, own, strict=True)
            spans = _merge(s for other, s in same if other.program == track.program)
        if spans and track.notes:
            track.notes = _hold(track.notes.numpy(), spans)
        track.controls = [each for each in track.controls if each.number != SUSTAIN_PEDAL]
        track.pedals = []
    return expanded


def next_strike(start: Ticks, pitch: npt.NDArray[Any], never: int) -> Ticks:
    """For every note the tick at which its pitch is struck the next time, or `never`."""
    order = np.lexsort((start, pitch))
    following = np.full(len(order), never, np.int64)
    is_same = pitch[order][1:] == pitch[order][:-1]
    following[order[:-1]] = np.where(is_same, start[order][1:], never)
    return following


def _hold(notes: dict[str, npt.NDArray[Any]], spans: list[Span]) -> Any:
    start = notes["time"].astype(np.int64)
    end = start + notes["duration"]
    down, up = np.array(spans, np.int64).T
    span = np.searchsorted(down, end, side="left") - 1  # the last press before the release
    is_held = (span >= 0) & (end < up[span])
    struck_again = np.maximum(end, next_strike(start, notes["pitch"], int(up[-1])))
    held_until = np.where(is_held, np.minimum(up[span], struck_again), end)
    return Note.from_numpy(**{**notes, "duration": (held_until - start).astype(np.int32)})


def _pedal_spans(track: Any, end: int) -> list[Span]:
    changes = [each for each in track.controls if each.number == SUSTAIN_PEDAL]
    if not changes:
        return _merge([[(each.time, each.time + each.duration) for each in track.pedals]])
    spans: list[Span] = []
    down: int | None = None
    for change in sorted(changes, key=lambda each: int(each.time)):
        is_down = change.value >= _DOWN_FROM
        if is_down and down is None:
            down = change.time
        elif not is_down and down is not None:
            spans.append((down, change.time))
            down = None
    if down is not None:
        spans.append((down, max(down, end)))
    return spans


def _merge(groups: Iterable[list[Span]]) -> list[Span]:
    """The union, in order and apart from each other."""
    merged: list[Span] = []
    for down, up in sorted(span for group in groups for span in group):
        if merged and down <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(up, merged[-1][1]))
        else:
            merged.append((down, up))
    return merged
