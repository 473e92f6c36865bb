"""Small recordings, made when a test needs one."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt


def shade(index: int) -> int:
    """The grey of frame ``index``: tells frames apart after lossy compression."""
    return 20 + index * 8 % 200


def make_film(
    path: Path, frames: int = 20, fps: float = 10.0, width: int = 64, height: int = 48, codec: str = "MJPG"
) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*codec), fps, (width, height))
    assert writer.isOpened(), f"OpenCV cannot write {codec}"
    for index in range(frames):
        writer.write(np.full((height, width, 3), shade(index), np.uint8))
    writer.release()
    return path


def make_picture(path: Path, image: npt.NDArray[np.uint8] | npt.NDArray[np.uint16]) -> Path:
    assert cv2.imwrite(str(path), image)
    return path


def plain(value: int, width: int = 32, height: int = 24) -> npt.NDArray[np.uint8]:
    return np.full((height, width, 3), value, np.uint8)
