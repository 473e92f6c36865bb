"""Commands on their way from the publisher's thread to the main loop."""

from __future__ import annotations

import contextlib
import os
import threading
from collections import deque

from edge.mqtt.session import Heard

#: More than an operator sends; whoever floods a device loses commands, not the device its memory.
_MOST = 64


class CommandInbox:
    """Readable (:meth:`fileno`) while commands wait; the newest beyond the bound are dropped."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[Heard] = deque()
        self._woken, self._waker = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)

    def fileno(self) -> int:
        return self._woken

    def put(self, heard: Heard) -> None:
        """Hand one over, from any thread."""
        with self._lock:
            if len(self._waiting) < _MOST:
                self._waiting.append(heard)
        with contextlib.suppress(BlockingIOError):
            os.write(self._waker, b"!")

    def take(self) -> list[Heard]:
        """All that wait."""
        with contextlib.suppress(BlockingIOError):
            os.read(self._woken, 4096)
        with self._lock:
            taken = list(self._waiting)
            self._waiting.clear()
        return taken

    def close(self) -> None:
        for fd in (self._woken, self._waker):
            os.close(fd)
