"""How much one visitor may ask for in an hour, and who a visitor is to whom nobody has to log in.

An address is all that a stranger cannot choose freely; a name kept in a browser can be thrown away.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Sequence

from midigen.errors import UserError

HOUR_S = 3600.0
MOST_VISITORS = 10_000  # that are remembered; beyond them the longest silent is forgotten
NOBODY = "unknown"
FORWARDED = "x-forwarded-for"


class Rate:
    """A bucket for every visitor: it holds `most`, and fills again in an hour.

    Args:
        most: how much may be asked for at once, and in every further hour.
        clock: seconds, of any origin.
    """

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._left: dict[str, tuple[float, float]] = {}  # how much, and when it was so much
        self._lock = threading.Lock()

    def take(self, visitor: str, n: int = 1) -> None:
        """Let a visitor have something.

        Raises:
            UserError: they have had too much; it says when they can go on.
        """
        wait_s = self._wait_s(visitor, n)
        if wait_s > 0:
            raise UserError(
                "You have asked for all that one visitor may have in an hour.",
                f"Go on in {math.ceil(wait_s / 60)} min.",
            )

    def _wait_s(self, visitor: str, n: int) -> float:
        """0 where it was taken, else the seconds after which it can be."""
        per_s = self._most / HOUR_S
        with self._lock:
            now = self._clock()
            left, then = self._left.pop(visitor, (float(self._most), now))
            left = min(self._most, left + (now - then) * per_s)
            taken = n if left >= n else 0
            self._left[visitor] = (left - taken, now)  # at the end: the last to be forgotten
            while len(self._left) > MOST_VISITORS:
                del self._left[next(iter(self._left))]
        return 0.0 if taken or not n else (n - left) / per_s


def address_of(forwarded: Sequence[str], peer: str | None, n_proxies: int) -> str:
    """Where a request comes from.

    Each proxy appends the address that it sees to X-Forwarded-For; what stands further left, the
    visitor may have written.

    Args:
        forwarded: the lines of that header, in their order.
        peer: the other end of the connection.
        n_proxies: how many proxies of ours the request has passed.
    """
    passed = [each.strip() for each in ",".join(forwarded).split(",")]
    if n_proxies and len(passed) >= n_proxies and passed[-n_proxies]:
        return passed[-n_proxies]
    return peer or NOBODY
