"""The photos of a folder."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from edge.contract.image_files import picture_files
from edge.datatypes import BgrImage
from edge.errors import ContractError
from edge.native_path import native_path


def paths(folder: Path) -> list[Path]:
    """The files, by name.

    Raises:
        ContractError: There is no such folder, or no picture in it.
    """
    found = picture_files(folder) if folder.is_dir() else []
    if not found:
        raise ContractError(f"{folder}: no folder with pictures; give one")
    return found


def images(folder: Path, limit: int | None = None) -> list[BgrImage]:
    """The pictures, by name, of the first so many files; unreadable ones are left out.

    Raises:
        ContractError: As :func:`paths` says.
    """
    read = (cv2.imread(native_path(path, ContractError)) for path in paths(folder)[:limit])
    return [np.asarray(image, dtype=np.uint8) for image in read if image is not None]
