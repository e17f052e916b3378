from __future__ import annotations

import json
import os
import threading
import time
import zipfile
from pathlib import Path

import pytest

from midigen.config import GenerationRequest
from midigen.errors import UserError
from midigen.generation.composer import Piece
from midigen.rendering.pianoroll import thumbnail
from midigen.studio import Studio
from midigen.takes import KEPT_FOR_S, MOST_TAKES, Take, Visit, is_visitor, new_visitor, sweep
from tests.conftest import make_score


@pytest.fixture
def piece(trained: Studio) -> Piece:
    return trained.compose("tiny", GenerationRequest(seed=7, gen_length=60))


@pytest.fixture
def visit(tmp_path: Path) -> Visit:
    return Visit(tmp_path / "takes", new_visitor())


def test_a_take_comes_back_as_it_was(visit: Visit, piece: Piece) -> None:
    take = visit.add(piece, duration_s=12.5)
    (found,) = visit.takes()
    assert found == take == visit.take(take.id)
    assert (found.model, found.duration_s, found.number) == ("tiny", 12.5, 1)
    assert visit.score(take).dumps_midi() == piece.score.dumps_midi()
    assert visit.request(take) == piece.request


def test_takes_are_numbered_and_come_newest_first(visit: Visit, piece: Piece) -> None:
    for _ in range(3):
        visit.add(piece, 1.0)
    assert [take.number for take in visit.takes()] == [3, 2, 1]


def test_the_picture_of_a_take_stays_with_it(visit: Visit, piece: Piece) -> None:
    take = visit.add(piece, 1.0)
    assert json.loads(take.picture) == [list(each) for each in thumbnail(piece.score)]
    assert visit.star(take.id, True).picture == take.picture


def test_two_visitors_never_meet(tmp_path: Path, piece: Piece) -> None:
    anna, johann = (Visit(tmp_path / "takes", new_visitor()) for _ in range(2))
    take = anna.add(piece, 1.0)
    assert johann.takes() == []
    with pytest.raises(UserError, match="no longer there"):
        johann.take(take.id)


@pytest.mark.parametrize("name", ["", "..", "../../etc", "a" * 21, "a" * 23, "a/" * 11, None, 7])
def test_only_a_name_of_ours_is_a_visitor(tmp_path: Path, name: object) -> None:
    assert not is_visitor(name)
    with pytest.raises(UserError):
        Visit(tmp_path, name)  # type: ignore[arg-type]


@pytest.mark.parametrize("take_id", ["", "..", "../take-001", "take-1", "/etc/passwd"])
def test_only_a_name_of_ours_is_a_take(visit: Visit, piece: Piece, take_id: str) -> None:
    visit.add(piece, 1.0)
    with pytest.raises(UserError, match="no longer there"):
        visit.take(take_id)
    with pytest.raises(UserError):
        visit.delete(take_id)
    assert len(visit.takes()) == 1


def test_a_take_is_renamed_starred_and_deleted(visit: Visit, piece: Piece) -> None:
    take = visit.add(piece, 1.0)
    assert visit.rename(take.id, "  My\nwaltz  ").name == "My waltz"
    assert visit.star(take.id, True).is_starred
    assert visit.take(take.id) == Take(**{**vars(take), "name": "My waltz", "is_starred": True})
    visit.delete(take.id)
    assert visit.takes() == []


def test_a_piece_that_grew_knows_its_parts_and_what_it_goes_on_from(
    visit: Visit, piece: Piece
) -> None:
    first = visit.add(piece, 1.0)
    prompt = visit.score(first)
    second = visit.add(piece, 2.0, first, prompt, prompt_bars=8)
    third = visit.add(piece, 3.0, second, prompt, prompt_bars=12)
    again = visit.add(piece, 3.0, third, prompt, prompt_bars=4)
    assert [take.blocks for take in (first, second, third, again)] == [(), (8,), (8, 12), (4,)]
    assert third.parent == second.id
    kept = visit.prompt(third)
    assert kept is not None
    assert kept.dumps_midi() == prompt.dumps_midi()
    assert visit.prompt(first) is None


def test_a_zip_holds_what_is_needed_to_make_the_takes_again(
    visit: Visit, piece: Piece, tmp_path: Path
) -> None:
    first = visit.add(piece, 1.0)
    second = visit.add(piece, 1.0, first, visit.score(first), 2)
    visit.write_zip(visit.takes(), tmp_path / "takes.zip")
    with zipfile.ZipFile(tmp_path / "takes.zip") as archive:
        assert sorted(archive.namelist()) == [
            f"{first.id}/tiny-seed7.json",
            f"{first.id}/tiny-seed7.mid",
            f"{second.id}/prompt.mid",
            f"{second.id}/tiny-seed7.json",
            f"{second.id}/tiny-seed7.mid",
        ]


def test_the_oldest_make_room_but_not_favourites(visit: Visit, piece: Piece) -> None:
    favourite = visit.add(piece, 1.0)
    visit.star(favourite.id, True)
    for _ in range(MOST_TAKES + 2):
        visit.add(piece, 1.0)
    numbers = [take.number for take in visit.takes()]
    assert numbers == [*range(MOST_TAKES + 3, 3, -1), 1]


def test_a_damaged_take_is_passed_over(visit: Visit, piece: Piece, tmp_path: Path) -> None:
    take = visit.add(piece, 1.0)
    whole = visit.add(piece, 1.0)
    next(tmp_path.glob(f"takes/*/{take.id}/take.json")).write_text('{"half', encoding="utf-8")
    assert [each.id for each in visit.takes()] == [whole.id]


def test_two_pages_of_a_visitor_get_takes_of_their_own(visit: Visit, piece: Piece) -> None:
    threads = [threading.Thread(target=visit.add, args=(piece, 1.0)) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(take.number for take in visit.takes()) == list(range(1, 9))


def test_visits_of_long_ago_are_cleared_away(tmp_path: Path, piece: Piece) -> None:
    root = tmp_path / "takes"
    old, new = new_visitor(), new_visitor()
    for name in (old, new):
        Visit(root, name).add(piece, 1.0)
    (root / "not-a-visitor").mkdir()
    past = time.time() - KEPT_FOR_S - 60
    for name in (old, "not-a-visitor"):
        os.utime(root / name, (past, past))
    sweep(root)
    assert sorted(each.name for each in root.iterdir()) == sorted([new, "not-a-visitor"])


def test_a_score_of_another_program_can_be_a_prompt(visit: Visit, piece: Piece) -> None:
    take = visit.add(piece, 1.0, prompt=make_score(), prompt_bars=2)
    assert (take.parent, take.blocks, take.prompt_bars) == ("", (2,), 2)
