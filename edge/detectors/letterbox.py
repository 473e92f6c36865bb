"""From a frame to a network's input: shrunk to fit, in the upper left corner, the rest grey."""

from __future__ import annotations

import functools
import math
from typing import Any, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from edge.datatypes import BgrImage

#: Grey of the pixels that no picture covers; training pads with it too.
PAD_VALUE = 114


class Letterboxed(NamedTuple):
    """A picture as the network sees it.

    Attributes:
        image: (height, width, 3) uint8, BGR.
        scale_x: Pixels of the network's input for one pixel of the frame, along x.
        scale_y: The same along y; differs from ``scale_x`` by rounding only.
    """

    image: BgrImage
    scale_x: float
    scale_y: float


@functools.lru_cache(maxsize=64)  # a camera's frames are all of one size
def fitted_size(rows: int, columns: int, longest_px: int, multiple: int) -> tuple[int, int]:
    """Height and width of the smallest input that shows a picture at up to ``longest_px``.

    Args:
        rows: Of the picture.
        columns: Of the picture.
        longest_px: Longer side that the picture is shrunk to; it is never enlarged.
        multiple: Both sides are a multiple of it.
    """
    scale = min(1.0, longest_px / max(rows, columns))
    return _up(max(1, round(rows * scale)), multiple), _up(max(1, round(columns * scale)), multiple)


def letterbox(image: BgrImage, height: int, width: int) -> Letterboxed:
    """Fit a picture into (height, width), keeping its proportions; a smaller one is not enlarged.

    Args:
        image: (H, W, 3) uint8, BGR.
        height: Of the network's input, pixels.
        width: Of the network's input, pixels.
    """
    rows, columns = image.shape[:2]
    scale = min(1.0, height / rows, width / columns)
    inner_h, inner_w = max(1, round(rows * scale)), max(1, round(columns * scale))
    canvas = np.empty((height, width, 3), dtype=np.uint8)
    canvas[inner_h:] = PAD_VALUE
    canvas[:inner_h, inner_w:] = PAD_VALUE
    _shrink(image, scale, canvas[:inner_h, :inner_w])
    return Letterboxed(canvas, inner_w / columns, inner_h / rows)


def _shrink(image: BgrImage, scale: float, into: BgrImage) -> None:
    """Halve while that is not too much, then sample bilinearly: what is left cannot alias much.

    OpenCV halves by averaging four pixels with vector instructions; averaging over any other area is
    six times slower. Measured on 383 photos at 480 px: average precision .8838, by areas .8842.
    """
    shrunk: npt.NDArray[Any] = image
    while scale <= 0.5:
        size = (max(1, shrunk.shape[1] // 2), max(1, shrunk.shape[0] // 2))
        shrunk, scale = cv2.resize(shrunk, size, interpolation=cv2.INTER_AREA), 2 * scale
    if shrunk.shape == into.shape:
        np.copyto(into, shrunk)
    else:
        cv2.resize(shrunk, (into.shape[1], into.shape[0]), into, interpolation=cv2.INTER_LINEAR)


def _up(length: int, multiple: int) -> int:
    return math.ceil(length / multiple) * multiple
