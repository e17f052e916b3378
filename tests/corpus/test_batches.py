from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
import torch

from midigen.config import Config
from midigen.corpus.batches import IGNORED, Batch, TrainingBatches
from midigen.corpus.prepare import prepare, store_folder
from midigen.corpus.store import TokenStore
from tests.conftest import make_score


@pytest.fixture
def store(tmp_path: Path, midi_folder: Path, config: Config) -> TokenStore:
    return prepare(
        midi_folder, store_folder(tmp_path / "tokens", "set", midi_folder, config), config
    )


def same(a: Batch, b: Batch) -> bool:
    return torch.equal(a.inputs, b.inputs) and torch.equal(a.targets, b.targets)


def test_rows_read_whole_pieces_from_bos_to_eos(store: TokenStore) -> None:
    """Joined along time, each row is pieces end to end, whatever the chunks."""
    batches = TrainingBatches(store, batch_size=3, sequence_length=50, seed=1)
    rows: dict[int, list[list[int]]] = defaultdict(list)
    for _ in range(60):
        batch = batches.next()
        for i in range(3):
            if batch.starts[i]:
                rows[i].append([])
            real = batch.targets[i] != IGNORED
            if batch.starts[i]:
                rows[i][-1].append(int(batch.inputs[i, 0]))
            rows[i][-1] += batch.targets[i][real].tolist()
            assert batch.inputs[i][real][1:].tolist() == batch.targets[i][real][:-1].tolist()
    known = {tuple(store.ids(piece).tolist()) for piece in store.of("train")}
    finished = [piece for pieces in rows.values() for piece in pieces[:-1]]
    assert len(finished) > len(known)
    assert {tuple(piece) for piece in finished} == known


def test_a_pass_takes_every_piece_once_in_a_new_order(store: TokenStore) -> None:
    batches = TrainingBatches(store, batch_size=1, sequence_length=10_000, seed=1)
    n = len(store.of("train"))
    first, second = ([batches.next().n_targets for _ in range(n)] for _ in range(2))
    assert sorted(first) == sorted(second) == sorted(p.length - 1 for p in store.of("train"))
    assert sum(first) == batches.n_tokens


def test_the_state_brings_back_the_same_batches(store: TokenStore) -> None:
    one = TrainingBatches(store, 4, 32, seed=1, transpose_semitones=3)
    for _ in range(7):
        one.next()
    state = one.state()
    wanted = [one.next() for _ in range(20)]
    other = TrainingBatches(store, 4, 32, seed=1, transpose_semitones=3)
    other.load_state(state)
    assert all(same(a, other.next()) for a in wanted)


def test_other_seeds_give_other_batches(store: TokenStore) -> None:
    a, b = (TrainingBatches(store, 4, 32, seed).next() for seed in (1, 2))
    assert not same(a, b)


def test_transposition_moves_whole_pieces_within_the_alphabet(store: TokenStore) -> None:
    pitch = store.tokenizer.midi_pitch
    batches = TrainingBatches(store, 1, 10_000, seed=1, transpose_semitones=4)
    originals = [store.ids(piece)[1:].astype(int) for piece in store.of("train")]
    shifts = set()
    for _ in range(60):
        ids = batches.next().targets[0]
        ids = ids[ids != IGNORED].numpy()
        found = {
            int(moved[0])
            for original in originals
            if len(original) == len(ids)
            and len(
                moved := np.unique(
                    pitch[ids][pitch[ids] >= 0] - pitch[original][pitch[original] >= 0]
                )
            )
            == 1
        }
        assert len(found) == 1, "every note of a piece moves alike"
        shifts |= found
    assert shifts == set(range(-4, 5))


def test_fresh_starts_begin_within_pieces_as_often_as_asked(store: TokenStore) -> None:
    batches = TrainingBatches(store, 4, 32, seed=3, fresh_starts=0.5)
    bos = store.tokenizer.bos_id
    started = [
        int(batch.inputs[i, 0]) == bos
        for batch in (batches.next() for _ in range(200))
        for i in range(4)
        if batch.starts[i]
    ]
    assert len(started) > 100
    assert 0.4 < sum(started) / len(started) < 0.65


def test_fresh_starts_survive_a_resume(store: TokenStore) -> None:
    one = TrainingBatches(store, 4, 32, seed=3, fresh_starts=0.5)
    for _ in range(9):
        one.next()
    other = TrainingBatches(store, 4, 32, seed=3, fresh_starts=0.5)
    other.load_state(one.state())
    for _ in range(20):
        a, b = one.next(), other.next()
        assert same(a, b)
        assert torch.equal(a.starts, b.starts)


def test_readings_of_the_end_alone_are_as_many_as_asked(store: TokenStore) -> None:
    """The pieces here have 8 bars: nothing is shorter than a reading of the end."""
    batches = TrainingBatches(store, 1, 10_000, seed=1, endings=1.0)
    lengths = {piece.length - 1 for piece in store.of("train")}
    assert {batches.next().n_targets for _ in range(20)} <= lengths


def test_a_reading_of_the_end_begins_with_a_bar(
    tmp_path: Path, midi_folder: Path, config: Config
) -> None:
    for i, file in enumerate(sorted(midi_folder.rglob("*.mid"))):
        make_score(seed=i, n_bars=60).dump_midi(file)
    store = prepare(midi_folder, tmp_path / "tokens", config)
    batches = TrainingBatches(store, 1, 10_000, seed=1, endings=0.5)
    n_ends = 0
    for _ in range(200):
        read = batches.next().inputs[0].numpy()
        if read[0] != store.tokenizer.bos_id:
            n_ends += 1
            assert store.tokenizer.is_bar[read[0]]
            assert 9 <= store.tokenizer.is_bar[read].sum() < 24
    assert 70 <= n_ends <= 130
