"""Everything a person can ask for; the page, the command line and the scripts only translate.

The studio is one concierge at several desks: what concerns data, models, learning, composing, sound
and the Hub stands in a file each. Rooms are imported when they are asked for, so that a question
which needs no torch is answered without it.
"""

from __future__ import annotations

import logging

from midigen.config import GenerationRequest
from midigen.config_file import load_config
from midigen.errors import UserError
from midigen.studio.composing import ComposingDesk, LookAtPiece
from midigen.studio.hub import HubDesk
from midigen.studio.learning import LearningDesk
from midigen.studio.models import SHIPPED, ModelInfo
from midigen.studio.sound import SoundDesk
from midigen.workspace import Workspace

__all__ = ["SHIPPED", "LookAtPiece", "ModelInfo", "Studio", "open_studio"]

_log = logging.getLogger(__name__)

_TOKENS_TO_WARM_UP = 60  # some notes, to be played


class Studio(LearningDesk, ComposingDesk, SoundDesk, HubDesk):
    """The concierge of one workspace. It may be asked by several threads at a time."""

    def warm_up(self) -> None:
        """Load what the first piece needs: a model that does not learn, and the soundfont.

        What is missing or damaged is passed over here; who asks for it is told.
        """
        ready = [each.name for each in self.models() if not self.run(each.name).status().is_alive]
        if not ready:
            return
        try:
            composition = self.begin(
                ready[0], GenerationRequest(seed=0, gen_length=_TOKENS_TO_WARM_UP)
            )
            for _ in composition.grow():
                pass
            self.render(composition.piece().score)
        except UserError as error:
            _log.info("Nothing was loaded beforehand: %s", error)


def open_studio(workspace: Workspace, overrides: tuple[str, ...] = ()) -> Studio:
    """A studio with the workspace's `config.yaml`, if it has one."""
    file = workspace.config_file if workspace.config_file.exists() else None
    return Studio(load_config(file, overrides), workspace)
