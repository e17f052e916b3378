"""How a piece sounds and looks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from midigen.studio.data import DataDesk
from midigen.untrusted import MB

if TYPE_CHECKING:
    from symusic import Score

    from midigen.rendering.audio import Audio
    from midigen.rendering.pianoroll import PianoRoll
    from midigen.rendering.sheet import Sheet


class SoundDesk(DataDesk):
    """What can be asked about the sound and the picture of a piece."""

    def soundfonts(self) -> list[Path]:
        """Every soundfont that there is, the one that is taken by itself first."""
        from midigen.rendering.soundfonts import list_soundfonts

        return list_soundfonts(self.workspace.soundfonts)

    def add_soundfont(self, source: Path) -> Path:
        """Keep a copy of a soundfont, if it plays; return its place.

        Raises:
            UserError: it is none, it does not play, or one of this name is there.
            OSError: the disk is full, or nothing can be written there.
        """
        from midigen.rendering.audition import keep_soundfont

        most_bytes = self.config.app.max_upload_mb * MB
        return keep_soundfont(source, self.workspace.soundfonts, most_bytes)

    def render(
        self, score: Score, soundfont: str | None = None, tail_s: float | None = None
    ) -> Audio:
        """Play a score.

        Args:
            score: the music.
            soundfont: the name of one of `soundfonts`; None takes the configured one.
            tail_s: seconds that the last notes may ring on; None takes the configured ones.

        Raises:
            UserError: it has no notes, or the chosen synthesizer or soundfont cannot be used.
        """
        from midigen.rendering.audio import render_audio

        rendering = self.config.rendering
        if soundfont is not None:
            rendering = replace(rendering, soundfont=soundfont)
        if tail_s is not None:
            rendering = replace(rendering, tail_s=tail_s)
        return render_audio(score, rendering, self.workspace.soundfonts)

    def pianoroll(self, score: Score) -> PianoRoll:
        """Draw a score."""
        from midigen.rendering.pianoroll import pianoroll

        return pianoroll(score)

    def sheet(self, score: Score, title: str = "") -> Sheet:
        """Write a score as sheet music.

        Raises:
            UserError: it has no notes, or cannot be engraved.
        """
        from midigen.rendering.sheet import sheet

        return sheet(score, title)
