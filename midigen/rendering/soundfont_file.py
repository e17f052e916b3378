"""What a soundfont (.sf2, or .sf3 with Vorbis samples) says about an instrument and its samples.

Nothing is played here. The generators' numbers, units and defaults are those of the "SoundFont
Technical Specification" 2.04, section 8.1.
"""

from __future__ import annotations

import importlib
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import cached_property
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from midigen.errors import UserError
from midigen.rendering.modulators import Modulator, all_of, read_modulators, replace_same
from midigen.rendering.soundfont_tables import read_tables

DRUM_BANK = 128
_COMPRESSED = 0x10  # flag of a sample's type: Vorbis, the .sf3 extension
_COARSE_STEP = 32_768  # samples in a step of the coarse offsets


class Gen(IntEnum):
    """The generators that are read; a preset's add to an instrument's, but for the last rows."""

    START_OFFSET, END_OFFSET, LOOP_START_OFFSET, LOOP_END_OFFSET, START_COARSE = range(5)
    FILTER_CUTOFF, FILTER_Q = 8, 9
    MOD_ENV_TO_CUTOFF, END_COARSE = 11, 12
    PAN = 17
    MOD_DELAY, MOD_ATTACK, MOD_HOLD, MOD_DECAY, MOD_SUSTAIN = 25, 26, 27, 28, 29
    VOLUME_DELAY, VOLUME_ATTACK, VOLUME_HOLD, VOLUME_DECAY, VOLUME_SUSTAIN = 33, 34, 35, 36, 37
    VOLUME_RELEASE, KEY_TO_HOLD, KEY_TO_DECAY = 38, 39, 40
    ATTENUATION = 48
    COARSE_TUNE, FINE_TUNE = 51, 52
    SCALE_TUNING = 56
    # Not additive:
    INSTRUMENT, KEYS, VELOCITIES = 41, 43, 44
    LOOP_START_COARSE, KEY, LOOP_END_COARSE = 45, 46, 50
    SAMPLE, LOOP_MODE, ROOT_KEY = 53, 54, 58


_NEVER = -12_000  # timecents: 2 ** (-12000 / 1200) s, about a millisecond
_DEFAULTS: Mapping[int, int] = {
    Gen.FILTER_CUTOFF: 13_500,
    Gen.SCALE_TUNING: 100,
    Gen.KEY: -1,
    Gen.ROOT_KEY: -1,
    **dict.fromkeys((25, 26, 27, 28, 33, 34, 35, 36, 38), _NEVER),
}
_NOT_ADDITIVE = frozenset((41, 43, 44, 45, 46, 47, 50, 53, 54, 58))
_SHAPING = frozenset((8, 9, 11, *range(25, 30), *range(33, 39), 51, 52))  # filter, envelopes, tune
# The sound cards that soundfonts were made for read a centibel of this generator as less.
_ATTENUATION_SHARE = 0.4
_ALL = (0, 127)
_MOST_REGIONS = 10_000  # of an instrument; a large piano has some hundred
_MOST_SETTINGS = 1_000  # of a zone; there are 60 generators
_LOOPING = (1, 3)  # loop modes; 3 would play on to the sample's end after the release


class SoundfontError(UserError):
    """A soundfont that is none, or damaged; `why` is the end of a sentence."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(
            f"The soundfont {path.name} cannot be used: {why}.", "Choose another, or remove it."
        )
        self.why = why


@dataclass(frozen=True)
class Sample:
    """Where a recording lies in the file; positions in samples, in bytes if it is compressed."""

    start: int
    end: int
    loop_start: int
    loop_end: int
    rate_hz: int
    key: int
    cents: int
    is_compressed: bool


@dataclass(frozen=True, eq=False)
class Region:
    """A sample and how it is played for some keys and velocities."""

    keys: tuple[int, int]
    velocities: tuple[int, int]
    sample: Sample
    amounts: Mapping[int, int]
    modulators: tuple[Modulator, ...]

    def __getitem__(self, generator: Gen) -> int:
        return self.amounts.get(generator, _DEFAULTS.get(generator, 0))

    def plays(self, key: int, velocity: int) -> bool:
        low, high = self.keys
        soft, loud = self.velocities
        return low <= key <= high and soft <= velocity <= loud

    def attenuation_cb(self, key: int, velocity: int) -> float:
        """How much quieter a note is than the sample, in centibels."""
        return self[Gen.ATTENUATION] * _ATTENUATION_SHARE + sum(
            each.value(key, velocity) for each in self.modulators if each.target == Gen.ATTENUATION
        )

    def shaped(self, key: int, velocity: int) -> Region:
        """The region with everything but the attenuation set for a note."""
        amounts = dict(self.amounts)
        for each in self.modulators:
            if each.target in _SHAPING:
                base = amounts.get(each.target, _DEFAULTS.get(each.target, 0))
                amounts[each.target] = base + round(each.value(key, velocity))
        return replace(self, amounts=amounts)

    @property
    def has_shapes(self) -> bool:
        """Whether `shaped` depends on the velocity or the key."""
        return any(each.target in _SHAPING for each in self.modulators)


@dataclass(frozen=True, eq=False)
class Recording:
    """The sound of a region: float32, one channel, -1 to 1.

    `loop` is the half-open range of frames that repeats while a key is held, or None.
    """

    region: Region
    wave: npt.NDArray[np.float32]
    loop: tuple[int, int] | None


class SoundfontFile:
    """An opened soundfont. Samples stay on disk until they are asked for.

    Raises:
        UserError: it is no soundfont, or damaged.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._tables = read_tables(path)
        except (OSError, ValueError) as error:
            raise SoundfontError(path, str(error)) from error
        self._rows = {
            (int(row["bank"]), int(row["program"])): i
            for i, row in enumerate(self._tables.rows["phdr"][:-1])
        }
        if not self._rows:
            raise SoundfontError(path, "it holds no instruments")

    @cached_property
    def presets(self) -> tuple[tuple[int, int], ...]:
        """(bank, program) of every instrument; drum kits are in bank 128."""
        return tuple(sorted(self._rows))

    def preset_for(self, program: int, is_drum: bool) -> tuple[int, int]:
        """The instrument that comes nearest to a General MIDI one: (bank, program)."""
        if is_drum:
            kits = [preset for preset in self.presets if preset[0] == DRUM_BANK]
            wishes = [(DRUM_BANK, program), (DRUM_BANK, 0), *kits]
        else:
            others = [(b, p) for b, p in self.presets if p == program and b != DRUM_BANK]
            wishes = [(0, program), *others, (0, 0)]
        return next((wish for wish in wishes if wish in self._rows), self.presets[0])

    def regions(self, preset: tuple[int, int]) -> list[Region]:
        """All samples of an instrument."""
        try:
            found = list(islice(self._regions(self._rows[preset]), _MOST_REGIONS + 1))
            if len(found) > _MOST_REGIONS:
                raise ValueError(f"an instrument has more than {_MOST_REGIONS:,} samples")
            return found
        except IndexError as error:
            raise SoundfontError(self.path, "its tables contradict each other") from error
        except ValueError as error:
            raise SoundfontError(self.path, str(error)) from error

    def recording(self, region: Region) -> Recording:
        """Read the sample of a region.

        Raises:
            UserError: it is compressed and cannot be unpacked.
        """
        sample = region.sample
        loop_start = sample.loop_start + region[Gen.LOOP_START_OFFSET]
        loop_start += region[Gen.LOOP_START_COARSE] * _COARSE_STEP
        loop_end = sample.loop_end + region[Gen.LOOP_END_OFFSET]
        loop_end += region[Gen.LOOP_END_COARSE] * _COARSE_STEP
        if sample.is_compressed:
            wave = self._unpack(sample.start, sample.end)
        else:
            start = sample.start + region[Gen.START_OFFSET]
            start = max(0, start + region[Gen.START_COARSE] * _COARSE_STEP)
            end = sample.end + region[Gen.END_OFFSET] + region[Gen.END_COARSE] * _COARSE_STEP
            wave = self._read(start, end)
            loop_start, loop_end = loop_start - start, loop_end - start
        loops = region[Gen.LOOP_MODE] in _LOOPING and 0 <= loop_start < loop_end <= len(wave)
        return Recording(region, wave, (loop_start, loop_end) if loops else None)

    def _read(self, start: int, end: int) -> npt.NDArray[np.float32]:
        n_samples = max(0, min(end, self._tables.samples_bytes // 2) - start)
        values = np.fromfile(
            self.path, "<i2", n_samples, offset=self._tables.samples_at + 2 * start
        )
        return values.astype(np.float32) / np.float32(32_768)

    def _unpack(self, start: int, end: int) -> npt.NDArray[np.float32]:
        try:
            # Carries no types, and is only wanted for .sf3.
            soundfile = importlib.import_module("soundfile")
        except (ImportError, OSError) as error:
            raise UserError(
                f"The samples of {self.path.name} are compressed, which needs a library.",
                "`pip install soundfile`, install FluidSynth, or choose an .sf2 file.",
            ) from error
        with self.path.open("rb") as file:
            file.seek(self._tables.samples_at + start)
            content = file.read(max(0, min(end, self._tables.samples_bytes) - start))
        try:
            values, _ = soundfile.read(io.BytesIO(content), dtype="float32", always_2d=True)
        except soundfile.LibsndfileError as error:
            raise SoundfontError(self.path, "a sample cannot be unpacked") from error
        return np.ascontiguousarray(values[:, 0])

    def _regions(self, row: int) -> Iterator[Region]:
        for preset in self._zones(row, "phdr", "p", Gen.INSTRUMENT):
            instrument_row = preset.amounts[Gen.INSTRUMENT]
            for zone in self._zones(instrument_row, "inst", "i", Gen.SAMPLE):
                amounts = dict(zone.amounts)
                for number, amount in preset.amounts.items():
                    if number not in _NOT_ADDITIVE:
                        base = amounts.get(number, _DEFAULTS.get(number, 0))
                        amounts[number] = base + amount
                yield Region(
                    keys=_overlap(Gen.KEYS, zone, preset),
                    velocities=_overlap(Gen.VELOCITIES, zone, preset),
                    sample=self._sample(amounts[Gen.SAMPLE]),
                    amounts=amounts,
                    modulators=all_of(zone.modulators, preset.modulators),
                )

    def _zones(self, row: int, owners: str, letter: str, last: Gen) -> Iterator[_Zone]:
        """Every zone of a preset or instrument; a first zone without `last` is shared by all."""
        rows = self._tables.rows
        bags, generators, modulators = (rows[letter + name] for name in ("bag", "gen", "mod"))
        shared = _Zone({}, [])
        first, stop = (int(rows[owners]["bag"][each]) for each in (row, row + 1))
        for bag in range(first, stop):
            here, there = bags[bag], bags[bag + 1]
            zone = generators[int(here["generator"]) : int(there["generator"])]
            shapes = modulators[int(here["modulator"]) : int(there["modulator"])]
            if max(len(zone), len(shapes)) > _MOST_SETTINGS:
                raise ValueError(f"a zone has more than {_MOST_SETTINGS:,} settings")
            amounts = dict(zip(zone["number"].tolist(), zone["amount"].tolist(), strict=True))
            found = read_modulators(shapes)
            if last in amounts:
                amounts[last] &= 0xFFFF  # an index has no sign
                yield _Zone({**shared.amounts, **amounts}, replace_same(shared.modulators, found))
            elif bag == first:
                shared = _Zone(amounts, found)

    def _sample(self, row: int) -> Sample:
        header = self._tables.rows["shdr"][row]
        key = int(header["key"])
        return Sample(
            start=int(header["start"]),
            end=int(header["end"]),
            loop_start=int(header["loop_start"]),
            loop_end=int(header["loop_end"]),
            rate_hz=max(1, int(header["rate_hz"])),
            key=key if key <= 127 else 60,  # the specification's answer to an unknown pitch
            cents=int(header["cents"]),
            is_compressed=bool(int(header["type"]) & _COMPRESSED),
        )


@dataclass(frozen=True)
class _Zone:
    amounts: dict[int, int]
    modulators: list[Modulator]


def _overlap(generator: Gen, *zones: _Zone) -> tuple[int, int]:
    """Of ranges, each packed as low byte and high byte."""
    low, high = _ALL
    for zone in zones:
        if generator in zone.amounts:
            packed = zone.amounts[generator]
            low, high = max(low, packed & 0xFF), min(high, packed >> 8 & 0xFF)
    return low, high
