"""Every picture leaves a source as (H, W, 3) uint8 BGR, whatever the camera delivers."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from edge.datatypes import BgrImage


def as_bgr(image: npt.NDArray[Any] | None) -> BgrImage | None:
    """Convert grey, BGRA and 16-bit pictures; None for one that is empty or of no known kind.

    Args:
        image: (H, W), (H, W, 1), (H, W, 3) or (H, W, 4); uint8, or uint16 of full range.
    """
    if image is None or image.size == 0 or image.ndim not in {2, 3}:
        return None
    if image.dtype == np.uint16:
        image = (image >> 8).astype(np.uint8)
    if image.dtype != np.uint8:
        return None
    channels = 1 if image.ndim == 2 else image.shape[2]
    if channels == 3:
        return image
    code = {1: cv2.COLOR_GRAY2BGR, 4: cv2.COLOR_BGRA2BGR}.get(channels)
    if code is None:
        return None
    return np.asarray(cv2.cvtColor(image, code), dtype=np.uint8)
