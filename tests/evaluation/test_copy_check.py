"""The copy check finds what was planted, and nothing else."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from symusic import Note, Score, TimeSignature, Track

from midigen.config import Config
from midigen.corpus.prepare import prepare, store_folder
from midigen.corpus.store import TokenStore
from midigen.errors import UserError
from midigen.evaluation import copy_check
from midigen.evaluation.copy_check import (
    FINGERPRINTS,
    SHORTEST,
    Baseline,
    CopyIndex,
    fingerprints_of,
    open_index,
    steps_of,
)

QUARTER = 480
Line = list[tuple[int, int]]  # sixteenth and pitch of each note


def random_line(seed: int, n: int) -> Line:
    """A melody that has no passage in common with one of another seed."""
    chance = random.Random(seed)
    return [(2 * i + chance.randint(0, 1), chance.randint(40, 90)) for i in range(n)]


def moved(line: Line, sixteenths: int, semitones: int) -> Line:
    return [(at + sixteenths, pitch + semitones) for at, pitch in line]


def score_of(line: Line) -> Score:
    score = Score(QUARTER)
    score.time_signatures = [TimeSignature(0, 4, 4)]
    track = Track()
    for at, pitch in line:
        track.notes.append(Note(at * QUARTER // 4, 60, pitch, 80))
    score.tracks = [track]
    return score


def index_of(*lines: Line) -> CopyIndex:
    prints = [fingerprints_of(steps_of(score_of(line))) for line in lines]
    return CopyIndex([f"piece-{i}.mid" for i in range(len(lines))], prints)


def test_steps_are_intervals_and_times_whatever_the_key_and_loudness() -> None:
    line = random_line(1, 30)
    there = score_of(moved(line, 0, 5))
    for note in there.tracks[0].notes:
        note.velocity = 30
    np.testing.assert_array_equal(steps_of(score_of(line)), steps_of(there))
    assert len(steps_of(score_of(line))) == 29
    later = moved(line[15:], 1, 0)
    assert not np.array_equal(steps_of(score_of(line[:15] + later)), steps_of(score_of(line)))


@pytest.mark.parametrize("shift", [-7, 0, 3])
def test_a_planted_passage_is_found_with_its_length_and_place(shift: int) -> None:
    lines = [random_line(seed, 200) for seed in range(5)]
    copied = lines[3][50:90]
    begin = copied[0][0]
    piece = (
        random_line(77, 100)
        + moved(copied, 208 - begin, shift)
        + moved(random_line(78, 60), 320, 0)
    )
    run = index_of(*lines).longest_run(score_of(piece))
    assert run.file == "piece-3.mid"
    assert (run.start, run.end, run.n_notes) == (100, 140, 40)
    assert run.start_bar == 208 // 16 + 1
    assert run.n_piece == 200
    assert run.share == pytest.approx(0.2)


def test_a_whole_copy_is_one_run() -> None:
    lines = [random_line(seed, 120) for seed in range(3)]
    run = index_of(*lines).longest_run(score_of(lines[1]))
    assert (run.n_notes, run.share, run.file) == (120, 1.0, "piece-1.mid")


def test_unrelated_pieces_share_nothing() -> None:
    run = index_of(*(random_line(seed, 300) for seed in range(5))).longest_run(
        score_of(random_line(99, 300))
    )
    assert (run.n_notes, run.file) == (0, "")


def test_a_run_does_not_reach_from_one_training_piece_into_the_next() -> None:
    one, other = random_line(1, 20), random_line(2, 20)
    piece = one[5:] + moved(other, one[-1][0] + 2, 0)
    run = index_of(one, other).longest_run(score_of(piece))
    assert run.n_notes == 20


def test_a_repeated_figure_alone_is_no_copy() -> None:
    alberti = [(i, (60, 67, 64, 67)[i % 4]) for i in range(200)]
    assert index_of(alberti).longest_run(score_of(alberti)).n_notes == 0


def test_a_passage_with_a_figure_in_it_is_found_whole() -> None:
    figure = [(i, (60, 67, 64, 67)[i % 4]) for i in range(24)]
    line = figure + moved(random_line(5, 12), 26, 0)
    run = index_of(line).longest_run(score_of(line + moved(random_line(6, 40), 100, 0)))
    assert run.n_notes == 36


@pytest.mark.parametrize("n_notes", [1, 2, SHORTEST, SHORTEST + 1])
def test_very_short_pieces_are_checked_too(n_notes: int) -> None:
    line = random_line(3, n_notes)
    run = index_of(random_line(3, 50)).longest_run(score_of(line))
    assert run.n_notes in (0, n_notes)
    assert run.n_piece == n_notes


def test_a_piece_that_repeats_a_shared_run_is_no_trouble() -> None:
    """The training piece may hold a longer chain of seeds than the piece has notes."""
    bar = random_line(8, 12)
    often = [note for i in range(8) for note in moved(bar, 26 * i, 0)]
    run = index_of(often).longest_run(score_of(often[:14]))
    assert run.n_notes == 14


def longest_by_hand(piece: np.ndarray, others: list[np.ndarray]) -> int:
    """Steps of the longest shared run that is no figure, by comparing everything."""
    best = 0
    for other in others:
        ends = np.zeros(len(other) + 1, dtype=int)
        for i, step in enumerate(piece):
            before = ends.copy()
            ends[1:] = np.where(other == step, before[:-1] + 1, 0)
            length = int(ends.max())
            if length > best and len(np.unique(piece[i + 1 - length : i + 1])) >= 6:
                best = length
    return best if best >= SHORTEST else 0


@pytest.mark.parametrize("seed", range(8))
def test_it_finds_what_a_full_comparison_finds(seed: int) -> None:
    """Music of few different steps, in which short runs are shared everywhere."""
    chance = random.Random(seed)
    scale = (60, 62, 64, 65, 67)
    lines = [[(2 * i, chance.choice(scale)) for i in range(400)] for _ in range(4)]
    *others, piece = (steps_of(score_of(line)) for line in lines)
    run = index_of(*lines[:-1]).longest_run(score_of(lines[-1]))
    assert max(0, run.n_notes - 1) == longest_by_hand(piece, others)


def test_an_index_is_read_back_and_holds_no_music(tmp_path: Path) -> None:
    lines = [random_line(seed, 60) for seed in range(3)] + [random_line(9, 3)]
    index_of(*lines).save(tmp_path / FINGERPRINTS)
    again = CopyIndex.load(tmp_path / FINGERPRINTS)
    assert again.longest_run(score_of(lines[1])).file == "piece-1.mid"
    with np.load(tmp_path / FINGERPRINTS) as content:
        assert set(content) == {"hashes", "lengths", "files"}
    with pytest.raises(UserError, match="cannot be read"):
        CopyIndex.load(tmp_path / "nowhere.npz")


def test_the_baseline_tells_median_and_95th_percentile() -> None:
    found = Baseline(tuple(range(101)))
    assert (found.median, found.percentile_95) == (50, 95)


@pytest.fixture
def store(tmp_path: Path, midi_folder: Path, config: Config) -> TokenStore:
    return prepare(
        midi_folder, store_folder(tmp_path / "tokens", "set", midi_folder, config), config
    )


def test_a_store_finds_its_own_pieces_and_keeps_what_it_counted(
    store: TokenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    piece = store.of("train")[2]
    score = store.tokenizer.decode(store.ids(piece))
    first = open_index(store).longest_run(score)
    assert first.n_notes == piece.n_notes
    monkeypatch.setattr(copy_check, "steps_of", None)  # it is not called again
    cached = open_index(store)
    monkeypatch.undo()
    assert cached.longest_run(score) == first


def test_a_damaged_cache_is_made_anew(store: TokenStore) -> None:
    score = store.tokenizer.decode(store.ids(store.of("train")[0]))
    wanted = open_index(store).longest_run(score)
    (store.folder / FINGERPRINTS).write_bytes(b"PK not a zip")
    assert open_index(store).longest_run(score) == wanted
