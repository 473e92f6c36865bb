"""Who may change this device: one rollout at a time, and one transaction at a time."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from deploy.agent import durable
from deploy.agent.refusal import RefusedError

#: A lock from further in the future was made before the clock was put right.
_CLOCK_STEP_S = 300.0
_TRANSACTION = "transaction.flock"
_TRIES, _TRY_EVERY_S = 5, 0.02


class RolloutLock:
    """Held by an operator for as long as a rollout takes: it says who, when and why, and expires."""

    def __init__(self, memory: Path) -> None:
        self._file, self._mutex = memory / "lock.json", memory / "lock.flock"

    def read(self, now_s: float) -> dict[str, Any] | None:
        """The lock in force."""
        held = self._stored()
        return held if held is not None and not _expired(held, now_s) else None

    def take(self, owner: str, why: str, ttl_s: float, now_s: float) -> dict[str, Any]:
        """Take it, or hold it longer.

        Returns:
            The lock; ``taken_over`` is an expired one that was in the way.
        Raises:
            RefusedError: ``locked``.
        """
        with exclusively(self._mutex):
            self.require(owner, now_s)
            before = self._stored()
            held = {"owner": owner, "why": why, "since_s": now_s, "until_s": now_s + ttl_s}
            durable.write(self._file, json.dumps(held).encode())
            expired = before is not None and before["owner"] != owner
            return {**held, "taken_over": before if expired else None}

    def release(self, owner: str, now_s: float) -> None:
        """Give it up; one that is not held is no fault.

        Raises:
            RefusedError: ``locked``: it is somebody else's.
        """
        with exclusively(self._mutex):
            self.require(owner, now_s)
            durable.remove(self._file)

    def require(self, owner: str | None, now_s: float) -> None:
        """Refuse whoever is not its owner, where it is held.

        Raises:
            RefusedError: ``locked``, with who, since when and why.
        """
        held = self.read(now_s)
        if held is not None and held["owner"] != owner:
            raise RefusedError(
                "locked",
                f"{held['owner']} has it since {now_s - held['since_s']:.0f} s: {held['why']}",
                str(self._file),
                f"wait, or ask them; it expires in {held['until_s'] - now_s:.0f} s",
                lock=held,
            )

    @contextmanager
    def kept_from_others(self, owner: str, now_s: float) -> Iterator[None]:
        """Be sure for a moment that nobody else has it, or takes it.

        Raises:
            RefusedError: ``locked``: it is somebody else's.
        """
        with exclusively(self._mutex):
            self.require(owner, now_s)
            yield

    def _stored(self) -> dict[str, Any] | None:
        try:
            found = json.loads(self._file.read_text())
        except (FileNotFoundError, ValueError):
            return None
        return found if isinstance(found, dict) else None


def _expired(held: dict[str, Any], now_s: float) -> bool:
    return bool(now_s >= held["until_s"] or now_s < held["since_s"] - _CLOCK_STEP_S)


@contextmanager
def exclusively(path: Path) -> Iterator[None]:
    """Wait for, and hold, a file lock; the kernel gives it up when the process dies."""
    with _opened(path) as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@contextmanager
def transaction(memory: Path) -> Iterator[None]:
    """Be the only one that changes the device.

    Raises:
        RefusedError: ``busy``.
    """
    path = memory / _TRANSACTION
    with _opened(path) as handle:
        tries = 0
        while not _flocked(handle):
            # Whoever asks whether it is held, holds it for a moment.
            tries += 1
            if tries > _TRIES:
                said = "another transaction is running on this device"
                raise RefusedError("busy", said, str(path), "wait for it: progress")
            time.sleep(_TRY_EVERY_S)
        yield


def transaction_runs(memory: Path) -> bool:
    """Whether a process that holds it is alive."""
    if not memory.is_dir():
        return False
    with _opened(memory / _TRANSACTION) as handle:
        return not _flocked(handle)


def _flocked(handle: TextIO) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _opened(path: Path) -> TextIO:
    # Not inherited: a daemon that the agent starts must not go on holding the lock.
    return os.fdopen(os.open(str(path), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "w")
