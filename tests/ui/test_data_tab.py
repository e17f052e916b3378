from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from midigen import jobs
from midigen.state_file import StateFile
from midigen.studio import Studio
from midigen.ui import texts
from midigen.ui.data_tab import DataTab, Seen, suggested_name
from midigen.ui.language import speaking
from tests.conftest import make_score


@pytest.fixture
def tab(studio: Studio) -> DataTab:
    with gr.Blocks():
        return DataTab(studio)


@pytest.fixture
def imports(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What would have been started."""
    started: list[Any] = []
    monkeypatch.setattr(jobs, "start_import", lambda _studio, *args: started.append(args))
    monkeypatch.setattr(jobs, "start_upload", lambda _studio, *args: started.append(args))
    return started


@pytest.fixture
def having(tab: DataTab, midi_folder: Path) -> DataTab:
    """A tab with a data set of twelve pieces, a broken file and a text."""
    (midi_folder / "broken.mid").write_bytes(b"MThd broken")
    (midi_folder / "notes.mid").write_bytes(b"not MIDI")
    tab.studio.import_dataset(str(midi_folder))
    tab.studio.prepare("my-midi")
    return tab


def write_job(studio: Studio, **status: Any) -> None:
    folder = studio.workspace.jobs / "20260101-000000-abcdef"
    StateFile(folder).write(status)


def test_each_of_the_three_ways_starts_an_import(tab: DataTab, imports: list[Any]) -> None:
    tab.import_chorales()
    tab.import_from_kaggle(" owner/name ")
    tab.import_upload(["/cache/a.mid", "/cache/b.mid"], "mine")
    files = [Path("/cache/a.mid"), Path("/cache/b.mid")]
    assert imports == [("bach-chorales",), ("owner/name",), (files, "mine")]


@pytest.mark.parametrize("handle", ["", "owner", "/etc", "../owner/name", "<img src=x>", "C:\\x"])
def test_the_kaggle_box_takes_no_paths(tab: DataTab, imports: list[Any], handle: str) -> None:
    with pytest.raises(gr.Error, match="no Kaggle data set"):
        tab.import_from_kaggle(handle)
    assert imports == []


@pytest.mark.parametrize(
    ("files", "name"),
    [([], "mine"), (None, ""), (["/cache/a.mid"], "../outside"), (["/cache/a.mid"], "a/b")],
)
def test_an_upload_without_files_or_with_a_path_as_name_is_refused(
    tab: DataTab, imports: list[Any], files: list[str] | None, name: str
) -> None:
    with pytest.raises(gr.Error):
        tab.import_upload(files, name)
    assert imports == []


def test_an_upload_gets_a_name() -> None:
    assert suggested_name(["/cache/My Études.zip"]) == "My-tudes"
    assert suggested_name(["/cache/a.mid", "/cache/b.mid"]) == "my-music"


def test_an_import_is_shown_while_it_runs(tab: DataTab) -> None:
    job = tab.studio.workspace.jobs / "20260101-000000-abcdef"
    with StateFile(job).held("This import"):
        write_job(tab.studio, state="running", what="Reading MIDI", done=3, total=12)
        news = tab.look(Seen(), None, texts.LEFT_OUT)
    assert "Reading MIDI: 3 of 12" in news[tab.progress]
    assert news[tab.cancel].visible
    assert not news[tab.get_upload].interactive


def test_how_an_import_ended_is_shown(tab: DataTab) -> None:
    write_job(tab.studio, state="failed", message="Kaggle <cannot> be reached.")
    news = tab.look(Seen(), None, texts.LEFT_OUT)
    assert "Kaggle &lt;cannot&gt; be reached." in news[tab.progress]
    assert news[tab.get_upload].interactive
    assert tab.look(news[tab.seen], None, texts.LEFT_OUT) == gr.skip()


def test_no_folder_of_the_machine_is_in_it(tab: DataTab) -> None:
    said = "There is no MIDI to take in '/home/anna/midigen/upload/etudes.zip'.\nIt is empty."
    write_job(tab.studio, state="failed", message=said)
    shown = tab.look(Seen(), None, texts.LEFT_OUT)[tab.progress]
    assert "…/etudes.zip" in shown
    assert "anna" not in shown
    with speaking("ru"):
        shown = tab.look(Seen(), None, texts.LEFT_OUT)[tab.progress]
    assert "нет подходящих MIDI" in shown


def test_the_set_that_was_just_imported_is_chosen(having: DataTab) -> None:
    seen = Seen(job=("20260101-000000-abcdef", "running"), sets=())
    write_job(having.studio, state="finished", dataset="my-midi")
    assert having.look(seen, None, texts.LEFT_OUT)[having.chosen].value == "my-midi"


def test_kept_and_left_out_files_are_listed_with_reasons(having: DataTab) -> None:
    left_out = having.show("my-midi", texts.LEFT_OUT)[having.files_of_set.table]
    kept = having.show("my-midi", texts.KEPT)[having.files_of_set.table]
    assert left_out.count("<tr>") == 1 + 2
    assert "broken.mid" in left_out
    assert "no MIDI inside" in left_out
    assert kept.count("<tr>") == 1 + 12
    assert "johann/piece-00.mid" in kept


def test_the_summary_counts(having: DataTab) -> None:
    summary = having.show("my-midi", texts.LEFT_OUT)[having.summary]
    for fact in ("<dd>12</dd>", "<dd>2</dd>", "your own files (my-midi)"):
        assert fact in summary


def test_a_set_that_nobody_looked_through_can_be_prepared_here(
    tab: DataTab, midi_folder: Path
) -> None:
    tab.studio.import_dataset(str(midi_folder))
    shown = tab.show("my-midi", texts.LEFT_OUT)
    assert shown[tab.prepare].visible
    assert texts.NOT_PREPARED in shown[tab.summary]
    assert "12 of 12 files kept" in tab.look_through("my-midi")
    assert not tab.show("my-midi", texts.LEFT_OUT)[tab.prepare].visible


def test_deleting_takes_a_question_and_only_knows_data_sets(having: DataTab) -> None:
    row, question, asked = having.ask("my-midi")
    assert row.visible
    assert "my-midi" in question
    assert asked == "my-midi"
    with pytest.raises(gr.Error, match="no data set named"):
        having.delete_set("../models")
    having.delete_set("my-midi")
    assert having.studio.datasets() == []


def test_a_set_is_not_deleted_while_a_training_reads_it(having: DataTab) -> None:
    run = having.studio.workspace.run_folder("learning")
    with StateFile(run).held("This run"):
        StateFile(run).write({"state": "running", "dataset": "my-midi"})
        with pytest.raises(gr.Error, match="is training on"):
            having.delete_set("my-midi")
        assert having.studio.report("my-midi") is not None
    having.delete_set("my-midi")
    assert having.studio.datasets() == []


def test_a_set_is_not_deleted_while_it_is_imported(having: DataTab) -> None:
    job = having.studio.workspace.jobs / "20260101-000000-abcdef"
    with StateFile(job).held("This import"):
        write_job(having.studio, state="running", dataset="my-midi")
        with pytest.raises(gr.Error, match="is being imported"):
            having.delete_set("my-midi")
    assert having.studio.datasets()


def test_what_another_visitor_has_deleted_is_gone(having: DataTab) -> None:
    _, _, asked = having.ask("my-midi")
    having.delete_set("my-midi")
    with pytest.raises(gr.Error, match="no data set named"):
        having.delete_set(asked)


def test_a_set_of_one_piece_says_what_to_do_and_cannot_be_trained_on(
    tab: DataTab, tmp_path: Path
) -> None:
    (tmp_path / "one").mkdir()
    make_score().dump_midi(tmp_path / "one" / "piece.mid")
    (tmp_path / "one" / "broken.mid").write_bytes(b"MThd broken")
    tab.studio.import_dataset(str(tmp_path / "one"))
    with pytest.raises(gr.Error, match="Pieces that can be used: 1"):
        tab.look_through("one")
    shown = tab.show("one", texts.LEFT_OUT)
    assert texts.ONE_PIECE in shown[tab.summary]
    assert "broken.mid" in shown[tab.files_of_set.table]
    assert not shown[tab.to_train].interactive
    assert not shown[tab.to_finetune].interactive
    assert not shown[tab.prepare].visible


def test_looking_through_a_set_draws_it(tab: DataTab, midi_folder: Path) -> None:
    tab.studio.import_dataset(str(midi_folder))
    tab.look_through("my-midi")
    shown = tab.show("my-midi", texts.LEFT_OUT)
    assert shown[tab.summary].count("<figure") == 5
    assert shown[tab.to_train].interactive


def test_what_was_prepared_without_a_survey_can_be_looked_through(having: DataTab) -> None:
    assert having.show("my-midi", texts.LEFT_OUT)[having.prepare].visible
    having.look_through("my-midi")
    assert not having.show("my-midi", texts.LEFT_OUT)[having.prepare].visible
