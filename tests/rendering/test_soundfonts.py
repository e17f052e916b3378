from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from midigen.config import RenderingConfig
from midigen.errors import UserError
from midigen.rendering import soundfonts
from midigen.rendering.soundfonts import find_soundfont, is_soundfont, list_soundfonts
from tests.rendering.conftest import write_soundfont

AUTO = RenderingConfig()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "soundfonts"


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "system"
    path.mkdir()
    monkeypatch.setattr(soundfonts, "SYSTEM_FOLDERS", (path,))
    return path


def test_the_users_choice_comes_first(folder: Path, tmp_path: Path) -> None:
    folder.mkdir()
    write_soundfont(folder / "a.sf2")
    mine = write_soundfont(tmp_path / "mine.sf2")
    assert find_soundfont(RenderingConfig(soundfont=str(mine)), folder) == mine


@pytest.mark.parametrize("wish", ["b.sf2", "b"])
def test_a_choice_may_be_a_name(folder: Path, wish: str) -> None:
    folder.mkdir()
    write_soundfont(folder / "a.sf2")
    wanted = write_soundfont(folder / "b.sf2")
    assert find_soundfont(RenderingConfig(soundfont=wish), folder) == wanted


def test_the_folder_comes_before_the_system_and_the_system_before_the_wheel(
    folder: Path, system: Path, wheel_soundfont: Path
) -> None:
    assert find_soundfont(AUTO, folder) == wheel_soundfont
    installed = write_soundfont(system / "installed.sf2")
    assert find_soundfont(AUTO, folder) == installed
    folder.mkdir()
    dropped = write_soundfont(folder / "Dropped.SF2")
    assert find_soundfont(AUTO, folder) == dropped
    assert list_soundfonts(folder) == [dropped, installed, wheel_soundfont]


def test_better_ones_come_before_names(system: Path, folder: Path) -> None:
    for name in ("a.sf2", "FluidR3_GM.sf2", "MuseScore_General.sf3"):
        write_soundfont(system / name)
    names = [path.name for path in list_soundfonts(folder)]
    assert names[:3] == ["MuseScore_General.sf3", "FluidR3_GM.sf2", "a.sf2"]


def test_a_missing_choice_names_what_there_is(folder: Path, system: Path) -> None:
    write_soundfont(system / "installed.sf2")
    with pytest.raises(UserError, match=r"no soundfont grand\.sf2.*installed\.sf2"):
        find_soundfont(RenderingConfig(soundfont="grand.sf2"), folder)


def test_a_dropped_file_that_is_no_soundfont_is_not_passed_over(folder: Path) -> None:
    folder.mkdir()
    (folder / "a.sf2").write_text("<html>404</html>")
    with pytest.raises(UserError, match=r"a\.sf2 is not a soundfont"):
        find_soundfont(AUTO, folder)


def test_a_broken_one_of_the_system_is_passed_over(
    folder: Path, system: Path, wheel_soundfont: Path
) -> None:
    (system / "a.sf2").write_bytes(b"")
    assert find_soundfont(AUTO, folder) == wheel_soundfont


def test_none_at_all_says_what_to_do(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(soundfonts, "_WHEEL", "a_package_that_nobody_has")
    with pytest.raises(UserError, match="pip install pretty_midi"):
        find_soundfont(AUTO, folder)


def test_the_header_tells_a_soundfont(tmp_path: Path, sine: Path) -> None:
    other = tmp_path / "sound.wav"
    other.write_bytes(b"RIFF\0\0\0\0WAVE")
    assert is_soundfont(sine)
    assert not is_soundfont(other)
    assert not is_soundfont(tmp_path)


def test_the_wheel_is_found_without_importing_it(wheel_soundfont: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from midigen.config import RenderingConfig;"
        "from midigen.rendering.soundfonts import find_soundfont;"
        "find_soundfont(RenderingConfig(), Path('none')); assert 'pretty_midi' not in sys.modules"
    )
    root = Path(__file__).parent.parent.parent
    assert wheel_soundfont.is_file()
    subprocess.run([sys.executable, "-c", code], check=True, cwd=root, timeout=60)
