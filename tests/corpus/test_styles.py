from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from midigen.config import Config, TokenizerConfig
from midigen.config_file import apply_overrides
from midigen.corpus.batches import TrainingBatches
from midigen.corpus.prepare import prepare, store_folder
from midigen.corpus.store import TokenStore
from midigen.corpus.styles import folder_styles, with_styles


def prepared(folder: Path, tmp_path: Path, config: Config) -> TokenStore:
    return prepare(folder, store_folder(tmp_path / "tokens", "set", folder, config), config)


@pytest.mark.parametrize(
    ("files", "styles"),
    [
        (["Bach,_Johann/a.mid", "Liszt/b.mid"], ["Bach Johann", "Liszt"]),
        (["all/Bach/op1/a.mid", "all/Liszt/b.mid"], ["Bach", "Liszt"]),
        (["Bach/a.mid", "loose.mid"], ["Bach", ""]),
        (["Bach/a.mid", "Bach/b.mid"], ["", ""]),
        (["a.mid", "b.mid"], ["", ""]),
        ([], []),
    ],
)
def test_the_style_is_the_folder_that_tells_pieces_apart(
    files: list[str], styles: list[str]
) -> None:
    assert folder_styles(files) == dict(zip(files, styles, strict=True))


def test_a_style_needs_enough_pieces_to_learn_from() -> None:
    files = [f"Bach/{i}.mid" for i in range(5)] + [f"Liszt/{i}.mid" for i in range(5)]
    splits = dict.fromkeys(files, "train") | dict.fromkeys(files[8:], "validation")
    known = with_styles(TokenizerConfig(), folder_styles(files), splits)  # type: ignore[arg-type]
    assert known.styles == "Bach"
    named = TokenizerConfig(styles="Liszt,Ravel")
    assert with_styles(named, folder_styles(files), splits) == named  # type: ignore[arg-type]


def test_a_store_spells_the_style_of_every_piece_in_its_bars(
    tmp_path: Path, midi_folder: Path, config: Config
) -> None:
    store = prepared(midi_folder, tmp_path, config)
    tokenizer = store.tokenizer
    assert tokenizer.styles == ("anna", "johann")
    for piece in store.pieces:
        assert piece.style == piece.file.split("/")[0]
        bars = store.ids(piece)[tokenizer.is_bar[store.ids(piece)]]
        assert set(bars.tolist()) == {tokenizer.bar(piece.style)}


def test_without_styles_the_alphabet_has_none(
    tmp_path: Path, midi_folder: Path, config: Config
) -> None:
    store = prepared(midi_folder, tmp_path, apply_overrides(config, ["tokenizer.styles=null"]))
    assert store.tokenizer.styles == ()
    assert store.tokenizer.is_bar.sum() == 1


def test_some_pieces_are_read_without_their_style(
    tmp_path: Path, midi_folder: Path, config: Config
) -> None:
    store = prepared(midi_folder, tmp_path, config)
    n_plain = 0
    batches = TrainingBatches(store, 1, 10_000, seed=1, styleless=0.25)
    for _ in range(400):
        read = batches.next().inputs[0].numpy()
        bars = np.unique(read[store.tokenizer.is_bar[read]])
        assert len(bars) == 1
        n_plain += int(bars[0]) == store.tokenizer.bar()
    assert 70 <= n_plain <= 130
