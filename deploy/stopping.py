"""Signals that end a run in good order: SIGTERM (``timeout``, cancelled jobs), SIGHUP (closed terminals)."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager


class Stopping:
    """Whether the end was asked for.

    Attributes:
        signal: What asked first; 0 while nothing has.
    """

    def __init__(self, outputs: Sequence[int] = (1, 2)) -> None:
        self.signal = 0
        self._terminals = [output for output in outputs if os.isatty(output)]

    def ask(self, number: int, _frame: object = None) -> None:
        """Ask for the end, as a handler of signals; the first counts: shells send SIGHUP more than once."""
        self.signal = self.signal or number
        self.terminal_is_gone()

    def terminal_is_gone(self) -> bool:
        """Whether the terminal was closed; what is said from then on is no error, but goes nowhere."""
        closed = [output for output in self._terminals if not os.isatty(output)]
        for output in closed:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, output)
            os.close(nowhere)
            self._terminals.remove(output)
        return bool(closed)


@contextmanager
def orderly() -> Iterator[Stopping]:
    """Within the block these signals ask for the end, unless they are ignored (``nohup``)."""
    stop = Stopping()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    numbers = (signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in numbers}
    taken = [number for number in numbers if before[number] is not signal.SIG_IGN]
    for number in taken:
        signal.signal(number, stop.ask)
    try:
        yield stop
    finally:
        for number in taken:
            signal.signal(number, before[number] or signal.SIG_DFL)
