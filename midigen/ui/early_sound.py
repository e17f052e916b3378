"""The beginning of a piece as sound, while the rest of it is still composed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from midigen.config import GenerationRequest
from midigen.errors import UserError
from midigen.music.score import duration_s
from midigen.studio import Studio
from midigen.ui.results import sound_of
from midigen.ui.temporary import fresh_folder

if TYPE_CHECKING:
    from symusic import Score

SHORTEST_S = 5.0
# Every recording begins anew: with lengths that grow so, all of them together take about as long
# to render as the whole piece does.
GROWTH = 2.5


class EarlySound:
    """Recordings of a growing piece, each much longer than the one before.

    Args:
        studio: plays them.
        request: what is composed.
        as_heard: a draft as it is to be played.
        soundfont: the name of one; None takes the configured one.
    """

    def __init__(
        self,
        studio: Studio,
        request: GenerationRequest,
        as_heard: Callable[[Score], Score],
        soundfont: str | None,
    ) -> None:
        self._studio = studio
        self._as_heard = as_heard
        self._soundfont = soundfont
        # A tonic is found by the whole piece: its beginning might be heard in another key.
        self._is_possible = request.key is None or request.scale is not None
        self._next_s = SHORTEST_S

    def of(self, draft: Score) -> Path | None:
        """A recording of a draft, if it is time for one. It ends with the last note, cut off."""
        length_s = duration_s(draft)
        if not self._is_possible or length_s < self._next_s:
            return None
        self._next_s = length_s * GROWTH
        path = fresh_folder() / "beginning.mid"
        try:
            sound_of(self._studio, self._as_heard(draft), path, self._soundfont, tail_s=0)
        except UserError:
            self._is_possible = False  # said of the whole piece, when it is there
            return None
        return path.with_suffix(".wav")
