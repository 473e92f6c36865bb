"""Non-maximum suppression: of boxes that show the same face, the best stays."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

#: Boxes of one face overlap by more than this; those of two neighbours rarely do.
DEFAULT_IOU = 0.4


def suppress(
    boxes: npt.NDArray[np.float32], scores: npt.NDArray[np.float32], iou: float = DEFAULT_IOU
) -> npt.NDArray[np.intp]:
    """Indices of the boxes that stay, best score first.

    Args:
        boxes: (N, 4) x1, y1, x2, y2, finite.
        scores: (N,) 0..1.
        iou: Overlap above which the lower score goes.
    """
    if len(boxes) == 0:
        return np.empty(0, dtype=np.intp)
    corner_sizes = boxes.copy()
    corner_sizes[:, 2:] -= boxes[:, :2]
    kept = cv2.dnn.NMSBoxes(corner_sizes.tolist(), scores.tolist(), 0.0, iou)
    return np.asarray(kept, dtype=np.intp).ravel()
