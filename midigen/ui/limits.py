"""What visitors may ask of a public page. On a page of one's own nothing is limited here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from gradio.context import LocalContext

from midigen.config import AppConfig, GenerationRequest
from midigen.errors import UserError
from midigen.music.score import duration_s, n_bars
from midigen.ui.rates import FORWARDED, Rate, address_of
from midigen.untrusted import MB

if TYPE_CHECKING:
    from symusic import Score

MOST_TAKES = 4
PROMPT_SHARE = 4  # a beginning may be longer than a piece: only its first bars are used


class Limits:
    """The limits of one page, and what its visitors have had of it.

    Args:
        app: `public` switches them on.
    """

    def __init__(self, app: AppConfig) -> None:
        self._app = app
        self._takes = Rate(app.public_takes_per_hour)

    @property
    def is_public(self) -> bool:
        return self._app.public

    @property
    def most_takes(self) -> int:
        """Takes at one press."""
        return self._app.public_max_takes if self._app.public else MOST_TAKES

    def most(self, knob: str, usual: int) -> int:
        """The largest value that the control of `bars` or `gen_length` offers."""
        most = {"bars": self._app.public_max_bars, "gen_length": self._app.public_max_tokens}
        return min(usual, most[knob]) if self._app.public else usual

    def admit(self, request: GenerationRequest, n_takes: int = 1) -> None:
        """Let the present visitor have pieces composed.

        Raises:
            UserError: they are too long for a public page, or the visitor has had too many.
        """
        if not self._app.public:
            return
        bars, tokens = self._app.public_max_bars, self._app.public_max_tokens
        if request.bars is not None and request.bars > bars:
            raise UserError(
                f"{request.bars} bars are more than this public page composes.",
                f"Ask for at most {bars}.",
            )
        if request.bars is None and request.gen_length > tokens:
            raise UserError(
                f"{request.gen_length} tokens are more than this public page composes.",
                f"Ask for at most {tokens}.",
            )
        self._takes.take(self._visitor(), n_takes)

    def check_prompt(self, prompt: Score | None) -> None:
        """Refuse music to go on from that nobody could hear to its end here.

        Raises:
            UserError: it is longer than a public page composes.
        """
        most = self._app.public_max_bars
        if self._app.public and prompt is not None and n_bars(prompt) > PROMPT_SHARE * most:
            raise UserError(
                f"A beginning of {n_bars(prompt)} bars is too long for this public page.",
                f"Cut it to at most {PROMPT_SHARE * most} bars.",
            )

    def until_full(self, should_stop: Callable[[], bool]) -> Callable[[], bool]:
        """A question asked after each token: it says yes too when there are as many as may be."""
        if not self._app.public:
            return should_stop
        n_asked = 0

        def is_full() -> bool:
            nonlocal n_asked
            n_asked += 1
            return n_asked >= self._app.public_max_tokens or should_stop()

        return is_full

    def _visitor(self) -> str:
        request = LocalContext.request.get(None)
        headers, client = getattr(request, "headers", None), getattr(request, "client", None)
        forwarded = headers.getlist(FORWARDED) if headers is not None else []
        return address_of(forwarded, getattr(client, "host", None), self._app.public_proxies)


def check_sound(app: AppConfig, score: Score) -> None:
    """Refuse to play what would fill the disk of a public page: slow tempos make any piece long.

    Raises:
        UserError: it lasts too long.
    """
    if app.public and duration_s(score) > app.public_max_sound_s:
        raise UserError(
            f"{duration_s(score):.0f} s are more than this public page plays.",
            f"Choose a faster tempo or fewer bars: at most {app.public_max_sound_s:.0f} s.",
        )


def check_file(app: AppConfig, path: Path) -> None:
    """Refuse a file that is larger than strangers may send, however it came.

    Raises:
        UserError: it is.
    """
    if app.public and path.stat().st_size > app.public_max_prompt_mb * MB:
        raise UserError(
            f"{path.name} is larger than this public page reads.",
            f"Send at most {app.public_max_prompt_mb:g} MB.",
        )
