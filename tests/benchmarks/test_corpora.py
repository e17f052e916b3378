from __future__ import annotations

from pathlib import Path

import pytest
from symusic import Score

from benchmarks.corpora import FOLDER, corpus, write_many
from midigen.config import TokenizerConfig
from midigen.music.tokenizer import ScoreTokenizer
from tests.conftest import make_score


def test_many_files_are_all_different_music(tmp_path: Path) -> None:
    write_many(tmp_path, 40, [make_score(seed=i) for i in range(3)])
    tokenizer = ScoreTokenizer(TokenizerConfig())
    files = sorted(tmp_path.rglob("*.mid"))
    assert len(files) == 40
    assert len({tokenizer.encode(Score(file)).tobytes() for file in files}) == 40


def test_a_folder_of_ones_own_is_measured_as_a_whole(
    tmp_path: Path, midi_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FOLDER, str(midi_folder))
    files, what = corpus(tmp_path / "music", 4)
    assert what == "4 files of my-midi"
    wanted = [path for i, path in enumerate(sorted(midi_folder.rglob("*.mid"))) if i % 3 == 0]
    assert [file.read_bytes() for file in files] == [path.read_bytes() for path in wanted]


def test_chorales_bound_in_a_book_keep_all_their_notes(tmp_path: Path) -> None:
    (book,), _ = corpus(tmp_path / "music", 1)
    assert Score(book).note_num() > 2000
