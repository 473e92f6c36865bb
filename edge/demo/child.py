"""Another command of ours as a process that ends with the demo."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

_STOP_S = 8.0


@contextlib.contextmanager
def child(*arguments: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """``emotion-edge`` with these arguments, what it says in ``log``; stopped in order at the end."""
    command = [sys.executable, "-m", "edge", *arguments, "--with-parent", str(os.getpid())]
    with log.open("wb") as out:
        # Its own session: Ctrl-C is for the demo, which then stops this in order.
        process = subprocess.Popen(command, stdout=out, stderr=out, start_new_session=True)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
