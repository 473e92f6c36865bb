"""Who works on a run: one process at a time; the kernel gives the lock up when that process dies."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from edge.errors import EmotionEdgeError

_FILE = "process.flock"


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Be the only process that works on a run.

    Args:
        folder: Of the run.

    Raises:
        EmotionEdgeError: Another one does.
    """
    with _opened(folder) as handle:
        if not _locked(handle):
            raise _still_runs(folder, handle)
        handle.truncate(0)
        handle.write(f"{os.getpid()}\n")
        handle.flush()
        yield


def refuse_running(folder: Path) -> None:
    """Raise where a process works on a run.

    Raises:
        EmotionEdgeError: It does.
    """
    with _opened(folder) as handle:
        if not _locked(handle):
            raise _still_runs(folder, handle)


def _locked(handle: TextIO) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _still_runs(folder: Path, handle: TextIO) -> EmotionEdgeError:
    process = handle.read().strip() or "unknown"
    return EmotionEdgeError(
        f"{folder.name}: it still runs (pid {process}); wait for its end, or end it with Ctrl-C there"
    )


def _opened(folder: Path) -> TextIO:
    # Not inherited: Ansible's connections, which outlive it, must not go on holding the lock.
    handle = os.open(folder / _FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    return os.fdopen(handle, "r+", encoding="ascii")
