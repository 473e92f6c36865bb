"""From a frame and a box to the face tensor: the one crop that training, conversion and device share."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from edge.datatypes import BgrImage, Box, FaceTensor


@dataclass(frozen=True, slots=True)
class CropSpec:
    """How a face is cut for a classifier, as the bundle's manifest states it.

    Attributes:
        height, width: Size of the tensor, pixels.
        square: Whether the box is first grown to a square about its centre.
        margin: Share of the side that is added on each side of the box; taken off where it is negative.
    """

    height: int = 48
    width: int = 48
    square: bool = True
    margin: float = 0.1


def face_tensor(image: BgrImage, box: Box, spec: CropSpec) -> FaceTensor:
    """Cut one face out of a frame and shape it for the classifier.

    Changing this means a new model version: the network has learnt these crops. What lies
    beyond the frame's edge repeats the edge.

    Args:
        image: (H, W, 3) uint8, BGR.
        box: Pixels of image; may overhang the edge.
        spec: Size and shape of the crop.
    Returns:
        (1, spec.height, spec.width, 1) float32, grey, 0..255 (the model rescales).
    Raises:
        ValueError: The box is empty or lies wholly outside the image.
    Source: FER2013, 48x48 grey crops (Goodfellow et al. 2013, arXiv:1307.0414).
    """
    height, width = image.shape[:2]
    if box.area <= 0 or box.x2 <= 0 or box.y2 <= 0 or box.x1 >= width or box.y1 >= height:
        raise ValueError(f"box {tuple(box)} has no pixel inside the {width}x{height} image")
    centre_x, centre_y = box.centre
    grow = 1 + 2 * spec.margin
    side = max(box.width, box.height)
    crop_width, crop_height = (side * grow,) * 2 if spec.square else (box.width * grow, box.height * grow)
    left, top = centre_x - crop_width / 2, centre_y - crop_height / 2
    patch, left, top = _inner_patch(image, left, top, crop_width, crop_height)
    grey = cv2.cvtColor(patch, cv2.COLOR_BGR2GRAY)
    # Shrinking by plain bilinear sampling aliases; halve until less than a factor of two is left.
    while crop_width >= 2 * spec.width and crop_height >= 2 * spec.height and min(grey.shape) >= 2:
        grey = cv2.resize(grey, (grey.shape[1] // 2, grey.shape[0] // 2), interpolation=cv2.INTER_AREA)
        left, top, crop_width, crop_height = left / 2, top / 2, crop_width / 2, crop_height / 2
    scale_x, scale_y = crop_width / spec.width, crop_height / spec.height
    # Pixel centres lie at +0.5: the same convention as cv2.resize.
    inverse = np.array(
        [[scale_x, 0, left + 0.5 * scale_x - 0.5], [0, scale_y, top + 0.5 * scale_y - 0.5]], dtype=np.float64
    )
    face = cv2.warpAffine(
        grey,
        inverse,
        (spec.width, spec.height),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(face, dtype=np.float32)[None, :, :, None]


def _inner_patch(
    image: BgrImage, left: float, top: float, width: float, height: float
) -> tuple[BgrImage, float, float]:
    """The part of the frame that the crop touches, and the crop's corner in its pixels.

    Only these pixels are turned grey, not the whole frame.
    """
    # At least one pixel, its edge: a crop smaller than its box may miss the frame that the box touches.
    x1 = min(max(0, math.floor(left) - 1), image.shape[1] - 1)
    y1 = min(max(0, math.floor(top) - 1), image.shape[0] - 1)
    x2 = max(x1 + 1, min(image.shape[1], math.ceil(left + width) + 2))
    y2 = max(y1 + 1, min(image.shape[0], math.ceil(top + height) + 2))
    return image[y1:y2, x1:x2], left - x1, top - y1
