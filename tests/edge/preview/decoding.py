"""What a viewer's browser sees of a JPEG."""

from __future__ import annotations

import cv2
import numpy as np

from edge.datatypes import BgrImage


def decoded(jpeg: bytes) -> BgrImage:
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return np.asarray(picture, dtype=np.uint8)
