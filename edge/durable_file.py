"""A small file that is whole after a power cut: what it held before, or what it shall hold now."""

from __future__ import annotations

import os
from pathlib import Path


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
