"""Where the transaction that runs is, or how the last one ended, for whoever asks over a new connection.

It tells of the transaction and never decides it: a disk on which it cannot be written stops no roll-back.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from deploy.agent import durable

FINAL = frozenset({"good", "unchanged", "rolled-back", "failed"})


class Progress:
    """``progress.json``: release, who, phase, since, seconds of each phase, reason."""

    def __init__(self, memory: Path) -> None:
        self._path = memory / "progress.json"
        self._state: dict[str, Any] = {}

    def begin(self, release: str, previous: str | None, verb: str, who: str) -> None:
        """A new transaction."""
        self._state = {
            "release": release,
            "previous": previous,
            "verb": verb,
            "who": who,
            "phase": "queued",
            "phases": {},
            "since_s": time.time(),
            "reason": None,
            "error": None,
        }
        self._write()

    def go_on(self) -> None:
        """The transaction whose process died, by another process."""
        self._state = self.read()

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Time one phase."""
        started_s = time.monotonic()
        self._state["phase"] = name
        self._try_to_write()
        try:
            yield
        finally:
            self._state.setdefault("phases", {})[name] = round(time.monotonic() - started_s, 2)

    def end(self, outcome: str, reason: str | None = None, error: dict[str, Any] | None = None) -> None:
        """How it ended: one of :data:`FINAL`."""
        self._state.update(phase=outcome, reason=reason, error=error, ended_s=time.time())
        self._try_to_write()

    def add(self, more: dict[str, Any]) -> None:
        """What else is known of the transaction; warnings stay together."""
        if more:
            warnings = [*self._state.get("warnings", []), *more.get("warnings", [])]
            self._state.update(more, **({"warnings": warnings} if warnings else {}))
            self._try_to_write()

    @property
    def state(self) -> dict[str, Any]:
        """Of this process's transaction, also where it could not be written."""
        return dict(self._state)

    def read(self) -> dict[str, Any]:
        """What is on disk; empty before the first transaction."""
        try:
            found = json.loads(self._path.read_text())
        except (FileNotFoundError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def _write(self) -> None:
        durable.write(self._path, json.dumps(self._state).encode())

    def _try_to_write(self) -> None:
        try:
            self._write()
        except OSError:
            self._overwrite()

    def _overwrite(self) -> None:
        """On a full disk there is no room for a new file, but still that of the old one."""
        try:
            with open(str(self._path), "r+b") as handle:
                handle.write(json.dumps(self._state).encode())
                handle.truncate()
        except OSError:
            return
