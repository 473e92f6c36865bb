"""YuNet through OpenCV's own FaceDetectorYN: boxes and five landmarks at little cost."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from edge.datatypes import BgrImage, Box, Detection
from edge.detectors.nms import DEFAULT_IOU
from edge.detectors.opencv_dnn import DnnTarget, backend_and_target
from edge.errors import ModelError
from edge.native_path import native_path

_MOST_FACES = 200
#: OpenCV notices another network when it runs, not when it loads: it is tried on a picture of this side.
_TRIED_PX = 64


class YunetDetector:
    """Good on side views and small faces.

    Source: Wu et al. 2023, "YuNet: A Tiny Millisecond-level Face Detector"; opencv/opencv_zoo.
    """

    name = "yunet"

    def __init__(
        self,
        weights: Path,
        score: float,
        input_px: int,
        nms_iou: float = DEFAULT_IOU,
        target: DnnTarget = "cpu",
    ) -> None:
        """Load the ONNX file; ``input_px`` bounds the longer side of what it looks at.

        Raises:
            ModelError: The file is no such network.
        """
        try:
            self._network = cv2.FaceDetectorYN.create(
                native_path(weights, ModelError),
                "",
                (input_px, input_px),
                score,
                nms_iou,
                _MOST_FACES,
                *backend_and_target(target),
            )
        except cv2.error as err:
            raise ModelError(f"{weights}: OpenCV cannot load it as YuNet: {err.err}") from err
        self._input_px = input_px
        self._size = (0, 0)
        try:
            self.detect(np.zeros((_TRIED_PX, _TRIED_PX, 3), dtype=np.uint8))
        except cv2.error as err:
            raise ModelError(f"{weights}: is another network than YuNet: {err.err}; fetch it again") from err

    def detect(self, image: BgrImage) -> list[Detection]:
        height, width = image.shape[:2]
        scale = min(1.0, self._input_px / max(height, width))
        size = max(1, round(width * scale)), max(1, round(height * scale))
        # Setting a size, even the same one, rebuilds the network's buffers.
        if size != self._size:
            self._network.setInputSize(size)
            self._size = size
        _, rows = self._network.detect(image if scale == 1.0 else shrunk(image, size))
        if rows is None:
            return []
        rows = rows[np.isfinite(rows).all(axis=1)]  # pictures a few pixels high give infinite boxes
        factor_x, factor_y = width / size[0], height / size[1]
        found = []
        for row in rows.astype(float):  # x, y, w, h, five points, score
            points = tuple((row[4 + 2 * i] * factor_x, row[5 + 2 * i] * factor_y) for i in range(5))
            box = Box(
                row[0] * factor_x,
                row[1] * factor_y,
                (row[0] + row[2]) * factor_x,
                (row[1] + row[3]) * factor_y,
            )
            found.append(Detection(box, float(row[14]), points))
        return sorted(found, key=lambda d: -d.score)


def shrunk(image: BgrImage, size: tuple[int, int]) -> BgrImage:
    """The picture at (width, height); averages, so that nothing aliases."""
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
