"""Paths on their way to OpenCV and LiteRT, which take UTF-8 and die without a word of anything else."""

from __future__ import annotations

import os
from pathlib import Path

from edge.errors import EmotionEdgeError


def native_path(path: Path | str, error: type[EmotionEdgeError]) -> str:
    """The path as native code can take it.

    Args:
        path: Of a file, or a URL or device that OpenCV opens.
        error: What to raise.

    Raises:
        EmotionEdgeError: Its name on the disk is not UTF-8.
    """
    text = os.fspath(path)
    try:
        text.encode()
    except UnicodeEncodeError:
        on_disk = os.fsencode(text)
        try:  # Python itself may not use UTF-8 here, and still the name be well
            return on_disk.decode()
        except UnicodeDecodeError as err:
            shown = on_disk.decode(errors="backslashreplace")
            raise error(f"{shown}: its name is not UTF-8; rename the file or folder") from err
    return text
