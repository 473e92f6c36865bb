"""What every detector has in common: pictures of any kind go in, faces too small or out of sight go."""

from __future__ import annotations

import logging

from edge.datatypes import BgrImage, Box, Detection
from edge.detectors.pictures import as_bgr
from edge.protocols import FaceDetector

log = logging.getLogger(__name__)


class FilteredDetector:
    """A detector whose faces lie in the picture and have at least ``min_face_px`` on the shorter side.

    It takes grey, transparent and 16-bit pictures too, and finds nothing in an empty one.
    """

    def __init__(self, detector: FaceDetector, min_face_px: int) -> None:
        self._detector, self._min_face_px = detector, min_face_px

    @property
    def name(self) -> str:
        return self._detector.name

    def detect(self, image: BgrImage) -> list[Detection]:
        if image.size == 0:
            return []
        height, width = image.shape[:2]
        return [
            found
            for found in self._detector.detect(as_bgr(image))
            if _large_enough(found.box, self._min_face_px) and _visible(found.box, width, height)
        ]


def _large_enough(box: Box, least_px: int) -> bool:
    x1, y1, x2, y2 = box
    return x2 - x1 >= least_px and y2 - y1 >= least_px


def _visible(box: Box, width: int, height: int) -> bool:
    """Whether at least half of the box lies in the picture; written so that NaN is not visible."""
    x1, y1, x2, y2 = box
    if 0 <= x1 < x2 <= width and 0 <= y1 < y2 <= height:  # mostly; ten calls fewer
        return True
    shown = max(0.0, min(box.x2, width) - max(box.x1, 0)) * max(0.0, min(box.y2, height) - max(box.y1, 0))
    return shown >= 0.5 * box.area > 0
