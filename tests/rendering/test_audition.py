from __future__ import annotations

import os
from pathlib import Path

import pytest

from midigen.errors import UserError
from midigen.rendering import audition as place
from midigen.rendering.audition import audition, keep_soundfont
from midigen.rendering.soundfont_file import SoundfontError, SoundfontFile
from tests.rendering.conftest import write_soundfont

MOST = 1e6


def crash(path: Path) -> int:
    os.abort()


def loop_for_ever(path: Path) -> int:
    while True:
        pass


def go_wrong(path: Path) -> int:
    raise KeyError(path)


def test_a_sound_one_is_kept_under_its_name(sine: Path, tmp_path: Path) -> None:
    source = sine.rename(tmp_path / "My Piano!.SF2")
    kept = keep_soundfont(source, tmp_path / "soundfonts", MOST)
    assert kept.read_bytes() == source.read_bytes()
    assert kept.suffix == ".sf2"
    assert kept.parent == tmp_path / "soundfonts"
    with pytest.raises(UserError, match="already"):
        keep_soundfont(source, tmp_path / "soundfonts", MOST)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        pytest.param(crash, "it crashed the reader", id="crash"),
        pytest.param(loop_for_ever, "took longer than 2 s", id="endless"),
        pytest.param(go_wrong, "it is damaged", id="another error"),
    ],
)
def test_what_it_does_to_the_synthesizer_costs_a_child_process(
    fault: object, said: str, sine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place, "audition", fault)
    monkeypatch.setattr(place, "_SECONDS", 2.0)
    with pytest.raises(SoundfontError, match=said):
        keep_soundfont(sine, tmp_path / "soundfonts", MOST)
    assert not (tmp_path / "soundfonts").exists()


def test_what_is_none_is_refused_with_the_reason(sine: Path, tmp_path: Path) -> None:
    content = sine.read_bytes()
    for name, changed, said in [
        ("text.sf2", b"hello", "it is not a SoundFont 2 file"),
        ("cut.sf2", content[:-20], "it is cut off"),
        ("piano.wav", content, "is not a soundfont"),
        ("large.sf2", content + bytes(1_000_000), "the limit is 1 MB"),
    ]:
        path = tmp_path / name
        path.write_bytes(changed)
        with pytest.raises(UserError, match=said) as caught:
            keep_soundfont(path, tmp_path / "soundfonts", MOST)
        assert caught.value.what.count(".") <= 3, "one sentence"
        assert caught.value.what.count("cannot be used") <= 1, "one reason, not one within another"


def test_every_instrument_plays(wheel_soundfont: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert audition(wheel_soundfont) == len(SoundfontFile(wheel_soundfont).presets)
    monkeypatch.setattr(place, "_ENOUGH_S", -1.0)
    assert audition(wheel_soundfont) == 0


def test_numbers_beyond_all_measure_cost_no_memory(tmp_path: Path) -> None:
    """A sample rate of four gigahertz, ten octaves up, in a loop of one sample."""
    path = write_soundfont(tmp_path / "a.sf2", generators=[(54, 1), (51, 120), (56, 1200)])
    content = bytearray(path.read_bytes())
    header = content.index(b"shdr") + 8 + 20
    content[header + 8 : header + 20] = b"".join(
        each.to_bytes(4, "little") for each in (100, 101, 2**32 - 1)
    )
    path.write_bytes(content)
    assert audition(path) == 1


def test_an_instrument_of_endless_zones_is_refused(tmp_path: Path) -> None:
    generators = [(58, 60)] * 1_500
    path = write_soundfont(tmp_path / "a.sf2", generators=generators)
    with pytest.raises(SoundfontError, match="more than 1,000 settings"):
        SoundfontFile(path).regions((0, 0))
