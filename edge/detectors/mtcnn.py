"""MTCNN through the ``mtcnn`` package (an extra): three networks in a row, boxes and five landmarks."""

from __future__ import annotations

import os
from typing import Any

import cv2

from edge.datatypes import BgrImage, Box, Detection
from edge.detectors.nms import DEFAULT_IOU
from edge.errors import ModelError

#: The package's names in the order of :class:`edge.datatypes.Detection`: its "left" is the
#: viewer's, ours the subject's.
_LANDMARKS = ("left_eye", "right_eye", "nose", "mouth_left", "mouth_right")
#: P-Net's windows have this side: smaller pictures have none, and it sees no smaller face.
_WINDOW_PX = 12
#: The package's own. Above it mtcnn 1.0 makes layers too small for its network and finds nothing.
_SMALLEST_PX = 20


class MtcnnDetector:
    """Finds small and far faces, slowly: it builds a pyramid of every frame.

    Source: Zhang et al. 2016, arXiv:1604.02878; ipazc/mtcnn on PyPI, which carries the weights.
    """

    name = "mtcnn"

    def __init__(self, score: float, nms_iou: float = DEFAULT_IOU, smallest_px: int = _SMALLEST_PX) -> None:
        """Load the package and its weights.

        Args:
            score: Detections below it are left out.
            nms_iou: Overlap above which the lower score goes.
            smallest_px: Side of the faces that its pyramid begins with, 12 to 20: smaller costs more.
        Raises:
            ModelError: The package, or the TensorFlow under it, is not installed or does not fit.
        """
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # it warns of every picture without a candidate
        try:
            from mtcnn import MTCNN  # noqa: PLC0415 - TensorFlow, and only this detector needs it
        except ImportError as err:
            raise ModelError(
                f"detector mtcnn needs its package: {err}; pip install 'emotion-edge[mtcnn]', "
                "or choose another detector"
            ) from err
        self._network: Any = MTCNN(device="CPU:0")
        self._score, self._nms_iou = score, nms_iou
        self._smallest_px = max(_WINDOW_PX, min(smallest_px, _SMALLEST_PX))

    def detect(self, image: BgrImage) -> list[Detection]:
        if min(image.shape[:2]) <= _WINDOW_PX:
            return []
        found = self._network.detect_faces(
            cv2.cvtColor(image, cv2.COLOR_BGR2RGB),
            min_face_size=self._smallest_px,
            threshold_onet=self._score,
            nms_onet=self._nms_iou,
        )
        return sorted((_detection(one) for one in found), key=lambda d: -d.score)


def _detection(one: dict[str, Any]) -> Detection:
    x, y, width, height = map(float, one["box"])
    points = tuple((float(px), float(py)) for px, py in (one["keypoints"][name] for name in _LANDMARKS))
    return Detection(Box(x, y, x + width, y + height), float(one["confidence"]), points)
