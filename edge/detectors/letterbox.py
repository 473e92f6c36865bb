"""From a frame to the square that a network takes: shrunk to fit, in the upper left corner, the rest grey."""

from __future__ import annotations

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


def letterbox(image: BgrImage, height: int, width: int, enlarge: bool = False) -> Letterboxed:
    """Fit a picture into (height, width), keeping its proportions.

    Args:
        image: (H, W, 3) uint8, BGR.
        height: Of the network's input, pixels.
        width: Of the network's input, pixels.
        enlarge: Whether a picture smaller than the input is enlarged to fill it.
    """
    rows, columns = image.shape[:2]
    fit = min(height / rows, width / columns)
    scale = fit if enlarge else min(1.0, fit)
    inner_h = min(height, max(1, round(rows * scale)))
    inner_w = min(width, max(1, round(columns * scale)))
    canvas = np.full((height, width, 3), PAD_VALUE, dtype=np.uint8)
    # Averaging over the covered pixels: plain bilinear sampling aliases when it shrinks.
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    cv2.resize(image, (inner_w, inner_h), canvas[:inner_h, :inner_w], interpolation=interpolation)
    return Letterboxed(canvas, inner_w / columns, inner_h / rows)
