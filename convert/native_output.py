"""Keeps TensorFlow's and the converter's chatter off the user's screen."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import tempfile
from collections.abc import Iterator

log = logging.getLogger(__name__)
_STDOUT, _STDERR = 1, 2


@contextlib.contextmanager
def held_back() -> Iterator[None]:
    """Turn what Python and C write to stdout and stderr meanwhile into DEBUG log lines.

    The converter writes to the file descriptors from C++, where ``redirect_stdout`` does
    not reach.
    """
    with tempfile.TemporaryFile() as held, open(held.fileno(), "w", closefd=False) as stream:
        _flush()
        saved = {descriptor: os.dup(descriptor) for descriptor in (_STDOUT, _STDERR)}
        try:
            for descriptor in saved:
                os.dup2(held.fileno(), descriptor)
            # A notebook or a test has other Python streams than those of the descriptors.
            with contextlib.redirect_stdout(stream), contextlib.redirect_stderr(stream):
                yield
        finally:
            stream.flush()
            for descriptor, copy in saved.items():
                os.dup2(copy, descriptor)
                os.close(copy)
            held.seek(0)
            for line in held.read().decode(errors="replace").splitlines():
                log.debug("native_message=%s", line)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
