"""Ties a process to the life of the one that started it. Standard library only, Python 3.9."""

from __future__ import annotations

import ctypes
import os
import signal

_PR_SET_PDEATHSIG = 1


def die_with(parent: int, signal_number: signal.Signals) -> None:
    """Have the kernel send this signal when the process ``parent``, our own parent, is gone.

    Source: prctl(2). It also works where the parent was killed, or a driver hangs.
    """
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal_number), 0, 0, 0)
    if os.getppid() != parent:  # it died before the kernel knew
        os.kill(os.getpid(), signal_number)
