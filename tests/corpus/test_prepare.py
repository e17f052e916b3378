from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from midigen.config import Config
from midigen.config_file import apply_overrides
from midigen.corpus.prepare import midi_files, prepare, store_folder
from midigen.corpus.readings import Readings
from midigen.corpus.store import TokenStore, open_store, read_report
from midigen.errors import UserError
from midigen.music.key import estimate_key
from midigen.progress import silent
from tests.conftest import make_score


def prepared(folder: Path, tmp_path: Path, config: Config) -> TokenStore:
    return prepare(folder, store_folder(tmp_path / "tokens", "set", folder, config), config)


def test_every_piece_is_stored_whole_between_bos_and_eos(
    tmp_path: Path, midi_folder: Path, config: Config
) -> None:
    store = prepared(midi_folder, tmp_path, config)
    assert len(store.pieces) == 12
    assert store.tokens.dtype == np.uint16
    for piece in store.pieces:
        ids = store.ids(piece)
        assert (ids[0], ids[-1]) == (store.tokenizer.bos_id, store.tokenizer.eos_id)
        assert store.tokenizer.is_pitch[ids].sum() == piece.n_notes
        assert not np.isin(ids[1:-1], [store.tokenizer.bos_id, store.tokenizer.eos_id]).any()


def test_normalising_brings_every_piece_to_its_natural_key(
    tmp_path: Path, midi_folder: Path, config: Config
) -> None:
    store = prepared(midi_folder, tmp_path, config)
    assert {piece.key for piece in store.pieces} > {"C major"}
    for piece in store.pieces:
        key = estimate_key(store.tokenizer.decode(store.ids(piece)))
        assert str(key) in ("C major", "A minor")


def test_without_key_handling_pitches_stay_as_written(
    tmp_path: Path, midi_folder: Path, config: Config
) -> None:
    as_written = apply_overrides(config, ["preprocessing.key_handling=none"])
    store = prepared(midi_folder, tmp_path, as_written)
    keys = {str(estimate_key(store.tokenizer.decode(store.ids(p)))) for p in store.pieces}
    assert keys == {piece.key for piece in store.pieces}


def test_the_report_names_every_file_with_its_verdict(
    tmp_path: Path, midi_folder: Path, config: Config
) -> None:
    (midi_folder / "broken.mid").write_bytes(b"MThd nonsense")
    (midi_folder / "text.MID").write_text("not music")
    (midi_folder / "notes.txt").write_text("no MIDI at all")
    make_score(seed=0).dump_midi(midi_folder / "z-copy.midi")
    make_score(seed=99, n_bars=1).dump_midi(midi_folder / "tiny.mid")
    report = prepared(midi_folder, tmp_path, config).report()
    assert [each.file for each in report.files] == midi_files(midi_folder)
    reasons = {each.file: each.reason for each in report.left_out}
    assert set(reasons) == {"broken.mid", "text.MID", "z-copy.midi", "tiny.mid"}
    assert "damaged" in reasons["broken.mid"]
    assert "not a MIDI file" in reasons["text.MID"]
    assert reasons["z-copy.midi"] == "it is the same music as johann/piece-00.mid"
    assert "notes; wanted are 16" in reasons["tiny.mid"]
    assert "12 of 16 files kept" in report.summary()
    doubles = {each.file: each.double_of for each in report.doubles}
    assert doubles == {"z-copy.midi": "johann/piece-00.mid"}


def test_the_split_is_by_piece_and_comes_from_the_seed(
    tmp_path: Path, midi_folder: Path, config: Config
) -> None:
    def split(seed: int) -> dict[str, str]:
        settings = apply_overrides(config, [f"preprocessing.seed={seed}"])
        return {p.file: p.split for p in prepared(midi_folder, tmp_path, settings).pieces}

    assert split(1) == split(1)
    assert split(1) != split(2)
    assert sorted(split(1).values()) == ["train"] * 10 + ["validation"] * 2


def test_a_table_decides_the_split_where_it_is_given(
    tmp_path: Path, midi_folder: Path, config: Config
) -> None:
    table = tmp_path / "split.csv"
    rows = ["johann/piece-00.mid,train", "anna/piece-01.mid,val", "anna/piece-03.mid,test"]
    table.write_text("file,split\n" + "\n".join(rows))
    settings = replace(config, preprocessing=replace(config.preprocessing, split_csv=str(table)))
    store = prepared(midi_folder, tmp_path, settings)
    assert [(p.file, p.split) for p in store.pieces] == [
        ("anna/piece-01.mid", "validation"),
        ("anna/piece-03.mid", "test"),
        ("johann/piece-00.mid", "train"),
    ]
    assert "split table does not name it" in store.report().left_out[0].reason


def test_preparing_again_opens_what_is_there(
    tmp_path: Path, midi_folder: Path, config: Config
) -> None:
    first = prepared(midi_folder, tmp_path, config)
    before = (first.folder / "tokens.bin").stat().st_mtime_ns
    again = prepared(midi_folder, tmp_path, config)
    assert again.folder == first.folder
    assert (again.folder / "tokens.bin").stat().st_mtime_ns == before


def test_new_files_or_settings_give_a_new_store(
    tmp_path: Path, midi_folder: Path, config: Config
) -> None:
    first = prepared(midi_folder, tmp_path, config)
    make_score(seed=77).dump_midi(midi_folder / "new.mid")
    assert len(prepared(midi_folder, tmp_path, config).pieces) == 13
    other = apply_overrides(config, ["tokenizer.velocities=4"])
    assert prepared(midi_folder, tmp_path, other).folder != first.folder


def test_an_interrupted_preparation_goes_on_where_it_was(
    tmp_path: Path, midi_folder: Path, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("midigen.corpus.readings.SHARD_FILES", 4)
    reported: list[int] = []

    def interrupt(done: int, total: int | None, what: str) -> None:
        if done >= 6:
            raise KeyboardInterrupt

    place = store_folder(tmp_path / "tokens", "set", midi_folder, config)
    with pytest.raises(KeyboardInterrupt):
        prepare(midi_folder, place, config, interrupt)
    assert not place.exists()
    prepare(midi_folder, place, config, lambda done, total, what: reported.append(done))
    assert 1 not in reported, "the first shard was read again"
    assert len(open_store(place).pieces) == 12
    assert [each.name for each in place.parent.iterdir()] == [place.name]


@pytest.mark.parametrize(
    ("n_files", "content", "message"),
    [
        (0, b"", "no MIDI files"),
        (3, b"not music", "Files left out: 3: 3 x it is not a MIDI file"),
        (1, bytes(make_score().dumps_midi()), "Pieces that can be used: 1"),
    ],
    ids=["empty", "nonsense", "one piece"],
)
def test_too_little_music_says_so(
    tmp_path: Path, config: Config, n_files: int, content: bytes, message: str
) -> None:
    folder = tmp_path / "few"
    folder.mkdir()
    for i in range(n_files):
        (folder / f"{i}.mid").write_bytes(content)
    with pytest.raises(UserError, match=message):
        prepared(folder, tmp_path, config)


def test_what_became_of_the_files_is_told_also_where_too_little_is_left(
    tmp_path: Path, config: Config
) -> None:
    folder = tmp_path / "few"
    folder.mkdir()
    make_score().dump_midi(folder / "good.mid")
    make_score().dump_midi(folder / "same.mid")
    (folder / "broken.mid").write_bytes(b"MThd nonsense")
    place = store_folder(tmp_path / "tokens", "set", folder, config)
    for _ in range(2):
        with pytest.raises(UserError, match="Pieces that can be used: 1"):
            prepare(folder, place, config)
    report = read_report(place)
    assert [each.kept for each in report.files] == [False, True, False]
    assert not report.is_enough
    assert [each.name for each in place.parent.iterdir()] == [place.name]
    make_score(seed=5).dump_midi(folder / "another.mid")
    assert prepared(folder, tmp_path, config).report().is_enough


def test_a_piece_for_drums_alone_is_left_out_and_says_so(
    tmp_path: Path, midi_folder: Path, config: Config
) -> None:
    drums = make_score(seed=50)
    for track in drums.tracks:
        track.is_drum = True
    drums.dump_midi(midi_folder / "drums.mid")
    (left_out,) = prepared(midi_folder, tmp_path, config).report().left_out
    assert left_out.file == "drums.mid"
    assert left_out.reason.startswith("it holds only drums")


def test_a_store_that_was_cut_short_is_refused(
    tmp_path: Path, midi_folder: Path, config: Config
) -> None:
    store = prepared(midi_folder, tmp_path, config)
    tokens = store.folder / "tokens.bin"
    tokens.write_bytes(tokens.read_bytes()[:-2])
    with pytest.raises(UserError, match="Delete it; it is made anew"):
        open_store(store.folder)


def test_no_more_than_a_shard_of_tokens_is_in_memory_at_a_time(
    tmp_path: Path, midi_folder: Path, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is kept of a file while all are read are facts; ids are taken from disk one by one."""
    monkeypatch.setattr("midigen.corpus.readings.SHARD_FILES", 5)
    files = midi_files(midi_folder)
    readings = Readings(midi_folder, files, tmp_path / "scratch", config)
    table = list(readings.read(silent))
    assert [each.file for each in table] == files
    assert not any(hasattr(each, "ids") for each in table)
    some = files[3:9:2]
    ids = dict(readings.ids(set(some)))
    assert list(ids) == some
    lengths = {each.file: each.n_tokens for each in table}
    assert {file: len(each) for file, each in ids.items()} == {f: lengths[f] for f in some}
    store = prepared(midi_folder, tmp_path, config)
    stored = {piece.file: store.ids(piece) for piece in store.pieces}
    shared = [file for file in some if file in stored]
    plain = [store.tokenizer.in_style(stored[file], "") for file in shared]
    assert all(np.array_equal(ids[f], each) for f, each in zip(shared, plain, strict=True))
    readings.discard()
    assert not (tmp_path / "scratch").exists()
