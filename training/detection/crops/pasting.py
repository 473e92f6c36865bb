"""Labelled face crops in frames of photos: the only faces whose place and expression are both known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from edge.datatypes import BgrImage, Box
from edge.protocols import FaceDetector

FRAME_H_PX, FRAME_W_PX = 480, 640
#: A detection with less overlap shows something else.
_FOUND_IOU = 0.3
_GREY = 110


@dataclass(frozen=True)
class Pasting:
    """How faces are put into frames; draws are uniform, those of sides in the logarithm.

    Attributes:
        sides_px: Least and largest side of a pasted crop.
        blur: Largest standard deviation of the blur over the frame, as a share of the crop's side.
        outside: Largest share of the crop's side that lies beyond the frame's left edge.
    """

    sides_px: tuple[float, float] = (64.0, 260.0)
    blur: float = 0.0
    outside: float = 0.0

    def paste(
        self, face: npt.NDArray[np.uint8], backgrounds: Sequence[BgrImage], rng: np.random.Generator
    ) -> tuple[BgrImage, Box]:
        """A frame with the face in it, and where the crop is.

        Args:
            face: (48, 48) grey.
            backgrounds: Photos of any size; plain grey where there are none.
            rng: Of place, size, background and fault.
        """
        frame = _background(backgrounds, rng)
        side = round(float(np.exp(rng.uniform(*np.log(self.sides_px)))))
        x, y = int(rng.integers(FRAME_W_PX - side)), int(rng.integers(FRAME_H_PX - side))
        large = cv2.resize(face, (side, side), interpolation=cv2.INTER_CUBIC)
        if self.outside:
            x = -round(side * float(rng.uniform(0, self.outside)))
        frame[y : y + side, max(0, x) : x + side] = large[:, max(0, -x) :, None]
        if self.blur:
            sigma = max(0.3, side * float(rng.uniform(0, self.blur)))
            frame = np.asarray(cv2.GaussianBlur(frame, (0, 0), sigma), dtype=np.uint8)
        return frame, Box(float(x), float(y), float(x + side), float(y + side))


def found(detector: FaceDetector, score: float, frame: BgrImage, place: Box) -> Box | None:
    """The detection that shows the face at ``place``, of those with at least ``score``; or None."""
    boxes = [one.box for one in detector.detect(frame) if one.score >= score]
    best = max(boxes, key=place.iou, default=None)
    return best if best is not None and place.iou(best) >= _FOUND_IOU else None


def _background(backgrounds: Sequence[BgrImage], rng: np.random.Generator) -> BgrImage:
    if not backgrounds:
        return np.full((FRAME_H_PX, FRAME_W_PX, 3), _GREY, dtype=np.uint8)
    chosen = backgrounds[int(rng.integers(len(backgrounds)))]
    return np.asarray(cv2.resize(chosen, (FRAME_W_PX, FRAME_H_PX)), dtype=np.uint8)
