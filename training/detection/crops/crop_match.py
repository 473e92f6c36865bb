"""Whether the classifier sees on a device the crops that it was trained on.

Labelled face crops are pasted into frames, a detector finds them, and the classifier reads what the
device would cut out. The loss against the original crops is the price of the detector's boxes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edge.classifier import TfliteClassifier
from edge.contract.facesets import FaceSet
from edge.contract.preprocess import CropSpec, face_tensor
from edge.datatypes import BgrImage, Box
from edge.detectors.framing import framed
from edge.protocols import FaceDetector
from training.detection.crops import pasting
from training.detection.crops.pasting import Pasting


@dataclass(frozen=True)
class CropMatch:
    """What one detector's boxes cost; shares, 0..1, NaN where there is nothing to share.

    Attributes:
        name: Of the detector and its setting.
        faces: How many were pasted.
        found: Share that the detector found.
        original: Accuracy on the original crops of those that were found.
        unframed: Accuracy on the crops that its boxes give as they are.
        cut: Accuracy on the crops that the device cuts out: see :mod:`edge.detectors.framing`.
        loss_sd: Standard error of ``original`` less ``cut``, from the faces that differ.
        box_side: Median of the longer side of its boxes over the side of the pasted crop.
        box_down: Median of how far the box's centre lies below the crop's, over the same side.
    """

    name: str
    faces: int
    found: float
    original: float
    unframed: float
    cut: float
    loss_sd: float
    box_side: float
    box_down: float


def measure(
    name: str,
    detector: FaceDetector,
    score: float,
    classifier: TfliteClassifier,
    faces: FaceSet,
    backgrounds: Sequence[BgrImage],
    seed: int,
) -> CropMatch:
    """Paste every face into a frame and read it back.

    Args:
        name: Of the row.
        detector: What finds the faces.
        score: Its detections below it are left out, as on a device.
        classifier: What reads them; has the classes of the faces.
        faces: (N, 48, 48) grey crops with labels; N > 0.
        backgrounds: Frames to paste into; plain grey where there are none.
        seed: Of places and sizes.
    """
    rng, how = np.random.default_rng(seed), Pasting()
    specs = classifier.crop_spec, framed(classifier.crop_spec, detector.name)
    rows: list[int] = []
    crops: list[npt.NDArray[np.float32]] = []
    geometry: list[tuple[float, float]] = []
    for row, face in enumerate(faces.images):
        frame, place = how.paste(face, backgrounds, rng)
        box = pasting.found(detector, score, frame, place)
        if box is not None:
            rows.append(row)
            crops.append(_cut(frame, box, specs))
            geometry.append(_geometry(box, place))
    if not rows:
        return CropMatch(name, len(faces), 0.0, *[float("nan")] * 6)
    originals = faces.images[rows][..., None].astype(np.float32)
    every = np.stack(crops)
    right = [right_of(classifier, some, faces, rows) for some in (originals, every[:, 0], every[:, 1])]
    side, down = np.median(np.array(geometry), axis=0)
    differs = right[0].astype(float) - right[2]
    return CropMatch(
        name=name,
        faces=len(faces),
        found=len(rows) / len(faces),
        original=float(right[0].mean()),
        unframed=float(right[1].mean()),
        cut=float(right[2].mean()),
        loss_sd=float(differs.std() / np.sqrt(len(rows))),
        box_side=float(side),
        box_down=float(down),
    )


def right_of(
    classifier: TfliteClassifier, crops: npt.NDArray[np.float32], faces: FaceSet, rows: Sequence[int]
) -> npt.NDArray[np.bool_]:
    """Whether the classifier says the label of each of some faces, from (N, 48, 48, 1) crops of them."""
    order = [classifier.labels.index(name) for name in faces.classes]
    said = classifier.classify(crops)[:, order].argmax(axis=1)
    return np.asarray(said == faces.labels[list(rows)])


def _cut(frame: BgrImage, box: Box, specs: tuple[CropSpec, ...]) -> npt.NDArray[np.float32]:
    return np.concatenate([face_tensor(frame, box, spec) for spec in specs])


def _geometry(box: Box, place: Box) -> tuple[float, float]:
    side = max(box.width, box.height)
    return side / place.width, (box.centre[1] - place.centre[1]) / place.width
