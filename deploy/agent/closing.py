"""The end of a push, done by the transaction itself: a device needs nobody to come back for it."""

from __future__ import annotations

import time
from typing import Any, NamedTuple

from deploy.agent import prune
from deploy.agent.audit import AuditLog
from deploy.agent.layout import Layout
from deploy.agent.lock import RolloutLock
from deploy.agent.refusal import RefusedError


class Closing(NamedTuple):
    """What is kept; see :func:`deploy.agent.prune.prune`."""

    keep: int
    min_free_bytes: int


def close(layout: Layout, closing: Closing, who: str, *, good: bool) -> dict[str, Any]:
    """Remove old releases after a good push, and give the lock back after any.

    Returns:
        ``pruned``: the releases that went; ``unlocked``: whether the lock was given back;
        ``warnings``: what could not be done, which fails no push.
    """
    done: dict[str, Any] = {}
    audit = AuditLog(layout.memory)
    lock = RolloutLock(layout.memory)
    try:
        if good:
            # Ours may have expired in a long gate, and the next one has begun to bring blobs.
            with lock.kept_from_others(who, time.time()):
                pruned = prune.prune(layout, keep=closing.keep, min_free_bytes=closing.min_free_bytes)
            done["pruned"] = pruned["removed"]
            audit.add(time.time(), who, "prune", "good", removed=done["pruned"])
    except (OSError, RefusedError) as err:
        done["warnings"] = [f"old releases stay: {err}"]
    try:
        lock.release(who, time.time())
        done["unlocked"] = True
        audit.add(time.time(), who, "unlock", "good")
    except (OSError, RefusedError) as err:
        done["warnings"] = [*done.get("warnings", []), f"its lock stays until it expires: {err}"]
    return done
