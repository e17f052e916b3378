"""Reads a MIDI file by the letter of the standard, to check what others have written."""

from __future__ import annotations

from collections import Counter


def open_notes(content: bytes) -> int:
    """Notes of a Standard MIDI File that are begun and never ended.

    Raises:
        AssertionError: a track is cut off.
    """
    position, n_open = 14, 0
    while position + 8 <= len(content):
        length = int.from_bytes(content[position + 4 : position + 8], "big")
        track = content[position + 8 : position + 8 + length]
        assert len(track) == length, "a track is cut off"
        n_open += _open_in(track)
        position += 8 + length
    return n_open


def _open_in(track: bytes) -> int:
    sounding: Counter[tuple[int, int]] = Counter()
    at = status = 0
    while at < len(track):
        _, at = _number(track, at)
        if track[at] & 0x80:
            status, at = track[at], at + 1
        if status in (0xF0, 0xF7, 0xFF):
            length, at = _number(track, at + (status == 0xFF))
            at += length
            continue
        kind, channel = status >> 4, status & 15
        key = (channel, track[at])
        if kind == 9 and track[at + 1]:
            sounding[key] += 1
        elif kind in (8, 9) and sounding[key]:
            sounding[key] -= 1
        at += 1 if kind in (12, 13) else 2
    return sounding.total()


def _number(track: bytes, at: int) -> tuple[int, int]:
    """A number of variable length, and where it ends."""
    value = 0
    while True:
        byte, at = track[at], at + 1
        value = value << 7 | byte & 0x7F
        if not byte & 0x80:
            return value, at
