"""How the key and its velocity change a soundfont's sound, beyond choosing the sample.

Of the sources of a modulator only these two are followed: they are known when a note starts, and
they shape loudness and brightness. Wheels and pedals of the player are left out.
Format: "SoundFont Technical Specification" 2.04, section 8.2.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from midigen.rendering.soundfont_tables import Table

_VELOCITY, _KEY = 2, 3  # general controllers; 0 is the constant 1
_IS_MIDI_CONTROLLER = 0x80
_CONCAVE, _CONVEX = 1, 2
_LINEAR_TRANSFORM = 0
_ATTENUATION = 48
_FULL_ATTENUATION = 960  # centibels


@dataclass(frozen=True)
class Modulator:
    """Adds `amount`, scaled by the sources, to the generator `target`.

    Two modulators that differ in the amount only are the same one: the nearer replaces the farther.
    """

    source: int
    target: int
    amount_source: int
    amount: int

    @property
    def identity(self) -> tuple[int, int, int]:
        return self.source, self.target, self.amount_source

    def value(self, key: int, velocity: int) -> float:
        """What it adds for a note."""
        scale = _source(self.source, key, velocity) * _source(self.amount_source, key, velocity)
        return self.amount * scale


# The only one that every instrument has by itself and that follows key or velocity: softer notes
# are quieter, by 40 dB for a tenth of the velocity.
_DEFAULT = Modulator(0x0502, _ATTENUATION, 0, _FULL_ATTENUATION)


def read_modulators(rows: Table) -> list[Modulator]:
    """Those of a zone that can be followed."""
    found = []
    for source, target, amount, amount_source, transform in rows.tolist():
        sources = (_is_known(source), _is_known(amount_source) or amount_source == 0)
        if all(sources) and transform == _LINEAR_TRANSFORM:
            found.append(Modulator(source, target, amount_source, amount))
    return found


def replace_same(far: Iterable[Modulator], near: Iterable[Modulator]) -> list[Modulator]:
    """Both, where a near one takes the place of a far one with the same identity."""
    return list({each.identity: each for each in (*far, *near)}.values())


def all_of(instrument: Iterable[Modulator], preset: Iterable[Modulator]) -> tuple[Modulator, ...]:
    """An instrument's modulators replace the default one; a preset's come on top.

    Those of amount 0 only exist to switch others off, and have done so now.
    """
    return tuple(each for each in (*replace_same([_DEFAULT], instrument), *preset) if each.amount)


def _is_known(source: int) -> bool:
    return source & 0x7F in (_VELOCITY, _KEY) and not source & _IS_MIDI_CONTROLLER


def _source(source: int, key: int, velocity: int) -> float:
    """0 to 1, or -1 to 1 for a bipolar source.

    Bits: 0 to 6 which one, 8 falling instead of rising, 9 bipolar, from 10 on the curve.
    """
    if source == 0:
        return 1.0
    x = (velocity if source & 0x7F == _VELOCITY else key) / 127
    if source & 0x100:
        x = 1 - x
    kind = source >> 10
    if not source & 0x200:
        return _curve(kind, x)
    return math.copysign(_curve(kind, abs(2 * x - 1)), 2 * x - 1)


def _curve(kind: int, x: float) -> float:
    if kind == _CONCAVE:
        return _concave(x)
    if kind == _CONVEX:
        return 1 - _concave(1 - x)
    if kind == 0:
        return x
    return float(x >= 0.5)  # a switch


def _concave(x: float) -> float:
    """Slow at first: the logarithm that turns velocity into decibels."""
    return 1.0 if x >= 1 else min(1.0, -400 / _FULL_ATTENUATION * math.log10(1 - x))
