"""The takes of a visitor: what was composed, kept on disk for a week, past any reload.

    output/takes/<visitor>/<take>/piece.mid piece.json take.json [prompt.mid]

A visitor is a random name that only their browser knows; two visitors never meet. Audio is not
kept: it is made again in less time than it takes to send.
"""

from __future__ import annotations

import json
import re
import secrets
import shutil
import time
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symusic import Score

from midigen import atomic
from midigen.config import GenerationRequest
from midigen.config_file import section_from_dict
from midigen.errors import UserError
from midigen.music.score import write_score
from midigen.rendering.pianoroll import thumbnail

if TYPE_CHECKING:
    from midigen.generation.composer import Piece

KEPT_FOR_S = 7 * 24 * 3600
MOST_TAKES = 60  # of one visitor; beyond it the oldest go that are not starred
LONGEST_NAME = 60
_VISITOR = re.compile(r"[A-Za-z0-9_-]{22}")
_PREFIX = "take-"
_TAKE = re.compile(_PREFIX + r"\d{3,6}")
_PIECE, _RECIPE, _FACTS, _PROMPT = "piece.mid", "piece.json", "take.json", "prompt.mid"


@dataclass(frozen=True)
class Take:
    """One piece that a visitor has had composed.

    Attributes:
        id: its folder, such as `take-007`; take 7 of this visitor.
        name: what the visitor calls it.
        model: that composed it.
        made_at: seconds since 1970.
        is_starred: a favourite, which is not cleared away.
        parent: the id of the take that it goes on from, or nothing.
        blocks: the bars, counted from 0, with which the parts begin that were composed later.
        prompt_bars: how many bars of its beginning were given.
        seed: that it was composed with.
        n_notes, duration_s: how much music it is.
        picture: its notes as `picture` writes them; a list of many takes is shown without reading
            their music. Takes of earlier versions have none.
    """

    id: str
    name: str
    model: str
    made_at: float
    is_starred: bool = False
    parent: str = ""
    blocks: tuple[int, ...] = ()
    prompt_bars: int = 0
    seed: int = 0
    n_notes: int = 0
    duration_s: float = 0.0
    picture: str = ""

    @property
    def number(self) -> int:
        return int(self.id.removeprefix(_PREFIX))


def new_visitor() -> str:
    """A name that nobody can guess."""
    return secrets.token_urlsafe(16)


def is_visitor(name: object) -> bool:
    """Whether a browser may have this from `new_visitor`; anything else could be a path."""
    return isinstance(name, str) and _VISITOR.fullmatch(name) is not None


def picture(score: Score) -> str:
    """The rows of `thumbnail` as JSON: a text passes through a list of takes unread."""
    return json.dumps(thumbnail(score), separators=(",", ":"))


def sweep(root: Path, older_than_s: float = KEPT_FOR_S) -> None:
    """Delete the folders of visitors that did nothing for this long."""
    for folder in root.glob("*"):
        if is_visitor(folder.name) and time.time() - folder.stat().st_mtime > older_than_s:
            shutil.rmtree(folder, ignore_errors=True)


class Visit:
    """The takes of one visitor.

    Args:
        root: the folder of all visitors.
        visitor: a name from `new_visitor`.

    Raises:
        UserError: the name is none.
    """

    def __init__(self, root: Path, visitor: str) -> None:
        if not is_visitor(visitor):
            raise UserError("This visit is unknown.", "Reload the page.")
        self._folder = root / visitor

    def takes(self) -> list[Take]:
        """All takes, the newest first; a damaged one is passed over."""
        if not self._folder.exists():
            return []
        found = [self._read(each.name) for each in self._folder.iterdir()]
        return sorted((each for each in found if each), key=lambda take: -take.number)

    def take(self, take_id: str) -> Take:
        """The take of this id.

        Raises:
            UserError: there is none (any more).
        """
        found = self._read(take_id)
        if found is None:
            raise UserError(
                "This take is no longer there.", "Old takes are cleared away; compose it again."
            )
        return found

    def add(
        self,
        piece: Piece,
        duration_s: float,
        parent: Take | None = None,
        prompt: Score | None = None,
        prompt_bars: int = 0,
        take_id: str = "",
    ) -> Take:
        """Keep a piece as a take.

        Args:
            piece: what was composed.
            duration_s: how long it sounds.
            parent: the take that it goes on from.
            prompt: the music that it goes on from; kept beside it, so that it can be made again.
            prompt_bars: how much of that was used.
            take_id: from `reserve`; without one the next is taken.
        """
        folder = self._folder / (take_id or self.reserve())
        earlier = parent.blocks if parent is not None else ()
        take = Take(
            id=folder.name,
            name="",
            model=piece.model,
            made_at=time.time(),
            parent=parent.id if parent is not None else "",
            blocks=(*(bar for bar in earlier if bar < prompt_bars), prompt_bars)
            if prompt is not None
            else (),
            prompt_bars=prompt_bars,
            seed=piece.request.seed or 0,
            n_notes=int(piece.score.note_num()),
            duration_s=duration_s,
            picture=picture(piece.score),
        )
        piece.save(folder / _PIECE)
        if prompt is not None:
            write_score(prompt, folder / _PROMPT)
        self._write(take)  # last: what has no facts is no take yet
        self._make_room()
        return take

    def reserve(self) -> str:
        """The id of a take that is still to be composed.

        `mkdir` decides where two of a visitor's pages ask at once.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        names = [each.name for each in self._folder.iterdir() if _TAKE.fullmatch(each.name)]
        number = max((int(name.removeprefix(_PREFIX)) for name in names), default=0)
        while True:
            number += 1
            try:
                (self._folder / f"{_PREFIX}{number:03d}").mkdir()
            except FileExistsError:
                continue
            return f"{_PREFIX}{number:03d}"

    def score(self, take: Take) -> Score:
        """Its music."""
        return Score.from_midi((self._folder / take.id / _PIECE).read_bytes())

    def prompt(self, take: Take) -> Score | None:
        """The music that it goes on from."""
        path = self._folder / take.id / _PROMPT
        return Score.from_midi(path.read_bytes()) if path.exists() else None

    def recipe(self, take: Take) -> dict[str, Any]:
        """Its `Piece.description`."""
        content = json.loads((self._folder / take.id / _RECIPE).read_text(encoding="utf-8"))
        assert isinstance(content, dict)
        return content

    def request(self, take: Take) -> GenerationRequest:
        """What was asked for, with the seed."""
        return section_from_dict(GenerationRequest, self.recipe(take)["request"], take.id)

    def rename(self, take_id: str, name: str) -> Take:
        """Give a take a name; an empty one takes it away."""
        return self._change(take_id, name=" ".join(name.split())[:LONGEST_NAME])

    def star(self, take_id: str, is_starred: bool) -> Take:
        """Make a take a favourite, or not."""
        return self._change(take_id, is_starred=is_starred)

    def delete(self, take_id: str) -> None:
        """Delete a take; those that went on from it stay."""
        shutil.rmtree(self._folder / self.take(take_id).id)

    def write_zip(self, takes: Sequence[Take], path: Path) -> None:
        """Write the MIDI files, recipes and prompts of some takes into one zip."""
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for take in takes:
                for source, name in self._files(take):
                    archive.write(source, f"{take.id}/{name}")

    def _files(self, take: Take) -> Iterator[tuple[Path, str]]:
        for name in (_PIECE, _RECIPE, _PROMPT):
            path = self._folder / take.id / name
            if path.exists():
                stem = "prompt" if name == _PROMPT else f"{take.model}-seed{take.seed}"
                yield path, stem + path.suffix

    def _make_room(self) -> None:
        common = [take for take in self.takes() if not take.is_starred]
        for take in common[MOST_TAKES:]:
            shutil.rmtree(self._folder / take.id, ignore_errors=True)

    def _change(self, take_id: str, **changes: Any) -> Take:
        take = replace(self.take(take_id), **changes)
        self._write(take)
        return take

    def _write(self, take: Take) -> None:
        atomic.write_json(self._folder / take.id / _FACTS, asdict(take))

    def _read(self, take_id: str) -> Take | None:
        if not (isinstance(take_id, str) and _TAKE.fullmatch(take_id)):
            return None
        try:
            content = json.loads((self._folder / take_id / _FACTS).read_text(encoding="utf-8"))
            known = {each.name for each in fields(Take)}
            take = Take(**{key: value for key, value in content.items() if key in known})
        except (OSError, ValueError, TypeError, AttributeError):
            return None
        return replace(take, id=take_id, blocks=tuple(take.blocks))
