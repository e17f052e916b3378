"""Pieces: asked for, read, looked at closer, kept for a visitor."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from midigen.config import GenerationRequest
from midigen.errors import UserError
from midigen.progress import Progress, silent
from midigen.studio.models import ModelDesk

if TYPE_CHECKING:
    from symusic import Score

    from midigen.evaluation.profile import CorpusProfile
    from midigen.evaluation.review import CopyFinding
    from midigen.generation.composer import Composition, Piece
    from midigen.music.analysis import Analysis
    from midigen.takes import Visit


@dataclass(frozen=True)
class LookAtPiece:
    """What is known of one piece.

    Attributes:
        analysis: of the piece alone.
        profile: of the pieces that the model learned from; None where nothing is known of them.
        copied: the longest run that it shares with one of them; None where they are not there.
    """

    analysis: Analysis
    profile: CorpusProfile | None
    copied: CopyFinding | None


class ComposingDesk(ModelDesk):
    """What can be asked about pieces."""

    def compose(
        self,
        model: str,
        request: GenerationRequest,
        prompt: Score | None = None,
        progress: Progress = silent,
        should_stop: Callable[[], bool] = lambda: False,
        tokenizer: Path | None = None,
    ) -> Piece:
        """Compose a piece.

        Args:
            model: a name, the path of a model's folder or of an exported `.pth`.
            request: what is asked; without a seed one is drawn.
            prompt: music to go on from.
            progress: told of tokens.
            should_stop: asked after each token; what is there then is the piece.
            tokenizer: the file that belongs to the model; None takes the one beside it.

        Raises:
            UserError: there is no such model, it is damaged, or the prompt cannot be used.
        """
        composer = self._composer(model, tokenizer)
        return composer.compose(request, prompt, progress, should_stop)

    def begin(
        self, model: str, request: GenerationRequest, prompt: Score | None = None
    ) -> Composition:
        """Begin a piece that can be looked at while it grows.

        Args:
            model: as for `compose`.
            request: what is asked; without a seed one is drawn.
            prompt: music to go on from.

        Raises:
            UserError: as for `compose`.
        """
        return self._composer(model, None).begin(request, prompt)

    def metres(self, model: str) -> tuple[str, ...]:
        """The time signatures that a model can write.

        Raises:
            UserError: there is no such model.
        """
        from midigen.generation.wishes import metres

        return metres(self._composer(model, None).tokenizer)

    def styles(self, model: str) -> tuple[str, ...]:
        """The styles that a model has learned apart.

        Raises:
            UserError: there is no such model.
        """
        return self._composer(model, None).styles

    def tells_densities(self, model: str) -> bool:
        """Whether the styles of a model are how full a bar is.

        Raises:
            UserError: there is no such model.
        """
        return self._composer(model, None).tokenizer.tells_densities

    def can_recall(self, model: str) -> bool:
        """Whether a model can take up what a piece has played: its cache was fitted.

        Raises:
            UserError: there is no such model.
        """
        return self._composer(model, None).can_recall

    def visit(self, visitor: str) -> Visit:
        """The takes of a visitor of the page.

        Raises:
            UserError: that is nobody's name.
        """
        from midigen.takes import Visit

        return Visit(self._takes_folder(), visitor)

    def clear_old_takes(self, kept_for_s: float | None = None) -> None:
        """Delete the takes of visitors who did nothing for so long; None is a week."""
        from midigen.takes import KEPT_FOR_S, sweep

        sweep(self._takes_folder(), KEPT_FOR_S if kept_for_s is None else kept_for_s)

    def read_file(self, path: Path) -> Score:
        """Read a MIDI file of unknown origin.

        Raises:
            UserError: why it cannot be read, as the end of a sentence: `it is damaged`.
        """
        from midigen.music.score import read_score

        return read_score(path, self.config.data)

    def read_prompt(self, path: Path) -> Score:
        """Read somebody's MIDI file to go on from.

        Raises:
            UserError: it is no MIDI file, damaged, or has no notes.
        """
        try:
            return self.read_file(path)
        except UserError as error:
            raise UserError(
                f"The prompt {path.name} cannot be used: {error.what}.", "Choose another MIDI file."
            ) from error

    def analyse(self, score: Score, model: str = "") -> LookAtPiece:
        """Look closer at a piece, and compare it with what a model learned from.

        Args:
            score: the piece.
            model: a name; its training pieces are compared with where they are at hand.

        Raises:
            UserError: the piece has no notes, or there is no such model.
        """
        from midigen.evaluation.profile import FILE, open_profile, read_profile
        from midigen.evaluation.review import check_piece, check_shipped
        from midigen.music.analysis import analyse

        analysis = analyse(score)
        store = self._store_of(model) if model else None
        if store is not None:
            return LookAtPiece(analysis, open_profile(store), check_piece(score, store))
        if not model:
            return LookAtPiece(analysis, None, None)
        folder = self._model_path(model)
        profile = read_profile(folder / FILE) if (folder / FILE).is_file() else None
        return LookAtPiece(analysis, profile, check_shipped(score, folder))

    def _takes_folder(self) -> Path:
        """Beside everything else; where nothing can be written there, in the system's own place."""
        place = self.workspace.takes
        there = next(each for each in (place, *place.parents) if each.exists())
        return place if os.access(there, os.W_OK) else Path(tempfile.gettempdir()) / "midigen-takes"
