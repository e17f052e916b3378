"""Kaggle's own client runs here against a server on this machine that speaks its protocol."""

from __future__ import annotations

import io
import json
import os
import socket
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from midigen.config import DataConfig
from midigen.corpus import kaggle
from midigen.corpus.datasets import Dataset
from midigen.corpus.importing import import_dataset
from midigen.errors import UserError
from midigen.progress import Progress, silent
from midigen.workspace import Workspace
from tests.corpus.kaggle_server import KaggleServer, kaggle_environment, serve_kaggle

MIDI = b"MThd\0\0\0\x06\0\0\0\x01\0\x60MTrk\0\0\0\x04\0\xff\x2f\0"
HANDLE = "someone/piano-pieces"
NOBODY = "http://127.0.0.1:9"  # the discard port: nobody listens


def zipped(**files: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data in files.items():
            archive.writestr(name.replace("__", "/") + ".mid", data)
    return content.getvalue()


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[KaggleServer]:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("KAGGLE_USERNAME", "KAGGLE_KEY", "KAGGLE_API_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    with serve_kaggle({HANDLE: zipped(bach__1=MIDI, chopin__2=MIDI)}) as served:
        for name, value in served.environment(tmp_path / "cache").items():
            monkeypatch.setenv(name, value)
        yield served


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "work")


def fetch_into(workspace: Workspace, source: str = HANDLE, progress: Progress = silent) -> Dataset:
    return import_dataset(source, None, workspace, DataConfig(), progress)


def go_offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in kaggle_environment(NOBODY, tmp_path / "cache").items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize(
    ("text", "handle"),
    [
        ("owner/name", kaggle.Handle("owner", "name")),
        ("owner/name/versions/12", kaggle.Handle("owner", "name", 12)),
        ("https://www.kaggle.com/datasets/owner/name", kaggle.Handle("owner", "name")),
        ("kaggle.com/datasets/owner/name/?select=a.mid", kaggle.Handle("owner", "name")),
        ("../name", None),
        ("owner/..", None),
        ("owner/name/versions/0", None),
        ("owner/name/versions/../1", None),
        ("owner/name/", None),
        ("owner", None),
        ("/owner/name", None),
        ("owner/na me", None),
        ("owner/name\n", None),
        ("owner\\name/x", None),
        ("", None),
    ],
)
def test_handles_are_read_strictly(text: str, handle: kaggle.Handle | None) -> None:
    assert kaggle.parse_handle(text) == handle


@pytest.mark.usefixtures("server")
def test_a_data_set_keeps_its_folders_and_says_where_it_is_from(workspace: Workspace) -> None:
    dataset = fetch_into(workspace)
    assert dataset.name == "piano-pieces"
    assert dataset.source == f"Kaggle: {HANDLE}/versions/1"
    assert "kaggle.com/datasets/someone/piano-pieces" in dataset.licence
    assert (dataset.folder / "bach" / "1.mid").read_bytes() == MIDI
    assert dataset.n_files == 2


def test_progress_is_told_in_bytes(server: KaggleServer, workspace: Workspace) -> None:
    calls: list[tuple[int, int | None, str]] = []
    fetch_into(workspace, progress=lambda *call: calls.append(call))
    size = len(server.archives[HANDLE])
    downloads = [call[:2] for call in calls if "bytes" in call[2]]
    assert downloads[0] == (0, size)
    assert downloads[-1] == (size, size)


def test_a_cached_copy_is_used_without_network(
    server: KaggleServer,
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    fetch_into(workspace)
    server.versions[HANDLE] = 2
    fetch_into(workspace)
    go_offline(monkeypatch, tmp_path)
    dataset = fetch_into(workspace)
    assert dataset.n_files == 2
    assert "versions/2; an earlier copy" in dataset.source
    assert "earlier copy" not in fetch_into(workspace, f"{HANDLE}/versions/1").source


def test_a_cached_copy_is_used_while_kaggle_is_busy(
    server: KaggleServer, workspace: Workspace
) -> None:
    fetch_into(workspace)
    server.statuses[HANDLE] = 503
    assert "earlier copy" in fetch_into(workspace).source
    server.statuses[HANDLE] = 403
    with pytest.raises(UserError, match="does not give out"):
        fetch_into(workspace)


@pytest.mark.parametrize(
    ("status", "what", "advice"),
    [
        (401, "refused your login", "kaggle.json"),
        (403, "does not give out", "KAGGLE_USERNAME and KAGGLE_KEY"),
        (404, "knows no data set", "owner/name"),
        (429, "cannot answer now", "some minutes"),
        (500, "cannot answer now", "some minutes"),
    ],
)
def test_every_refusal_has_its_own_advice(
    server: KaggleServer, workspace: Workspace, status: int, what: str, advice: str
) -> None:
    server.statuses[HANDLE] = status
    with pytest.raises(UserError) as refusal:
        fetch_into(workspace)
    assert what in refusal.value.what
    assert advice in refusal.value.hint
    assert not list(workspace.midi.iterdir())


@pytest.mark.usefixtures("server")
def test_no_network_points_to_what_needs_none(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    go_offline(monkeypatch, tmp_path)
    with pytest.raises(UserError, match=r"cannot be reached.*bach-chorales"):
        fetch_into(workspace)


@pytest.mark.usefixtures("server")
def test_a_server_that_never_answers_is_given_up(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client waits without limit for an answer."""
    monkeypatch.setattr(kaggle, "ANSWER_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{mute.getsockname()[1]}")
        with pytest.raises(UserError, match="cannot be reached"):
            fetch_into(workspace)


def test_a_broken_download_goes_on_where_it_stopped(
    server: KaggleServer, workspace: Workspace
) -> None:
    server.archives[HANDLE] = zipped(bach__1=MIDI + bytes(1_600_000))
    server.cut_after_bytes = 1_200_000  # the client writes whole MiB
    with pytest.raises(UserError, match="broke off"):
        fetch_into(workspace)
    server.cut_after_bytes = None
    calls: list[tuple[int, int | None, str]] = []
    assert fetch_into(workspace, progress=lambda *call: calls.append(call)).n_files == 1
    assert next(done for done, _, what in calls if "bytes" in what) > 0


def test_what_is_no_archive_is_not_kept(server: KaggleServer, workspace: Workspace) -> None:
    """The client would find a complete but useless archive in its cache at every later try."""
    good = server.archives[HANDLE]
    server.archives[HANDLE] = b"<html>an error page</html>"
    with pytest.raises(UserError, match="no archive"):
        fetch_into(workspace)
    server.archives[HANDLE] = good
    assert fetch_into(workspace).n_files == 2


def test_a_zip_that_escapes_is_refused_before_the_client_unpacks_it(
    server: KaggleServer, workspace: Workspace, tmp_path: Path
) -> None:
    server.archives[HANDLE] = zipped(**{"..__evil": MIDI, "good": MIDI})
    with pytest.raises(UserError, match="escapes its folder"):
        fetch_into(workspace)
    assert not list((tmp_path / "cache").rglob("*.mid"))


@pytest.mark.parametrize("limit_mb", [0.001, 0.05])
def test_too_much_is_refused_before_it_fills_the_disk(
    server: KaggleServer, workspace: Workspace, tmp_path: Path, limit_mb: float
) -> None:
    """0.001 MB is less than the download, 0.05 MB less than it unpacks to."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.mid", MIDI + bytes(2_000_000))
    server.archives[HANDLE] = content.getvalue()
    with pytest.raises(UserError, match="MB"):
        import_dataset(HANDLE, None, workspace, DataConfig(max_archive_mb=limit_mb), silent)
    assert not list((tmp_path / "cache").rglob("*.mid"))


def test_ctrl_c_while_downloading_leaves_the_old_set_and_an_unhooked_client(
    server: KaggleServer, workspace: Workspace
) -> None:
    from kagglehub import clients

    own_bar = clients.tqdm
    before = fetch_into(workspace)
    server.versions[HANDLE] = 2

    def interrupt(_done: int, _total: int | None, what: str) -> None:
        if "bytes" in what:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch_into(workspace, progress=interrupt)
    assert clients.tqdm is own_bar
    assert [each.name for each in workspace.midi.iterdir()] == ["piano-pieces"]
    assert json.loads((before.folder / "dataset.json").read_text())["n_files"] == 2


def test_a_login_is_used_but_never_shown_or_stored(
    server: KaggleServer,
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("KAGGLE_USERNAME", "me")
    monkeypatch.setenv("KAGGLE_KEY", "very-secret")
    fetch_into(workspace)
    assert server.authorizations
    server.statuses[HANDLE] = 403
    with pytest.raises(UserError) as refusal:
        fetch_into(workspace)
    assert "secret" not in str(refusal.value)
    stored = [each for each in tmp_path.rglob("*") if each.is_file()]
    assert stored
    assert not any(b"very-secret" in each.read_bytes() for each in stored)


@pytest.mark.usefixtures("server")
def test_a_damaged_login_file_is_named(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "kaggle.json").write_text("{")
    monkeypatch.setenv("KAGGLE_CONFIG_DIR", str(tmp_path))
    with pytest.raises(UserError, match=r"kaggle\.json cannot be read"):
        fetch_into(workspace)


@pytest.mark.usefixtures("server")
def test_another_process_finds_the_server_by_environment_and_prints_nothing(
    tmp_path: Path,
) -> None:
    """The client would print its log, its bar and, with a login, a nag about its version."""
    script = (
        "import sys; from pathlib import Path; from midigen.config import DataConfig;"
        "from midigen.corpus.importing import import_dataset; from midigen.progress import silent;"
        "from midigen.workspace import Workspace;"
        f"import_dataset({HANDLE!r}, None, Workspace(Path(sys.argv[1])), DataConfig(), silent)"
    )
    login = {"KAGGLE_USERNAME": "me", "KAGGLE_KEY": "very-secret"}
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "work")],
        env={**os.environ, **login, "PYTHONPATH": str(Path(kaggle.__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (tmp_path / "work/data/midi/piano-pieces/chopin/2.mid").exists()
