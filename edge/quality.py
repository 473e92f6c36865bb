"""Whether a face can be read at all: too small, too blurred, or half outside the frame (pure).

A classifier gives an answer for any pixels. Where they cannot hold an expression the device abstains
instead of guessing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import cv2
import numpy as np
import numpy.typing as npt

from edge.datatypes import Box, FaceTensor

QualityFault = Literal["size", "border", "blur"]

#: Of values between 0 and 255, where half are the one and half the other.
_LARGEST_DEVIATION = 127.5


@dataclass(frozen=True, slots=True)
class QualityLimits:
    """When a face is not read; the defaults read every face.

    Attributes:
        min_face_px: Least shorter side of the box, pixels of the frame.
        max_outside: Largest share of the box that lies outside the frame, 0..1.
        min_sharpness: Least :func:`sharpness` of the crop.
    """

    min_face_px: float = 0.0
    max_outside: float = 1.0
    min_sharpness: float = 0.0


def fault(
    face: npt.NDArray[np.float32], box: Box, frame_height: int, frame_width: int, limits: QualityLimits
) -> QualityFault | None:
    """Why a face cannot be read, or None.

    Args:
        face: (H, W, 1) grey, 0..255: the crop that the classifier would see.
        box: Where it was, in pixels of the frame; may overhang its edge.
        frame_height: Of the frame, pixels.
        frame_width: Of the frame, pixels.
        limits: The bounds.
    """
    x1, y1, x2, y2 = box
    if x2 - x1 < limits.min_face_px or y2 - y1 < limits.min_face_px:
        return "size"
    if _outside(box, frame_height, frame_width) > limits.max_outside:
        return "border"
    if limits.min_sharpness > 0 and _blurred(face, limits.min_sharpness):
        return "blur"
    return None


def _outside(box: Box, frame_height: int, frame_width: int) -> float:
    """The share of a box that lies outside the frame, 0..1."""
    x1, y1, x2, y2 = box
    if 0 <= x1 < x2 <= frame_width and 0 <= y1 < y2 <= frame_height:  # mostly; eight calls fewer
        return 0.0
    width = min(x2, frame_width) - max(x1, 0.0)
    height = min(y2, frame_height) - max(y1, 0.0)
    return 1 - max(0.0, width) * max(0.0, height) / max(box.area, 1e-6)


def _blurred(face: npt.NDArray[np.float32], min_sharpness: float) -> bool:
    """Whether :func:`sharpness` is below the bound; mostly without looking at the brightness."""
    edges = _deviation(cv2.Laplacian(face, cv2.CV_32F))
    if edges >= min_sharpness * _LARGEST_DEVIATION:
        return False
    return edges / max(_deviation(face), 1.0) < min_sharpness


def sharpness(face: npt.NDArray[np.float32]) -> float:
    """Standard deviation of the crop's Laplacian over that of its brightness; light and contrast cancel.

    Measured on the crop and not on the frame, so that it means the same for near and far faces.
    Source: variance of the Laplacian, Pech-Pacheco et al. 2000.
    """
    return _deviation(cv2.Laplacian(face, cv2.CV_32F)) / max(_deviation(face), 1.0)


def _deviation(values: npt.NDArray[Any]) -> float:
    return float(cv2.meanStdDev(values)[1].item())


def readable(
    faces: FaceTensor, boxes: list[Box], frame_height: int, frame_width: int, limits: QualityLimits
) -> npt.NDArray[np.bool_]:
    """(N,) bool: which of N crops can be read."""
    return np.array(
        [
            fault(face, box, frame_height, frame_width, limits) is None
            for face, box in zip(faces, boxes, strict=True)
        ],
        dtype=bool,
    )
