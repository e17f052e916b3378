from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from midigen.studio import Studio
from midigen.ui import file_panel, texts
from midigen.ui.file_panel import FilePanel
from tests.conftest import make_score
from tests.corpus.test_survey import free_score


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "cache"))


@pytest.fixture
def panel(studio: Studio, midi_folder: Path) -> FilePanel:
    """Twelve pieces, one played freely, one double, one damaged, one that is no MIDI."""
    free_score().dump_midi(midi_folder / "played.mid")
    make_score(seed=0).dump_midi(midi_folder / "z-&copy.mid")
    (midi_folder / "broken.mid").write_bytes(b"MThd broken")
    (midi_folder / "text.mid").write_bytes(b"no MIDI")
    studio.import_dataset(str(midi_folder))
    studio.prepare("my-midi")
    studio.survey("my-midi")
    with gr.Blocks():
        return FilePanel(studio)


def table(panel: FilePanel, shown: str) -> str:
    (dataset,) = panel.studio.datasets()
    name = dataset.name
    report, survey = panel.studio.report(name), panel.studio.known_survey(name)
    return str(panel.show(dataset, report, survey, shown)[panel.table])


def press(panel: FilePanel, file: Any) -> Any:
    event: Any = SimpleNamespace(_data={"file": file})
    return panel.listen("my-midi", event)[panel.deck.player]


@pytest.mark.parametrize(
    ("shown", "n_rows"),
    [
        (texts.LEFT_OUT, 3),
        (texts.DOUBLES, 1),
        (texts.OFF_THE_GRID, 1),
        (texts.KEPT, 13),
        ("all", 16),
    ],
)
def test_the_table_is_sifted(panel: FilePanel, shown: str, n_rows: int) -> None:
    assert table(panel, shown).count("<tr>") == 1 + n_rows
    assert shown == "all" or shown in texts.FILTERS


def test_a_double_names_the_file_that_it_doubles(panel: FilePanel) -> None:
    assert "it is the same music as johann/piece-00.mid" in table(panel, texts.DOUBLES)


def test_free_playing_is_marked_with_its_share(panel: FilePanel) -> None:
    shown = table(panel, texts.OFF_THE_GRID)
    assert "played.mid" in shown
    assert "free playing: 5" in shown
    assert "50% by chance" in shown
    assert "free playing" not in table(panel, texts.KEPT).replace(shown, "").split("played.mid")[0]


def test_files_that_were_taken_in_have_a_button_and_others_none(panel: FilePanel) -> None:
    left_out = table(panel, texts.LEFT_OUT)
    assert left_out.count("<button") == 2
    assert 'data-file="text.mid"' not in left_out
    assert 'data-file="z-&amp;copy.mid"' in left_out


@pytest.mark.parametrize("file", ["johann/piece-00.mid", "z-&copy.mid", "played.mid"])
def test_any_file_that_can_be_read_is_played(panel: FilePanel, file: str) -> None:
    shown = press(panel, file)
    assert shown["title"] == file
    assert shown["roll"]["duration"] > 1
    assert [each["label"] for each in shown["downloads"]] == ["MIDI", "WAV", "MP3"]


def test_a_damaged_file_says_why_it_cannot_be_played(panel: FilePanel) -> None:
    with pytest.raises(gr.Error, match="cannot be played: it is damaged"):
        press(panel, "broken.mid")


@pytest.mark.parametrize("file", ["../../outside.mid", "/etc/passwd", "dataset.json", "", None, 3])
def test_only_files_of_the_set_are_played(panel: FilePanel, file: Any) -> None:
    with pytest.raises(gr.Error, match="There is no file"):
        press(panel, file)


def test_of_a_long_file_the_opening_is_played(
    panel: FilePanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two bars of four quarters at 96 a minute last 5 seconds."""
    monkeypatch.setattr(file_panel, "LONGEST_S", 4.0)
    shown = press(panel, "johann/piece-00.mid")
    assert shown["details"].startswith("The first 5 s.")
    assert shown["roll"]["duration"] == pytest.approx(5, abs=0.1)


def test_of_another_set_nothing_is_played(panel: FilePanel) -> None:
    with pytest.raises(gr.Error, match="no data set named"):
        panel.listen("../models", SimpleNamespace(_data={"file": "a.mid"}))  # type: ignore[arg-type]
