"""Haar cascade: the detector that needs no download, because OpenCV's wheel carries its file."""

from __future__ import annotations

import math
from pathlib import Path

import cv2

from edge.datatypes import BgrImage, Box, Detection
from edge.errors import ModelError
from edge.native_path import native_path

_FILE = "haarcascade_frontalface_default.xml"
#: Level weights of true faces are mostly above this; it maps to a score of 0.63.
_TYPICAL_WEIGHT = 4.0


class HaarDetector:
    """Frontal faces only; many false positives.

    Source: Viola & Jones 2001; OpenCV's frontal face default cascade.
    """

    name = "haar"

    def __init__(self, scale_factor: float, min_neighbors: int, min_face_px: int, score: float) -> None:
        path = Path(cv2.__file__).parent / "data" / _FILE
        self._cascade = cv2.CascadeClassifier(native_path(path, ModelError))
        if self._cascade.empty():
            raise ModelError(
                f"{path}: OpenCV's Haar cascade is missing; reinstall opencv-python-headless (4.11 to 4.x)"
            )
        self._scale_factor, self._min_neighbors = scale_factor, min_neighbors
        self._min_face_px, self._score = min_face_px, score

    def detect(self, image: BgrImage) -> list[Detection]:
        grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
        boxes, _, weights = self._cascade.detectMultiScale3(
            grey,
            scaleFactor=self._scale_factor,
            minNeighbors=self._min_neighbors,
            minSize=(self._min_face_px, self._min_face_px),
            outputRejectLevels=True,
        )
        found = [
            Detection(
                Box(float(x), float(y), float(x + w), float(y + h)),
                1 - math.exp(-max(0.0, float(weight)) / _TYPICAL_WEIGHT),
            )
            for (x, y, w, h), weight in zip(boxes, weights, strict=True)
        ]
        return sorted((d for d in found if d.score >= self._score), key=lambda d: -d.score)
