from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from midigen.errors import UserError
from midigen.rendering.soundfont_file import Gen, SoundfontFile
from tests.rendering.conftest import PERIOD_FRAMES, PERIODS, ROOT_KEY, write_soundfont


def test_a_region_knows_its_sample_and_generators(sine: Path) -> None:
    soundfont = SoundfontFile(sine)
    (region,) = soundfont.regions((0, 0))
    recording = soundfont.recording(region)
    assert region[Gen.ROOT_KEY] == ROOT_KEY
    assert region[Gen.FILTER_CUTOFF] == 13_500  # the specification's default
    assert recording.loop == (PERIOD_FRAMES, PERIODS * PERIOD_FRAMES)
    assert len(recording.wave) == PERIODS * PERIOD_FRAMES
    assert np.abs(recording.wave).max() == pytest.approx(0.5, abs=0.002)


def test_keys_and_velocities_choose_the_region(tmp_path: Path) -> None:
    keys, velocities = 40 | 50 << 8, 1 | 64 << 8
    path = write_soundfont(tmp_path / "a.sf2", generators=[(43, keys), (44, velocities)])
    (region,) = SoundfontFile(path).regions((0, 0))
    plays = [(40, 64), (50, 1), (39, 64), (51, 64), (40, 65)]
    assert [region.plays(*each) for each in plays] == [True, True, False, False, False]


@pytest.mark.parametrize(
    ("program", "is_drum", "expected"),
    [
        pytest.param(0, False, (0, 0), id="there it is"),
        pytest.param(40, False, (0, 0), id="a piano for a missing violin"),
        pytest.param(0, True, (128, 0), id="the drum kit"),
        pytest.param(8, True, (128, 0), id="the first kit for a missing one"),
    ],
)
def test_a_missing_instrument_is_replaced_by_the_nearest(
    wheel_soundfont: Path, program: int, is_drum: bool, expected: tuple[int, int]
) -> None:
    soundfont = SoundfontFile(wheel_soundfont)
    few = {(0, 0): 0, (128, 0): 1}
    soundfont._rows = few
    assert soundfont.preset_for(program, is_drum) == expected


def test_a_soundfont_of_another_instrument_still_plays(tmp_path: Path) -> None:
    path = write_soundfont(tmp_path / "a.sf2", preset=(3, 77))
    assert SoundfontFile(path).preset_for(0, False) == (3, 77)


def test_the_real_one_has_all_instruments_and_drums(wheel_soundfont: Path) -> None:
    presets = SoundfontFile(wheel_soundfont).presets
    assert {(0, program) for program in range(128)} <= set(presets)
    assert (128, 0) in presets


def test_a_file_cut_off_anywhere_is_refused_in_words(sine: Path, tmp_path: Path) -> None:
    content = sine.read_bytes()
    cut = tmp_path / "cut.sf2"
    for length in [0, 3, 11, 12, 30, *range(100, len(content), 97)]:
        cut.write_bytes(content[:length])
        with pytest.raises(UserError, match=r"cut\.sf2 cannot be used"):
            SoundfontFile(cut)


def test_an_odd_chunk_without_its_zero_is_read(sine: Path, tmp_path: Path) -> None:
    """Debian's .sf3 files have an odd number of compressed bytes and no zero behind them."""
    content = sine.read_bytes()
    at = content.index(b"smpl") + 4
    size = int.from_bytes(content[at : at + 4], "little")
    odd = content[:at] + (size - 1).to_bytes(4, "little")
    odd += content[at + 4 : at + 4 + size - 1] + content[at + 4 + size :]
    path = tmp_path / "odd.sf2"
    path.write_bytes(odd)
    assert SoundfontFile(path).presets == ((0, 0),)
