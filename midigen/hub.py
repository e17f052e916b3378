"""Models and Spaces on the Hugging Face Hub: pushed with a token, pulled at one revision.

A model there is a plain snapshot of its folder here. What is pulled is distrusted as a zip is: only
known files are taken, nothing is a pickle, and the model must load before it gets its place.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from midigen import atomic
from midigen.errors import UserError
from midigen.model_folder import read_card, save_card
from midigen.progress import Progress, silent
from midigen.run_archive import MOST_FILES, check_size, draft_folder, is_part, parts, take_in
from midigen.runs import Run
from midigen.workspace import Workspace

_ADDRESS = re.compile(
    r"(?P<repo>[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95})(@(?P<revision>[\w./-]{1,120}))?",
    re.ASCII,
)
_LOG_IN = "Log in with `hf auth login`, or set HF_TOKEN to a token that may write."


@dataclass(frozen=True)
class Address:
    """Where something lies on the Hub: `owner/name`, at a revision.

    Attributes:
        repo: `owner/name`.
        revision: a commit, a tag or a branch; None is the newest commit.
    """

    repo: str
    revision: str | None = None

    def __str__(self) -> str:
        return f"{self.repo}@{self.revision}" if self.revision else self.repo


def parse_address(text: str) -> Address:
    """Read `owner/name` or `owner/name@revision`.

    Raises:
        UserError: it is neither.
    """
    found = _ADDRESS.fullmatch(text)
    if found is None:
        raise UserError(
            f"'{text[:80]}' is no address on the Hub.", "Write owner/name or owner/name@revision."
        )
    return Address(found["repo"], found["revision"])


def push_model(run: Run, address: Address, private: bool = False) -> Address:
    """Copy a model, and what is known of it, to the Hub.

    Args:
        run: the model.
        address: where it goes; what lies there is replaced file by file.
        private: whether nobody else may see it, where it is made now.

    Returns:
        The address with the commit that holds it.

    Raises:
        UserError: it has no model yet, nobody is logged in, or the Hub refuses.
    """
    if not run.has_model():
        raise UserError(f"'{run.name}' has no model yet.", "Wait for its first evaluation.")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for inside in parts(run):
            target = folder / inside
            target.parent.mkdir(exist_ok=True)
            shutil.copyfile(run.folder / inside, target)
        atomic.write_text(folder / "README.md", _readme(run, address))
        return _push(folder, address, f"midigen: {run.name}", private=private)


def push_space(folder: Path, address: Address, hardware: str, private: bool = False) -> Address:
    """Copy a folder that `space.write_space` wrote to the Hub, where it starts.

    Args:
        folder: what to push.
        address: of the Space.
        hardware: that it is made with, if it is made now.
        private: whether nobody else may see it, if it is made now.

    Raises:
        UserError: nobody is logged in, or the Hub refuses.
    """
    made = {"repo_type": "space", "space_sdk": "gradio", "space_hardware": hardware}
    return _push(folder, address, "midigen: the studio", private=private, **made)


def pull_model(
    address: Address, workspace: Workspace, name: str = "", progress: Progress = silent
) -> Run:
    """Make a run of a model on the Hub. Its card says at which commit it was taken.

    Args:
        address: without a revision, the newest commit is taken.
        workspace: where it goes.
        name: what to call it; nothing takes that of the repository. A taken one gets a number.
        progress: told of files.

    Raises:
        UserError: it cannot be had, or holds no sound model.
    """
    from huggingface_hub import HfApi, hf_hub_download
    from huggingface_hub.hf_api import RepoFile

    with _answering(address), draft_folder(workspace.models) as draft:
        api = HfApi()
        commit = api.model_info(address.repo, revision=address.revision).sha
        listed = api.list_repo_tree(address.repo, recursive=True, revision=commit)
        found = [each for each in listed if isinstance(each, RepoFile) and is_part(each.path)]
        if not found or len(found) > MOST_FILES:
            raise UserError(f"There is no model of midigen in {address}.")
        for done, each in enumerate(found):
            check_size(each.path, each.size, str(address))
            progress(done, len(found), each.path)
            hf_hub_download(address.repo, each.path, revision=commit, local_dir=draft)
        shutil.rmtree(draft / ".cache", ignore_errors=True)  # the client's notes
        run = take_in(draft, workspace, name or address.repo.partition("/")[2])
    save_card(run.folder, {**read_card(run.folder), "hub": f"{address.repo}@{commit}"})
    return run


def _push(
    folder: Path, address: Address, message: str, repo_type: str = "model", **made: Any
) -> Address:
    """Make the repository if it is not there yet, and commit the folder to it."""
    from huggingface_hub import HfApi, get_token

    if get_token() is None:
        raise UserError("Nobody is logged in to the Hub.", _LOG_IN)
    with _answering(address):
        api = HfApi()
        api.create_repo(address.repo, repo_type=repo_type, exist_ok=True, **made)
        commit = api.upload_folder(
            repo_id=address.repo, repo_type=repo_type, folder_path=folder, commit_message=message
        )
    return Address(address.repo, commit.oid)


@contextmanager
def _answering(address: Address) -> Iterator[None]:
    """The Hub's refusals in plain words.

    Raises:
        UserError: for each of them.
    """
    from httpx2 import HTTPError  # what the client asks with
    from huggingface_hub import errors

    try:
        yield
    except errors.RevisionNotFoundError as error:
        raise UserError(f"There is no such revision on the Hub: {address}.") from error
    except errors.RepositoryNotFoundError as error:
        raise UserError(
            f"The Hub shows no {address.repo}: it is not there, or your token does not reach it.",
            _LOG_IN,
        ) from error
    except errors.HfHubHTTPError as error:
        status = error.response.status_code
        if status in (401, 403):
            raise UserError(f"Your token may not do this with {address.repo}.", _LOG_IN) from error
        said = error.server_message or f"status {status}"
        raise UserError(f"The Hub answered: {said}", "Try again in some minutes.") from error
    except (HTTPError, errors.OfflineModeIsEnabled, errors.EntryNotFoundError) as error:
        raise UserError(
            "The Hugging Face Hub cannot be reached.", "Look at the network, and try again."
        ) from error


def _readme(run: Run, address: Address) -> str:
    """The page of a model on the Hub."""
    card = read_card(run.folder)
    front = {
        "library_name": "midigen",
        "tags": ["midi", "music", "music-generation", "symbolic-music", "safetensors"],
    }
    told = {
        "Learned from": card.get("data_source") or card.get("dataset"),
        "Licence of the data": card.get("data_licence"),
        "Attribution": card.get("attribution"),
        "Parameters": card.get("parameters"),
        "Nats per token, held-out pieces": card.get("validation_loss"),
        "Bits per note, held-out pieces": card.get("bits_per_note"),
        "Weaknesses": card.get("weaknesses"),
        "Command": card.get("command"),
    }
    facts = "\n".join(f"- {key}: {value}" for key, value in told.items() if value)
    return (
        f"{front_matter(front)}\n# {run.name}\n\n"
        "A composer trained with midigen: MIDI in, MIDI out. To play with it:\n\n"
        f"```sh\npython -m midigen pull {address.repo}\n"
        f"python -m midigen generate --model {address.repo.partition('/')[2]}\n```\n\n{facts}\n"
    )


def front_matter(values: Mapping[str, Any]) -> str:
    """The YAML at the top of a README that the Hub reads; JSON is YAML."""
    lines = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()]
    return "\n".join(["---", *lines, "---", ""])
