"""Frames of a folder of films."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from edge.datatypes import BgrImage
from edge.errors import ContractError
from edge.native_path import native_path

_SUFFIXES = frozenset({".mp4", ".mkv", ".avi", ".mov"})


def paths(folder: Path) -> list[Path]:
    """The films, by name.

    Raises:
        ContractError: There is no such folder, or no film in it.
    """
    try:
        films = sorted(path for path in folder.iterdir() if path.suffix.lower() in _SUFFIXES)
    except OSError as err:
        raise ContractError(f"{folder}: no folder with films: {err.strerror}; give one") from err
    if not films:
        raise ContractError(f"{folder}: no films here ({', '.join(sorted(_SUFFIXES))})")
    return films


def frames(folder: Path, every: int) -> Iterator[BgrImage]:
    """Every n-th frame of each film, film after film by name.

    Raises:
        ContractError: There is no film, or one that OpenCV cannot open.
    """
    for film in paths(folder):
        capture = cv2.VideoCapture(native_path(film, ContractError))
        if not capture.isOpened():
            raise ContractError(f"{film}: OpenCV cannot open it; bring the file again")
        number = 0
        while capture.grab():
            if number % every == 0:
                read, image = capture.retrieve()
                if read:
                    yield np.asarray(image, dtype=np.uint8)
            number += 1
        capture.release()
