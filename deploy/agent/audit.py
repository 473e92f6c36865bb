"""What was done to this device, by whom, with which outcome: one JSON line an action."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

#: Then it becomes audit.log.1, and the one before goes.
_LIMIT_BYTES = 1024 * 1024


class AuditLog:
    """Appended to, never rewritten."""

    def __init__(self, memory: Path) -> None:
        self._path = memory / "audit.log"

    def add(self, now_s: float, who: str, verb: str, outcome: str, **more: Any) -> None:
        """Add one line and wait until the disk has it."""
        line = {"time": _utc(now_s), "who": who, "verb": verb, "outcome": outcome, **more}
        if self._path.exists() and self._path.stat().st_size > _LIMIT_BYTES:
            os.replace(str(self._path), str(self._path) + ".1")
        with self._path.open("a") as handle:
            handle.write(json.dumps(line) + "\n")
            handle.flush()
            os.fsync(handle.fileno())

    def last(self, count: int) -> list[dict[str, Any]]:
        """The newest lines, oldest first; one that a power cut tore is left out."""
        try:
            lines = self._path.read_text(errors="replace").splitlines()[-count:]
        except FileNotFoundError:
            return []
        return [line for line in map(_parsed, lines) if line]


def _parsed(line: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _utc(now_s: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now_s))
