"""Keeps the C++ runtimes' INFO lines off the user's screen."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from collections.abc import Iterator

log = logging.getLogger(__name__)


@contextlib.contextmanager
def without_info_lines() -> Iterator[None]:
    """Hold file descriptor 2 back, then let through what does not start with ``INFO:``.

    TFLite announces its delegate through C's stderr, which Python cannot filter. The
    descriptor belongs to the whole process, so lines of other threads are held back for
    that moment too, and are never lost.
    """
    try:
        saved = os.dup(2)
    except OSError:  # a daemon may run without stderr
        yield
        return
    # In memory: a sandbox may leave no folder to write temporary files to.
    with os.fdopen(os.memfd_create("stderr"), "w+b") as held:
        if sys.stderr is not None:
            sys.stderr.flush()
        os.dup2(held.fileno(), 2)
        try:
            yield
        finally:
            if sys.stderr is not None:
                sys.stderr.flush()
            os.dup2(saved, 2)
            os.close(saved)
            held.seek(0)
            _pass_on(held.read())


def _pass_on(written: bytes) -> None:
    for line in written.splitlines(keepends=True):
        if line.startswith(b"INFO:"):
            log.debug("native_message=%s", line.decode(errors="replace").strip())
        else:
            os.write(2, line)
