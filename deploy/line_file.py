"""Files of lines that several hands append to."""

from __future__ import annotations

import os
from pathlib import Path


def append(path: Path, lines: bytes) -> None:
    """Add whole lines; the file is made where there is none.

    Where its last line has no end (the disk was full, an editor left it so) what is added begins on a line
    of its own.
    """
    with path.open("a+b") as file:
        if file.seek(0, os.SEEK_END):
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                lines = b"\n" + lines
        file.write(lines)
