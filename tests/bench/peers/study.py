"""The loop of study 1: a detector, then ``model.predict`` for each face; run as study.py haar|ssd NETWORK.

NETWORK is one of its recipes; it has random numbers in it, as its weights are not at hand.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from turns import Analyse, serve

_SIDE_PX, _MEAN_BGR, _SCORE = 300, (104.0, 117.0, 123.0), 0.4
_FACE_PX = 48
_CASCADE = "haarcascade_frontalface_default.xml"


def load(_: int) -> Analyse:
    import training.networks  # noqa: PLC0415 - Keras

    find = _haar() if DETECTOR == "haar" else _ssd(Path(os.environ["SSD_WEIGHTS"]))
    network = training.networks.build(NETWORK, _FACE_PX, 7, 0.0)

    def analyse(frame: Any) -> int:
        grey = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
        faces = 0
        for x1, y1, x2, y2 in find(frame, grey):
            face = grey[max(0, y1) : y2, max(0, x1) : x2]
            if not face.size:
                continue
            face = cv2.resize(face, (_FACE_PX, _FACE_PX)).astype(np.float32)
            network.predict(face[None, :, :, None], verbose=0)
            faces += 1
        return faces

    return analyse


def _haar() -> Any:
    cascade = cv2.CascadeClassifier(str(Path(cv2.__file__).parent / "data" / _CASCADE))

    def find(_: Any, grey: Any) -> Any:
        boxes = cascade.detectMultiScale(grey, scaleFactor=1.1, minNeighbors=5, minSize=(30, 30))
        return [(x, y, x + w, y + h) for x, y, w, h in boxes]

    return find


def _ssd(folder: Path) -> Any:
    net = cv2.dnn.readNetFromTensorflow(
        str(folder / "opencv_face_detector_uint8.pb"), str(folder / "opencv_face_detector.pbtxt")
    )

    def find(frame: Any, _: Any) -> Any:
        height, width = frame.shape[:2]
        shrunk = cv2.resize(frame, (_SIDE_PX, _SIDE_PX))
        net.setInput(cv2.dnn.blobFromImage(shrunk, 1.0, (_SIDE_PX, _SIDE_PX), _MEAN_BGR))
        rows = net.forward()[0, 0]
        sizes = np.array([width, height, width, height])
        return [tuple((row[3:7] * sizes).astype(int)) for row in rows if row[2] > _SCORE]

    return find


DETECTOR, NETWORK = sys.argv.pop(1), sys.argv.pop(1)
serve(load)
