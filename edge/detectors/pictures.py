"""Pictures of other kinds than the pipeline's: grey, with transparency, or of 16 bits."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from edge.datatypes import BgrImage

_TO_BGR = {1: cv2.COLOR_GRAY2BGR, 4: cv2.COLOR_BGRA2BGR}


def as_bgr(picture: npt.NDArray[Any]) -> BgrImage:
    """The picture as (H, W, 3) uint8, BGR; itself where it is that already.

    Args:
        picture: (H, W), (H, W, 1), (H, W, 3) or (H, W, 4), uint8 or uint16.
    Raises:
        ValueError: It has another shape or type, or no pixel.
    """
    channels = picture.shape[2] if picture.ndim == 3 else 1
    if picture.ndim not in {2, 3} or channels not in {1, 3, 4} or picture.size == 0:
        raise ValueError(
            f"a picture of shape {picture.shape}; expected (height, width[, 1, 3 or 4]), not empty"
        )
    if picture.dtype == np.uint16:
        picture = (picture >> 8).astype(np.uint8)
    if picture.dtype != np.uint8:
        raise ValueError(f"a picture of {picture.dtype}; expected uint8 or uint16")
    return picture if channels == 3 else np.asarray(cv2.cvtColor(picture, _TO_BGR[channels]), dtype=np.uint8)
