"""Why the agent does not do what it was asked to do."""

from __future__ import annotations

import errno
from typing import Any


class RefusedError(Exception):
    """Nothing was changed, or all was put back.

    Attributes:
        code: For programs, as ``disk-full``.
        what, where, do: For people: what is wrong, with which file or part, what to do about it.
        more: Figures that help a program to go on.
    """

    def __init__(self, code: str, what: str, where: str, do: str, **more: Any) -> None:
        super().__init__(f"{where}: {what}; {do}")
        self.code, self.what, self.where, self.do, self.more = code, what, where, do, more

    def as_json(self) -> dict[str, Any]:
        """As it goes to whoever called."""
        return {"code": self.code, "what": self.what, "where": self.where, "do": self.do, **self.more}


_KNOWN = {
    errno.ENOSPC: ("disk-full", "no space is left on the device", "free some, or prune old releases"),
    errno.EDQUOT: ("disk-full", "the quota is used up", "free some, or prune old releases"),
    errno.EFBIG: ("disk-full", "the file grew larger than is allowed", "raise the limit of file sizes"),
    errno.EROFS: ("read-only", "the file system is mounted read-only", "remount it, or replace the card"),
    errno.EACCES: ("not-allowed", "permission denied", "run the agent as root (sudo)"),
    errno.EPERM: ("not-allowed", "permission denied", "run the agent as root (sudo)"),
    errno.EIO: ("disk-broken", "the disk gives errors", "replace the card"),
}


def of_os_error(err: OSError, fallback: str) -> RefusedError:
    """The refusal that an error of the operating system amounts to."""
    code, what, do = _KNOWN.get(
        err.errno or 0, ("os-error", err.strerror or str(err), "see the device's log")
    )
    return RefusedError(code, what, str(err.filename or fallback), do)
