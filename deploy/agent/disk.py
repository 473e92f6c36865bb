"""Room on the disk: the daemon that runs needs some of it for its outbox, whatever is pushed."""

from __future__ import annotations

import os
from pathlib import Path

from deploy.agent.refusal import RefusedError

#: What a push leaves free for the daemon.
RESERVE_BYTES = 32 * 1024 * 1024


def free_bytes(path: Path) -> int:
    """What a program may still write where the path is, or will be."""
    while not path.exists():
        path = path.parent
    found = os.statvfs(str(path))
    return found.f_bavail * found.f_frsize


def require(path: Path, wanted_bytes: int) -> None:
    """Refuse what would fill the disk.

    Raises:
        RefusedError: ``disk-full``.
    """
    free = free_bytes(path)
    if free < wanted_bytes + RESERVE_BYTES:
        raise RefusedError(
            "disk-full",
            f"{wanted_bytes / 1e6:.0f} MB are needed and {RESERVE_BYTES / 1e6:.0f} MB stay free for the "
            f"daemon, but only {free / 1e6:.0f} MB are free",
            str(path),
            "free some, or prune old releases",
            needed_bytes=wanted_bytes + RESERVE_BYTES,
            free_bytes=free,
        )
