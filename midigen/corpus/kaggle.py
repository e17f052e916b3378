"""Fetches a data set from Kaggle with Kaggle's own client, and says in plain words what went wrong.

The client keeps what it fetched in its cache (`~/.cache/kagglehub`, or `$KAGGLEHUB_CACHE`); where
Kaggle cannot be reached, that copy serves. Public data sets need no account.
"""

from __future__ import annotations

import json
import logging
import re
import tarfile
import threading
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from midigen.config import DEFAULT_KAGGLE_DATASET, DataConfig
from midigen.corpus.archive import check_unpacked_size
from midigen.errors import UserError
from midigen.progress import Progress
from midigen.untrusted import MB

_HANDLE = re.compile(
    r"(?P<owner>[A-Za-z0-9][A-Za-z0-9_-]{0,79})/(?P<name>[A-Za-z0-9][A-Za-z0-9_-]{0,79})"
    r"(?:/versions/(?P<version>[1-9][0-9]{0,5}))?"
)
_ADDRESS = re.compile(r"(?:https?://)?(?:www\.)?kaggle\.com/(?:datasets/)?", re.IGNORECASE)
_LICENCES = {
    DEFAULT_KAGGLE_DATASET: "MIDI files by Bernd Krueger, http://www.piano-midi.de, CC BY-SA 3.0 DE"
}
_HOW_TO_LOG_IN = (
    "To log in, create a token on kaggle.com (Settings, API) and save it as ~/.kaggle/kaggle.json, "
    "or set KAGGLE_USERNAME and KAGGLE_KEY."
)
CONNECT_S, ANSWER_S = 10.0, 60.0  # the client itself would wait for ever
# The client is hooked through its modules, so a process does one download at a time.
_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True)
class Handle:
    """What Kaggle calls a data set: `owner/name`, or a version of it."""

    owner: str
    name: str
    version: int | None = None

    def __str__(self) -> str:
        version = f"/versions/{self.version}" if self.version else ""
        return f"{self.owner}/{self.name}{version}"

    @property
    def licence(self) -> str:
        """What is known of the terms of use; they stand on a page that needs a browser."""
        page = f"see https://www.kaggle.com/datasets/{self.owner}/{self.name}"
        return _LICENCES.get(f"{self.owner}/{self.name}", page)


@dataclass(frozen=True)
class Fetched:
    """A data set in the client's cache; its files belong to the client and are only read.

    Attributes:
        folder: where its files are.
        handle: what was fetched, with its version.
        is_old_copy: Kaggle could not be asked, so there may be a newer version.
    """

    folder: Path
    handle: Handle
    is_old_copy: bool = False


def parse_handle(text: str) -> Handle | None:
    """Read `owner/name`, `owner/name/versions/3` or the address of its page; None if it is neither.

    Stricter than the client, which would take `../name`.
    """
    is_address = _ADDRESS.match(text)
    if is_address:
        text = re.split(r"[?#]", text[is_address.end() :])[0].rstrip("/")
    match = _HANDLE.fullmatch(text)
    if match is None:
        return None
    return Handle(
        match["owner"], match["name"], int(match["version"]) if match["version"] else None
    )


def fetch(handle: Handle, config: DataConfig, progress: Progress) -> Fetched:
    """Download a data set, or find it in the cache.

    Args:
        handle: what to fetch; without a version, the newest.
        config: the limit of what may be unpacked.
        progress: told in bytes.

    Raises:
        UserError: Kaggle cannot be reached and the cache has no copy, it does not have or does not
            give the data set, or what it sent is damaged or too large.
    """
    progress(0, None, f"Asking Kaggle for {handle}")
    import requests

    with _ONE_AT_A_TIME, _hooked_client(config, progress):
        try:
            return _download(handle)
        except (requests.RequestException, json.JSONDecodeError) as error:
            copy = _cached_copy(handle) if _may_pass(error) else None
            if copy is None:
                raise _explain(error, handle) from error
            progress(0, None, f"Kaggle cannot be reached; taking the copy of {copy.handle}")
            return copy
        except OSError as error:
            where = error.filename or "the cache of kagglehub"
            raise UserError(
                f"Cannot write to {where}: {error.strerror}.",
                "Make room, or set KAGGLEHUB_CACHE to a folder on another disk.",
            ) from error
        except ValueError as error:
            if "credentials" not in str(error):
                raise
            raise UserError(
                "The file kaggle.json cannot be read.", f"Delete or replace it. {_HOW_TO_LOG_IN}"
            ) from error


def _download(handle: Handle) -> Fetched:
    from kagglehub import dataset_download
    from kagglehub.exceptions import DataCorruptionError

    try:
        folder = Path(dataset_download(str(handle)))
    except DataCorruptionError as error:
        raise UserError(f"{handle} was damaged on its way from Kaggle.", "Try again.") from error
    version = int(folder.name) if folder.name.isdigit() else handle.version
    return Fetched(folder, replace(handle, version=version))


def _cached_copy(handle: Handle) -> Fetched | None:
    """The newest version in the cache; a marker beside it says that it is whole."""
    from kagglehub.config import get_cache_folder

    base = Path(get_cache_folder(), "datasets", handle.owner, handle.name)
    whole = [int(each.stem) for each in base.glob("*.complete") if each.stem.isdigit()]
    for version in sorted(whole, reverse=True):
        folder = base / "versions" / str(version)
        if folder.is_dir() and handle.version in (None, version):
            return Fetched(folder, replace(handle, version=version), is_old_copy=True)
    return None


def _may_pass(error: Exception) -> bool:
    """Whether it is a matter of the network or of a busy server, not of this data set."""
    status = _status(error)
    return status is None or status == 429 or status >= 500


def _explain(error: Exception, handle: Handle) -> UserError:
    status = _status(error)
    if status is None:
        return UserError(
            f"Kaggle cannot be reached or broke off, and there is no earlier copy of '{handle}'.",
            "Check the network or proxy; meanwhile 'bach-chorales' or a folder of your own MIDI "
            "needs none.",
        )
    if status == 404:
        return UserError(
            f"Kaggle knows no data set '{handle}'.",
            "Copy owner/name from the address of its page; of a folder, check the path.",
        )
    if status == 401:
        return UserError("Kaggle refused your login.", f"The token may be old. {_HOW_TO_LOG_IN}")
    if status == 403:
        return UserError(
            f"Kaggle does not give out '{handle}': it is private, wants its terms accepted on its "
            "page, or does not exist.",
            f"Check the name. {_HOW_TO_LOG_IN}",
        )
    return UserError(f"Kaggle cannot answer now (status {status}).", "Try again in some minutes.")


def _status(error: Exception) -> int | None:
    """The HTTP status; some errors come as a 200 with a `code` inside."""
    response = getattr(error, "response", None)
    if response is None:
        return None
    if response.status_code >= 400:
        return int(response.status_code)
    try:
        return int(response.json()["code"])
    except (ValueError, TypeError, KeyError):
        return None


@contextmanager
def _hooked_client(config: DataConfig, progress: Progress) -> Iterator[None]:
    """Let the client report here instead of on the terminal, and look before it unpacks.

    It offers no way to do either, so ours stand for some names in its modules meanwhile. Where a
    later version has lost one of them, only that is lost.
    """
    from kagglehub import clients, http_resolver
    from requests.adapters import HTTPAdapter

    max_bytes = int(config.max_archive_mb * MB)

    def bar(total: int, initial: int = 0, **_: object) -> _Bar:
        return _Bar(total, initial, max_bytes, progress)

    with ExitStack() as stack:
        stack.enter_context(_swapped(clients, "tqdm", lambda _: bar))
        stack.enter_context(_swapped(clients, "already_printed_version_warning", lambda _: True))
        stack.enter_context(
            _swapped(http_resolver, "_extract_archive", lambda own: _careful(own, config))
        )
        stack.enter_context(_swapped(HTTPAdapter, "send", _impatient))
        stack.enter_context(_muted(logging.getLogger("kagglehub")))
        yield


class _Bar:
    """Stands for the `tqdm` of a download: the same calls, told in bytes to our listener."""

    def __init__(self, total: int, initial: int, max_bytes: int, progress: Progress) -> None:
        if total > max_bytes:
            raise UserError(
                f"The data set is {total / MB:.0f} MB; the limit is {max_bytes / MB:g} MB.",
                "Raise data.max_archive_mb if you want it.",
            )
        self._done, self._total, self._progress = initial, total, progress

    def __enter__(self) -> _Bar:
        self.update(0)
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to close."""

    def update(self, n_bytes: int) -> None:
        self._done += n_bytes
        self._progress(self._done, self._total, "Downloading from Kaggle (bytes)")


def _impatient(send: Callable[..., Any]) -> Callable[..., Any]:
    """The sending of a request, with a limit to the waiting where the client sets none."""

    def send_impatiently(*arguments: Any, **settings: Any) -> Any:
        settings["timeout"] = settings.get("timeout") or (CONNECT_S, ANSWER_S)
        return send(*arguments, **settings)

    return send_impatiently


def _careful(extract: Callable[[str, str], None], config: DataConfig) -> Callable[[str, str], None]:
    """The client's own extraction, after a look at the archive.

    An archive that cannot be used is deleted: the client would find it complete ever after.
    """

    def extract_carefully(archive_path: str, out_path: str) -> None:
        path = Path(archive_path)
        try:
            if zipfile.is_zipfile(path):
                check_unpacked_size(path, config)
            extract(archive_path, out_path)
        except UserError:
            path.unlink(missing_ok=True)
            raise
        except (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, ValueError) as error:
            path.unlink(missing_ok=True)
            raise UserError(
                "What Kaggle sent is no archive that can be unpacked.",
                "Try again, or download it in a browser and import the file.",
            ) from error

    return extract_carefully


@contextmanager
def _swapped(owner: Any, name: str, change: Callable[[Any], Any]) -> Iterator[None]:
    if not hasattr(owner, name):
        yield
        return
    own = getattr(owner, name)
    setattr(owner, name, change(own))
    try:
        yield
    finally:
        setattr(owner, name, own)


@contextmanager
def _muted(logger: logging.Logger) -> Iterator[None]:
    """Take a logger's handlers away; the null one keeps Python from printing in their place."""
    handlers, logger.handlers = logger.handlers, [logging.NullHandler()]
    try:
        yield
    finally:
        logger.handlers = handlers
