"""A hand-written ``cv2.VideoCapture``: a script of frames."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from edge.datatypes import BgrImage


class FakeCapture:
    """Delivers the given images; None stands for a frame that cannot be decoded."""

    def __init__(self, images: list[npt.NDArray[Any] | None], fps: float = 30.0) -> None:
        self.images = images
        self.position = -1
        self.retrieved = 0
        self.released = 0
        self.settings: list[tuple[int, float]] = []
        self.properties = {cv2.CAP_PROP_FPS: fps, cv2.CAP_PROP_POS_MSEC: float("nan")}

    def isOpened(self) -> bool:  # noqa: N802
        return True

    def grab(self) -> bool:
        self.position += 1
        return self.position < len(self.images)

    def retrieve(self, image: BgrImage | None = None) -> tuple[bool, Any]:
        self.retrieved += 1
        found = self.images[self.position]
        if found is None:
            return False, None
        if image is not None and found.shape == image.shape:
            np.copyto(image, found)
            return True, image
        return True, found

    def get(self, propId: int) -> float:  # noqa: N803
        return self.properties.get(propId, 0.0)

    def set(self, propId: int, value: float) -> bool:  # noqa: N803
        self.settings.append((propId, value))
        return True

    def release(self) -> None:
        self.released += 1
