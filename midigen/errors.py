"""The one exception that is shown to people."""

from __future__ import annotations

import errno

# What an OSError says where the disk, and not a program, is to blame.
DISK_TROUBLE = frozenset(
    {
        *(errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO),
        *(errno.ENAMETOOLONG, errno.ELOOP, errno.ENOTDIR, errno.EISDIR, errno.EEXIST),
    }
)


class UserError(Exception):
    """Something a person can put right.

    The command line prints it without a traceback and exits with code 2; the page shows it as a
    message. Everything else that goes wrong is a bug and rises with its traceback.

    Args:
        what: what happened, with the offending value.
        hint: what to do next; may be empty where `what` already says it.
    """

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(what, hint)
        self.what = what
        self.hint = hint

    @property
    def lines(self) -> str:
        """Both, each on a line of its own, for who shows them later and elsewhere."""
        return "\n".join(filter(None, (self.what, self.hint)))

    def __str__(self) -> str:
        return f"{self.what} {self.hint}".strip()
