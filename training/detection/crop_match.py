"""Whether the classifier sees on a device the crops that it was trained on.

Labelled face crops are pasted into frames, a detector finds them, and the classifier reads what the
device would cut out. The loss against the original crops is the price of the detector's boxes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from edge.classifier import TfliteClassifier
from edge.contract.facesets import FaceSet
from edge.contract.preprocess import face_tensor
from edge.datatypes import BgrImage, Box
from edge.protocols import FaceDetector
from edge.quality import QualityLimits, readable

_FRAME_H_PX, _FRAME_W_PX = 480, 640
#: Sides of the pasted crops, drawn log-uniformly.
_SIDES_PX = (64.0, 260.0)
#: A detection with less overlap shows something else.
_FOUND_IOU = 0.3
_GREY = 110


@dataclass(frozen=True)
class CropMatch:
    """What one detector's boxes cost; shares, 0..1, NaN where there is nothing to share.

    Attributes:
        faces: How many were pasted.
        found: Share that the detector found.
        original: Accuracy on the original crops of those that were found.
        cut: Accuracy on the crops that the device would cut out of them.
        read: Share of the found ones that the quality gate lets through.
        cut_and_read: Accuracy on those.
    """

    faces: int
    found: float
    original: float
    cut: float
    read: float
    cut_and_read: float


def measure(
    detector: FaceDetector,
    score: float,
    classifier: TfliteClassifier,
    faces: FaceSet,
    backgrounds: Sequence[BgrImage],
    limits: QualityLimits,
    seed: int,
) -> CropMatch:
    """Paste every face into a frame and read it back.

    Args:
        detector: What finds the faces.
        score: Its detections below it are left out, as on a device.
        classifier: What reads them; has the classes of the faces.
        faces: (N, 48, 48) grey crops with labels; N > 0.
        backgrounds: Frames to paste into; plain grey where there are none.
        limits: The quality gate.
        seed: Of places and sizes.
    """
    rng = np.random.default_rng(seed)
    spec, rows, crops, good = classifier.crop_spec, [], [], []
    for row, face in enumerate(faces.images):
        frame, place = _pasted(face, backgrounds, rng)
        box = _found(detector, score, frame, place)
        if box is not None:
            crop = face_tensor(frame, box, spec)
            rows.append(row)
            crops.append(crop)
            good.append(bool(readable(crop, [box], _FRAME_H_PX, _FRAME_W_PX, limits)[0]))
    if not rows:
        nan = float("nan")
        return CropMatch(len(faces), 0.0, nan, nan, nan, nan)
    order = [classifier.labels.index(name) for name in faces.classes]
    labels = faces.labels[rows]
    original = faces.images[rows][..., None].astype(np.float32)
    right = classifier.classify(np.concatenate(crops))[:, order].argmax(axis=1) == labels
    return CropMatch(
        faces=len(faces),
        found=len(rows) / len(faces),
        original=float((classifier.classify(original)[:, order].argmax(axis=1) == labels).mean()),
        cut=float(right.mean()),
        read=float(np.mean(good)),
        cut_and_read=float(right[good].mean()) if any(good) else float("nan"),
    )


def _pasted(
    face: npt.NDArray[np.uint8], backgrounds: Sequence[BgrImage], rng: np.random.Generator
) -> tuple[BgrImage, Box]:
    """A frame with the face in it, and where it is."""
    if backgrounds:
        background = backgrounds[int(rng.integers(len(backgrounds)))]
        frame = np.asarray(cv2.resize(background, (_FRAME_W_PX, _FRAME_H_PX)), dtype=np.uint8)
    else:
        frame = np.full((_FRAME_H_PX, _FRAME_W_PX, 3), _GREY, dtype=np.uint8)
    side = round(float(np.exp(rng.uniform(*np.log(_SIDES_PX)))))
    x, y = int(rng.integers(_FRAME_W_PX - side)), int(rng.integers(_FRAME_H_PX - side))
    large = cv2.resize(face, (side, side), interpolation=cv2.INTER_CUBIC)
    frame[y : y + side, x : x + side] = large[..., None]
    return frame, Box(float(x), float(y), float(x + side), float(y + side))


def _found(detector: FaceDetector, score: float, frame: BgrImage, place: Box) -> Box | None:
    boxes = [one.box for one in detector.detect(frame) if one.score >= score]
    best = max(boxes, key=place.iou, default=None)
    return best if best is not None and place.iou(best) >= _FOUND_IOU else None
