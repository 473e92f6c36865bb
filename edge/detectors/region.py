"""Searches only a part of the picture: less to compute, and nobody outside it is looked at."""

from __future__ import annotations

from edge.datatypes import BgrImage, Detection
from edge.protocols import FaceDetector


class RegionDetector:
    """A detector that sees only ``roi`` = (x1, y1, x2, y2) in pixels, x2 and y2 exclusive."""

    def __init__(self, detector: FaceDetector, roi: tuple[int, int, int, int]) -> None:
        self._detector, self._roi = detector, roi

    @property
    def name(self) -> str:
        return self._detector.name

    def detect(self, image: BgrImage) -> list[Detection]:
        """Faces inside the region, in pixels of the whole image.

        Raises:
            ValueError: The region lies outside the image.
        """
        x1, y1, _, _ = self._roi
        return [found.moved(x1, y1) for found in self._detector.detect(region(image, self._roi))]


def region(image: BgrImage, roi: tuple[int, int, int, int]) -> BgrImage:
    """A view of the part of the picture.

    Raises:
        ValueError: It lies outside the image.
    """
    x1, y1, x2, y2 = roi
    part = image[y1:y2, x1:x2]
    if part.size == 0:
        height, width = image.shape[:2]
        raise ValueError(f"roi {list(roi)} lies outside the {width}x{height} picture; correct it")
    return part
