"""Seeds that nobody chose."""

from __future__ import annotations

import numpy as np


def new_seed() -> int:
    """A seed nobody chose, from the operating system, within the limits of a request."""
    return int(np.random.SeedSequence().generate_state(1)[0]) % 2**31
