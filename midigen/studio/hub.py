"""To and from the Hugging Face Hub."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from midigen.progress import Progress, silent
from midigen.studio.models import SHIPPED, ModelDesk

if TYPE_CHECKING:
    from midigen.runs import Run


class HubDesk(ModelDesk):
    """What can be asked of the Hub."""

    def pull(self, address: str, name: str = "", progress: Progress = silent) -> Run:
        """Take in a model from the Hugging Face Hub.

        Args:
            address: `owner/name` or `owner/name@revision`.
            name: what to call it; nothing takes that of the repository.
            progress: told of files.

        Raises:
            UserError: it cannot be had, or holds no sound model.
        """
        from midigen.hub import parse_address, pull_model

        return pull_model(parse_address(address), self.workspace, name, progress)

    def push(self, model: str, address: str, private: bool = False) -> str:
        """Copy a model to the Hub; return its address with the commit.

        Args:
            model: a name.
            address: `owner/name`.
            private: whether nobody else may see it, where it is made now.

        Raises:
            UserError: there is no such model, nobody is logged in, or the Hub refuses.
        """
        from midigen.hub import parse_address, push_model

        return str(push_model(self.run(model), parse_address(address), private))

    def write_space(self, folder: Path, models: Sequence[str], hardware: str) -> None:
        """Write a folder that can be pushed to Hugging Face as a Space.

        Args:
            folder: new, empty, or one that was written by this before.
            models: names; none takes those that come with midigen.
            hardware: what it shall run on, as `space.HARDWARE` names it.

        Raises:
            UserError: the folder holds something else, or a model is missing or too large.
        """
        from midigen.space import write_space

        names = models or [run.name for run in self.runs() if run.name in SHIPPED]
        write_space(folder, [self.run(name) for name in names], hardware, self.config)

    def push_space(self, folder: Path, address: str, hardware: str, private: bool = False) -> str:
        """Copy such a folder to the Hub; return its address with the commit.

        Raises:
            UserError: nobody is logged in, or the Hub refuses.
        """
        from midigen.hub import parse_address, push_space

        return str(push_space(folder, parse_address(address), hardware, private))
