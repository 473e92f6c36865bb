"""Signals as something to wait for, instead of an exception anywhere."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator

_STOP, _RELOAD = b"!", b"r"


class Signals:
    """A file descriptor that is readable once a signal has come; see :func:`caught`."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self.stop = False
        self._reload = False

    def fileno(self) -> int:
        return self._fd

    def read(self) -> None:
        """Take note of what has come."""
        with contextlib.suppress(BlockingIOError):
            came = os.read(self._fd, 4096)
            self.stop |= _STOP in came
            self._reload |= _RELOAD in came

    def take_reload(self) -> bool:
        """Whether a reload was asked for, once."""
        asked, self._reload = self._reload, False
        return asked


@contextlib.contextmanager
def caught() -> Iterator[Signals]:
    """SIGTERM and SIGINT ask to stop, SIGHUP to read the configuration again."""
    read_fd, write_fd = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)

    def note(number: int, _frame: object) -> None:
        with contextlib.suppress(BlockingIOError):
            os.write(write_fd, _RELOAD if number == signal.SIGHUP else _STOP)

    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = {number: signal.signal(number, note) for number in numbers}
    try:
        yield Signals(read_fd)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(read_fd)
        os.close(write_fd)
