"""Density as a style: each bar says how full it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from symusic import Note, Score, TimeSignature, Track

from midigen.config import DENSITIES, Config, GenerationRequest, TokenizerConfig
from midigen.config_file import apply_overrides
from midigen.corpus.densities import density_borders, in_densities, notes_of_bars
from midigen.corpus.prepare import prepare, store_folder
from midigen.music.tokenizer import ScoreTokenizer
from midigen.studio import Studio
from tests.conftest import TICKS

TOKENIZER = ScoreTokenizer(TokenizerConfig(styles="density"))


def bars_of(*n_notes: int) -> np.ndarray:
    """Ids of a piece whose bars hold so many notes."""
    score = Score(TICKS)
    score.time_signatures = [TimeSignature(0, 4, 4)]
    track = Track(program=0)
    for bar, n in enumerate(n_notes):
        for i in range(n):
            track.notes.append(Note(4 * bar * TICKS, TICKS, 60 + i, 80))
    score.tracks = [track]
    return TOKENIZER.encode(score)


def said(ids: np.ndarray) -> list[str]:
    return [TOKENIZER.vocabulary[each] for each in ids[TOKENIZER.is_bar[ids]]]


def test_notes_are_counted_bar_by_bar() -> None:
    assert notes_of_bars(TOKENIZER, bars_of(1, 4, 0, 2)).tolist() == [1, 4, 0, 2]
    assert notes_of_bars(TOKENIZER, np.zeros(0, np.uint16)).tolist() == []


def test_bars_are_parted_in_three_equal_shares() -> None:
    borders = density_borders(TOKENIZER, [bars_of(1, 2, 3), bars_of(4, 5, 6, 7, 8, 9)])
    spelled = in_densities(TOKENIZER, bars_of(9, 1, 4, 6, 7), borders)
    assert said(spelled) == ["Bar_dense", "Bar_sparse", "Bar_medium", "Bar_medium", "Bar_dense"]
    assert TOKENIZER.decode(spelled).note_num() == 27


def test_a_store_spells_it_and_a_model_can_be_asked_for_it(
    studio: Studio, midi_folder: Path, tmp_path: Path
) -> None:
    config = apply_overrides(studio.config, ["tokenizer.styles=density"])
    place = store_folder(tmp_path / "tokens", "s", midi_folder, config)
    store = prepare(midi_folder, place, config)
    bars = [bar for piece in store.of("train") for bar in said(store.ids(piece))]
    assert set(bars) <= {f"Bar_{name}" for name in DENSITIES}
    assert len(set(bars)) > 1
    asked = Studio(config, studio.workspace)
    asked.import_dataset(str(midi_folder))
    for _ in asked.train("dense", "my-midi"):
        pass
    assert asked.styles("dense") == DENSITIES
    piece = asked.compose("dense", GenerationRequest(seed=1, gen_length=60, style="dense"))
    assert piece.score.note_num() > 0
    strong = replace(piece.request, style_strength=8.0)
    again = asked.compose("dense", strong)
    assert again.score.note_num() == piece.score.note_num(), "it is followed as it was learned"


def test_without_music_there_are_no_borders_to_find() -> None:
    assert density_borders(TOKENIZER, []).tolist() == [0, 0]
    assert Config().tokenizer.styles == "folders"
