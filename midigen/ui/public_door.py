"""What a public page lets in: known addresses of gradio, bodies of bounded size, so many an hour.

The page of gradio has more addresses than this one needs: run history, monitoring, a proxy, deep
links that write files. On a public page they do not exist.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from gradio.route_utils import API_PREFIX
from gradio.utils import get_upload_folder
from starlette.datastructures import Headers

from midigen.config import AppConfig
from midigen.errors import UserError
from midigen.ui.language import say_message, speaking, wanted
from midigen.ui.rates import FORWARDED, Rate, address_of
from midigen.untrusted import MB

# The page itself, and what it and `gradio_client` call. Composing goes through the queue.
_KNOWN = re.compile(
    r"/|/config/?|/theme\.css|/favicon\.ico|/robots\.txt|/manifest\.json|/pwa_icon(/.*)?"
    r"|/(assets|static|svelte)/.*"
    + f"|{API_PREFIX}/(info|config|app_id|startup-events|theme\\.css|reset|cancel|upload_progress"
    r"|upload|queue/(join|data)|((run|api|call|heartbeat|custom_component)/|file=).*)/?"
)
_COUNTED = re.compile(f"{API_PREFIX}/(upload|queue/join|run/.*|api/.*|call/.*)")
BASE64 = 4 / 3  # by which it makes a file longer
ROOM_BYTES = 1 << 18  # for all else in a request: the values of a page's controls
LEAST_FREE_BYTES = 200 * 10**6

Message = MutableMapping[str, Any]
App = Callable[..., Awaitable[None]]


class PublicDoor:
    """ASGI middleware before a public page.

    Args:
        app: the page.
        config: its limits.
    """

    def __init__(self, app: App, config: AppConfig) -> None:
        self._app = app
        self._config = config
        self._rate = Rate(config.public_requests_per_hour)
        self._most_bytes = int(config.public_max_prompt_mb * MB * BASE64) + ROOM_BYTES

    async def __call__(self, scope: Message, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            headers = Headers(scope=scope)
            refused = self._objection(scope, headers)
            if refused is not None:
                if _length(headers) <= self._most_bytes:
                    await _drain(_counted(receive, self._most_bytes))
                await _answer(send, *refused, headers.get("accept-language", ""))
                return
            await self._app(scope, _counted(receive, self._most_bytes), send)

    def _objection(self, scope: Message, headers: Headers) -> tuple[int, UserError] | None:
        """The status and the words with which a request is refused."""
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if not _KNOWN.fullmatch(path):
            return 404, UserError("This is not here.")
        if _length(headers) > self._most_bytes:
            return 413, UserError("This is larger than what this public page takes.")
        if scope["method"] != "POST" or not _COUNTED.fullmatch(path):
            return None
        if _is_disk_full():
            return 507, UserError("This public page is full.", "Come back later.")
        peer = scope.get("client")
        visitor = address_of(
            headers.getlist(FORWARDED), peer and peer[0], self._config.public_proxies
        )
        try:
            self._rate.take(visitor)
        except UserError as error:
            return 429, error
        return None


def _counted(receive: Any, most_bytes: int) -> Any:
    """The same receiver; a body that is longer than it said ends as if the visitor had left."""
    n_bytes = 0

    async def counted() -> Message:
        nonlocal n_bytes
        message: Message = await receive()
        n_bytes += len(message.get("body", b""))
        return message if n_bytes <= most_bytes else {"type": "http.disconnect"}

    return counted


def _length(headers: Headers) -> int:
    said = headers.get("content-length", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 19 else 0


def _is_disk_full() -> bool:
    try:
        return shutil.disk_usage(get_upload_folder()).free < LEAST_FREE_BYTES
    except OSError:  # nobody has sent anything yet
        return False


async def _drain(receive: Any) -> None:
    """Read a body to its end: who is answered in mid-sentence sees only a broken line."""
    while (await receive()).get("more_body", False):
        pass


async def _answer(send: Any, status: int, why: UserError, accepted: str) -> None:
    with speaking(wanted(accepted)):
        body = json.dumps({"detail": " ".join(map(say_message, filter(None, why.args)))}).encode()
    kind = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": kind})
    await send({"type": "http.response.body", "body": body})
