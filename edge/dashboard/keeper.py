"""Writes windows into the store, keeps them while it cannot, and deletes what is too old."""

from __future__ import annotations

import logging
import sqlite3
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from edge.dashboard.store import Arrival, Store
from edge.outage import Outage

log = logging.getLogger(__name__)
_PRUNE_EVERY_S = 600.0
#: How long a store that failed is left alone.
_RETRY_S = 5.0
#: Windows that wait while the store cannot be written; beyond, the oldest are lost.
MAX_WAITING = 20_000


class Keeper:
    """For one thread, in a ``with`` statement.

    Attributes:
        added: Windows that were new.
        lost: Windows that could not wait any longer.
    """

    def __init__(self, path: Path, keep_s: float) -> None:
        self.added = self.lost = 0
        self._path, self._keep_s = path, keep_s
        self._waiting: deque[Arrival] = deque()
        self._outage = Outage(log)
        self._next_prune_s = self._next_try_s = 0.0
        self._store: Store | None = None

    @property
    def trouble(self) -> str | None:
        """Why nothing is written, None while all is well."""
        return self._outage.message

    def __enter__(self) -> Keeper:
        self._store = Store(self._path)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._store is not None:
            self._write(self._store)
            self._store.close()

    def keep(self, arrivals: Sequence[Arrival], utc_s: float) -> None:
        """Write windows, with those that wait; ``utc_s`` is the time."""
        self._waiting.extend(arrivals)
        while len(self._waiting) > MAX_WAITING:
            self._waiting.popleft()
            self.lost += 1
        if self._store is None or utc_s < self._next_try_s:
            return
        if not self._write(self._store):
            self._next_try_s = utc_s + _RETRY_S
        elif utc_s >= self._next_prune_s:
            self._prune(self._store, utc_s)

    def _write(self, store: Store) -> bool:
        if not self._waiting:
            return True
        try:
            self.added += store.add(self._waiting)
        except sqlite3.Error as err:
            self._outage.failed(f"{self._path}: history cannot be written: {err}; is the disk full?")
            return False
        self._waiting.clear()
        self._outage.recovered(f"{self._path}: history is written again")
        return True

    def _prune(self, store: Store, utc_s: float) -> None:
        self._next_prune_s = utc_s + _PRUNE_EVERY_S
        try:
            deleted = store.prune(utc_s, self._keep_s)
        except sqlite3.Error as err:
            log.warning("%s: what is too old cannot be deleted: %s", self._path, err)
            return
        if deleted:
            log.info("%s: deleted what is too old windows=%d", self._path, deleted)
