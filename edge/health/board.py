"""The newest health record, handed from the main loop to those who ask from other threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from edge.contract.health import WRITTEN_EVERY_S, HealthRecord

#: A main loop that has told nothing for so long is not alive.
_ALIVE_S = 5 * WRITTEN_EVERY_S


class HealthBoard:
    """Written by the main loop, read by HTTP and metrics."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._lock = threading.Lock()
        self._monotonic = monotonic
        self._record: HealthRecord | None = None
        self._sound, self._told_s = True, monotonic()

    def post(self, record: HealthRecord, *, sound: bool) -> None:
        """The main loop turns; ``sound`` is False where the watchdog is not answered any more."""
        with self._lock:
            self._record, self._sound, self._told_s = record, sound, self._monotonic()

    @property
    def record(self) -> HealthRecord | None:
        """None before the first one."""
        with self._lock:
            return self._record

    @property
    def silent_s(self) -> float:
        """Since the main loop last told anything."""
        with self._lock:
            return self._monotonic() - self._told_s

    @property
    def alive(self) -> bool:
        """Whether the main loop turns and nothing in it is stuck."""
        with self._lock:
            return self._sound and self._monotonic() - self._told_s < _ALIVE_S
