"""A small file that is whole after a power cut: what it held before, or what it shall hold now."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from edge.outage import Outage


def replace(path: Path, text: str) -> None:
    """Put a text in a file's place and wait until the disk has it; the folder is made where it is missing.

    Raises:
        OSError: The disk or the folder takes nothing.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    with fresh.open("w", encoding="utf-8") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    os.replace(fresh, path)  # noqa: PTH105 - the one that is atomic by its documentation
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # else a power cut may bring the old file back
    finally:
        os.close(folder)


class DurableFile:
    """One that the daemon does without where it must: that the disk takes nothing is said once."""

    def __init__(self, path: Path, logger: logging.Logger, lost: str) -> None:
        """Nothing is read or written yet.

        Args:
            path: The file.
            logger: Of whoever keeps it.
            lost: What is lost while it cannot be written.
        """
        self.path, self._lost = path, lost
        self._outage = Outage(logger)

    @property
    def trouble(self) -> str | None:
        """Why what was written last is not on the disk, None while it is."""
        return self._outage.message

    def write(self, text: str | None) -> None:
        """Let it hold a text; None: let there be no file."""
        try:
            if text is None:
                self.path.unlink(missing_ok=True)
            else:
                replace(self.path, text)
        except OSError as err:
            self._outage.failed(f"{self.path}: cannot be written: {err.strerror}; {self._lost}")
        else:
            self._outage.recovered(f"{self.path}: can be written again")
