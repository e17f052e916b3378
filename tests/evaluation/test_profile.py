"""The training pieces' distributions: counted, kept, and read again."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from midigen.config import Config
from midigen.corpus.prepare import prepare, store_folder
from midigen.corpus.store import TokenStore
from midigen.errors import UserError
from midigen.evaluation import profile as profiles
from midigen.evaluation.profile import (
    FILE,
    CorpusProfile,
    likeness,
    open_profile,
    profile_of,
    read_profile,
)
from midigen.evaluation.review import check_piece
from midigen.music.analysis import analyse
from midigen.music.key import Key, estimate_key
from midigen.music.measures import SCALARS, measure
from midigen.music.score import transpose
from tests.conftest import make_score


@pytest.fixture
def store(tmp_path: Path, midi_folder: Path, config: Config) -> TokenStore:
    return prepare(
        midi_folder, store_folder(tmp_path / "tokens", "set", midi_folder, config), config
    )


def test_a_profile_is_the_mean_of_its_pieces_whatever_their_keys() -> None:
    pieces = [make_score(seed=seed) for seed in range(4)]
    key = Key(0, "major")
    found = profile_of([(each, key) for each in pieces])
    assert found.n_pieces == 4
    assert found.measures["polyphony"].mean == pytest.approx(
        np.mean([measure(each).polyphony for each in pieces])
    )
    moved = profile_of([(transpose(each, 3), Key(3, "major")) for each in pieces])
    np.testing.assert_allclose(moved.pitch_classes["major"], found.pitch_classes["major"])
    np.testing.assert_allclose(moved.intervals, found.intervals)
    assert found.pitch_classes["minor"].sum() == 0
    for shares in (found.pitch_classes["major"], found.intervals, found.note_lengths):
        assert shares.sum() == pytest.approx(1)


def test_percentiles_are_in_order() -> None:
    pieces = [make_score(seed=seed, n_bars=4 + 4 * seed) for seed in range(6)]
    found = profile_of([(each, estimate_key(each)) for each in pieces])
    likes = sorted(measure(each).self_similarity for each in pieces)
    spread = found.measures["self_similarity"]
    assert likes[0] < spread.low < spread.median < spread.high < likes[-1]
    assert spread.median == pytest.approx((likes[2] + likes[3]) / 2)


def test_a_profile_outlives_json(tmp_path: Path) -> None:
    piece = make_score()
    found = profile_of([(piece, estimate_key(piece))])
    again = CorpusProfile.from_dict(json.loads(json.dumps(found.to_dict())))
    assert again.measures == found.measures
    np.testing.assert_allclose(again.intervals, found.intervals, atol=1e-6)
    np.testing.assert_allclose(
        again.pitch_classes["major"], found.pitch_classes["major"], atol=1e-6
    )


@pytest.mark.parametrize(
    "damage",
    [
        {"format": "midigen-profile-0"},
        {"intervals": [1.0]},
        {"measures": {}},
        {"pitch_classes": None},
    ],
)
def test_a_damaged_profile_is_refused(damage: dict[str, object]) -> None:
    piece = make_score()
    content = profile_of([(piece, estimate_key(piece))]).to_dict()
    CorpusProfile.from_dict(content)
    with pytest.raises(ValueError, match="it "):
        CorpusProfile.from_dict(content | damage)


def test_a_store_is_counted_once_and_again_when_the_file_is_damaged(
    store: TokenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = open_profile(store)
    assert found.n_pieces == len(store.of("train"))
    assert set(found.measures) == set(SCALARS)
    with monkeypatch.context() as patch:
        patch.setattr(profiles, "profile_of", lambda _: pytest.fail("it was counted again"))
        assert open_profile(store).measures == found.measures
    (store.folder / FILE).write_text("{", encoding="utf-8")
    assert open_profile(store).measures == found.measures
    assert read_profile(store.folder / FILE).n_pieces == found.n_pieces


def test_a_large_store_is_sampled(store: TokenStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profiles, "MOST_PIECES", 3)
    assert open_profile(store).n_pieces == 3


def test_silence_has_no_profile() -> None:
    silence = make_score()
    for track in silence.tracks:
        track.notes = []
    with pytest.raises(UserError, match="No training piece"):
        profile_of([(silence, Key(0, "major"))])


def test_a_piece_is_liker_to_its_own_kind_than_to_another_in_any_key() -> None:
    pieces = [make_score(seed=seed) for seed in range(4)]
    found = profile_of([(each, estimate_key(each)) for each in pieces])
    own = likeness(analyse(transpose(make_score(seed=9), 4)), found)
    stuck = make_score(seed=9)
    stuck.tracks[0].notes = [
        note.copy() for note in stuck.tracks[0].notes if note.pitch in (72, 84)
    ]
    other = likeness(analyse(stuck), found)
    assert own["pitch_classes"] > other["pitch_classes"]
    assert own["intervals"] > other["intervals"]
    assert all(0 <= each <= 1.000001 for each in own.values())


def test_a_copied_piece_is_found_and_what_is_usual_is_kept(store: TokenStore) -> None:
    piece = store.of("train")[0]
    copied = store.tokenizer.decode(store.ids(piece))
    found = check_piece(copied, store)
    assert found.run.n_notes > 20
    assert found.run.file in {each.file for each in store.of("train")}
    assert found.baseline is not None
    assert len(found.baseline.runs) == len(store.of("validation"))
    assert found.is_unusual == (found.run.n_notes > found.baseline.percentile_95)
    usual = store.folder / "usual_runs.json"
    runs = [7] * len(store.of("validation"))
    usual.write_text(json.dumps(runs), encoding="utf-8")
    kept = check_piece(copied, store).baseline
    assert kept is not None
    assert kept.runs == tuple(runs)
    usual.write_text("[1", encoding="utf-8")
    assert check_piece(copied, store).baseline == found.baseline
