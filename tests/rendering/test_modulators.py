from __future__ import annotations

import math
from pathlib import Path

import pytest

from midigen.rendering.modulators import Modulator
from midigen.rendering.soundfont_file import Gen, SoundfontFile
from tests.rendering.conftest import write_soundfont


def test_softer_notes_are_quieter_by_the_square_of_the_velocity(sine: Path) -> None:
    (region,) = SoundfontFile(sine).regions((0, 0))
    for velocity in (127, 64, 32, 8):
        expected_cb = 400 * math.log10(127 / velocity)
        assert region.attenuation_cb(60, velocity) == pytest.approx(expected_cb, abs=1e-6)


@pytest.mark.parametrize(
    ("source", "key", "velocity", "share"),
    [
        pytest.param(0x002, 60, 127, 1.0, id="velocity, linear, at its top"),
        pytest.param(0x002, 60, 0, 0.0, id="velocity, linear, at its bottom"),
        pytest.param(0x102, 60, 127, 0.0, id="falling"),
        pytest.param(0x203, 0, 64, -1.0, id="key, on both sides of zero"),
        pytest.param(0x203, 127, 64, 1.0, id="key, the other side"),
        pytest.param(0x402, 60, 127, 1.0, id="concave"),
        pytest.param(0x802, 60, 0, 0.0, id="convex"),
        pytest.param(0xC02, 60, 64, 1.0, id="a switch"),
    ],
)
def test_sources_scale_the_amount(source: int, key: int, velocity: int, share: float) -> None:
    assert Modulator(source, 8, 0, 1000).value(key, velocity) == pytest.approx(1000 * share)


def test_a_modulator_of_the_soundfont_replaces_the_default(tmp_path: Path) -> None:
    path = write_soundfont(tmp_path / "a.sf2", modulators=[(0x502, 48, 0, 0, 0)])
    (region,) = SoundfontFile(path).regions((0, 0))
    assert region.attenuation_cb(60, 10) == 0


def test_velocity_shapes_the_filter(tmp_path: Path) -> None:
    path = write_soundfont(tmp_path / "a.sf2", modulators=[(0x102, 8, -2400, 0, 0)])
    (region,) = SoundfontFile(path).regions((0, 0))
    assert region.has_shapes
    assert region.shaped(60, 127)[Gen.FILTER_CUTOFF] == 13_500
    assert region.shaped(60, 0)[Gen.FILTER_CUTOFF] == 11_100


def test_wheels_and_pedals_are_left_out(tmp_path: Path) -> None:
    path = write_soundfont(tmp_path / "a.sf2", modulators=[(0x81, 8, -2400, 0, 0)])
    (region,) = SoundfontFile(path).regions((0, 0))
    assert not region.has_shapes
