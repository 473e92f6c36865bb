"""From a frame to a network's input: shrunk to fit, in the upper left corner, the rest grey."""

from __future__ import annotations

import math
from typing import NamedTuple

import cv2
import numpy as np

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
    canvas = np.full((height, width, 3), PAD_VALUE, dtype=np.uint8)
    # Averaging over the covered pixels: plain bilinear sampling aliases when it shrinks.
    canvas[:inner_h, :inner_w] = (
        image if scale == 1 else cv2.resize(image, (inner_w, inner_h), interpolation=cv2.INTER_AREA)
    )
    return Letterboxed(canvas, inner_w / columns, inner_h / rows)


def _up(length: int, multiple: int) -> int:
    return math.ceil(length / multiple) * multiple
