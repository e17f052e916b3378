"""Models and Spaces on the Hub, through the Hub's own client and a stand-in for the Hub."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import constants

from midigen.cli import main
from midigen.config import Config
from midigen.errors import UserError
from midigen.hub import parse_address
from midigen.model_folder import read_card
from midigen.run_archive import parts
from midigen.runs import Run
from midigen.studio import SHIPPED, Studio
from midigen.workspace import Workspace
from tests.hub_server import HubServer, commit_id, serve_hub

PROJECT = Path(__file__).parent.parent
TINY = "clara/tiny"


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "no-token"))
    with serve_hub() as server:
        server.lead_here(monkeypatch)
        yield server


@pytest.fixture
def home() -> Studio:
    """A studio of the shipped models, which nothing here writes to."""
    return Studio(Config(), Workspace(PROJECT))


def test_a_model_is_pushed_and_pulled_at_its_commit(trained: Studio, hub: HubServer) -> None:
    first = trained.push("tiny", TINY, private=True)
    assert first == f"{TINY}@{commit_id(TINY, 0)}"
    assert hub.made[0]["visibility"] == "private"
    (files,) = hub.commits[TINY]
    bundle = {"config.yaml", "tokenizer.json", "model.safetensors", "card.json"}
    assert bundle | {"README.md"} <= {*files}
    assert not [name for name in files if name.endswith((".pt", ".pth", ".bin"))]
    assert b"pull clara/tiny" in files["README.md"]

    hub.commits[TINY].append({**files, "model.safetensors": b"worse", "evil.pt": b"pickle"})
    back = trained.pull(first, "back")
    assert read_card(back.folder)["hub"] == first
    same = (trained.run("tiny").folder / "model.safetensors").read_bytes()
    assert (back.folder / "model.safetensors").read_bytes() == same
    assert not (back.folder / ".cache").exists()

    with pytest.raises(UserError, match="damaged"):
        trained.pull(TINY)
    assert not [path for path in hub.asked if path.endswith("evil.pt")]
    assert {each.name for each in trained.workspace.models.iterdir()} == {"tiny", "back"}


def test_the_newest_commit_is_written_down(trained: Studio, hub: HubServer) -> None:
    """What is pulled without a revision can be had again."""
    pushed = trained.push("tiny", TINY)
    run = trained.pull(TINY)
    assert run.name == "tiny-2"
    assert read_card(run.folder)["hub"] == pushed


def test_a_space_is_pushed_with_its_hardware(
    hub: HubServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["space", str(tmp_path / "space"), "--model", SHIPPED[1], "--push", "clara/studio"]
    assert main(words) == 0
    assert "huggingface.co/spaces/clara/studio" in capsys.readouterr().out
    (made,) = hub.made
    assert (made["type"], made["sdk"], made["hardware"]) == ("space", "gradio", "zero-a10g")
    (files,) = hub.commits["clara/studio"]
    assert {"README.md", "app.py", "requirements.txt", "midigen/__init__.py"} <= {*files}


def test_what_cannot_be_had_is_named(home: Studio, hub: HubServer) -> None:
    hub.commits[TINY] = [{"README.md": b""}]
    with pytest.raises(UserError, match="shows no clara/nothing"):
        home.pull("clara/nothing")
    with pytest.raises(UserError, match="no such revision on the Hub: clara/tiny@v9"):
        home.pull(f"{TINY}@v9")
    with pytest.raises(UserError, match="no model of midigen in clara/tiny"):
        home.pull(TINY)


def test_who_may_not_push_is_told_how_to_log_in(
    home: Studio, hub: HubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    with pytest.raises(UserError, match="Your token may not do this") as refused:
        home.push(SHIPPED[1], TINY)
    assert "hf auth login" in refused.value.hint
    monkeypatch.delenv("HF_TOKEN")
    with pytest.raises(UserError, match="Nobody is logged in"):
        home.push(SHIPPED[1], TINY)


def test_a_hub_that_cannot_be_reached_is_named(
    home: Studio, hub: HubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(UserError, match="cannot be reached"):
        home.pull(TINY)


@pytest.mark.parametrize(
    "text", ["", "name", "a/b/c", "../x", "a/..", "a/b@", "a/b@x y", "http://a/b"]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="no address"):
        parse_address(text)


def test_of_the_shipped_models_nothing_is_left_out_that_the_page_shows() -> None:
    for name in SHIPPED:
        taken = parts(Run(PROJECT / "models" / name))
        assert {"evaluation.json", "fingerprints.npz", "examples/example-1.mid"} <= set(taken)
