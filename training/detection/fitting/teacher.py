"""What another detector, trained on far more photos, says of every cell of a view.

Fifteen hundred photos teach a network its faces by heart before they teach it what a face may look
like. YuNet has seen nine times as many, and divides a view into the very cells that ours does, so
that its opinion of each cell, faint ones included, can be learnt beside the boxes of people
(knowledge distillation, Hinton et al. 2015, arXiv:1503.02531).
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from edge.datatypes import BgrImage
from edge.detectors.decode import LARGEST_LOG, cell_centres
from edge.errors import ModelError
from edge.native_path import native_path
from training.detection.fitting.cells import STRIDES

#: (A, 5) float32: its score of each cell, 0..1, and x1, y1, x2, y2 in pixels of the view.
Opinion = npt.NDArray[np.float32]


class Teacher:
    """YuNet, asked for all of its cells instead of for faces. Not for several threads at once.

    Source: Wu et al. 2023, "YuNet: A Tiny Millisecond-level Face Detector".

    Args:
        weights: An ONNX file of YuNet, of either size.
        size_px: Side of the views.
    Raises:
        ModelError: The file is missing, or of another network.
    """

    def __init__(self, weights: Path, size_px: int) -> None:
        self._centres, self._strides = cell_centres(size_px, size_px, STRIDES)
        self._names = [f"{head}_{stride}" for head in ("cls", "obj", "bbox") for stride in STRIDES]
        try:
            self._network = cv2.dnn.readNetFromONNX(native_path(weights, ModelError))
            self.of(np.zeros((size_px, size_px, 3), dtype=np.uint8))
        except (cv2.error, ValueError) as err:
            said = err.err if isinstance(err, cv2.error) else err
            raise ModelError(
                f"{weights}: missing, or not an ONNX file of YuNet: {said}; "
                "emotion-edge models pull yunet-n fetches one"
            ) from err

    def of(self, image: BgrImage) -> Opinion:
        """Of a (size_px, size_px, 3) uint8 view; cells as in :mod:`training.detection.fitting.cells`."""
        self._network.setInput(cv2.dnn.blobFromImage(image))
        heads = [head.reshape(-1, head.shape[-1]) for head in self._network.forward(self._names)]
        levels = len(STRIDES)
        classes, objects, boxes = (
            np.concatenate(heads[first : first + levels]) for first in (0, levels, 2 * levels)
        )
        strides = self._strides[:, None]
        # YuNet counts from a cell's corner, ours from its centre.
        centres = self._centres - strides / 2 + boxes[:, :2] * strides
        halves = np.exp(np.minimum(boxes[:, 2:], LARGEST_LOG)) * strides / 2
        scores = np.sqrt(np.clip(classes, 0, 1) * np.clip(objects, 0, 1))
        return np.concatenate([scores, centres - halves, centres + halves], axis=1).astype(np.float32)
