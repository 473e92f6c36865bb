"""Import TensorFlow without the notes that its native code writes to standard error."""

from __future__ import annotations

import importlib
import os
import sys
import tempfile


def import_keras() -> None:
    """Import Keras; on failure what was written to standard error meanwhile is shown.

    TF_CPP_MIN_LOG_LEVEL comes too late for the notes about processors and missing GPUs that
    are written while the libraries load, so the file descriptor itself is turned away.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as turned_away:
        os.dup2(turned_away.fileno(), 2)
        try:
            importlib.import_module("keras")
        except BaseException:
            turned_away.seek(0)
            os.write(kept, turned_away.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)
