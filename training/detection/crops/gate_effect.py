"""What the quality gate does: which faces it abstains from, and how well those would have been read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from edge.classifier import TfliteClassifier
from edge.contract.facesets import FaceSet
from edge.contract.preprocess import CropSpec, face_tensor
from edge.datatypes import BgrImage
from edge.detectors.framing import framed
from edge.protocols import FaceDetector
from edge.quality import QualityFault, QualityLimits, fault
from training.detection.crops import crop_match, pasting
from training.detection.crops.pasting import Pasting

#: Faces as the studies have them, and one row for each thing that the gate looks at.
CONDITIONS = {
    "near and sharp": Pasting(),
    "small: 16 to 64 px": Pasting(sides_px=(16.0, 64.0)),
    "blurred by up to 12% of the face": Pasting(blur=0.12),
    "up to 60% outside": Pasting(outside=0.6),
}


@dataclass(frozen=True)
class GateEffect:
    """One kind of faces.

    Attributes:
        condition: What was done to them.
        faces: How many were pasted.
        faults: Found ones from which the gate abstains, by reason.
        read: How many of the found ones it lets through.
        right: How many of the found ones, let through and by reason, the classifier has right.
    """

    condition: str
    faces: int
    faults: dict[QualityFault, int]
    read: int
    right: dict[QualityFault | None, int]

    @property
    def found(self) -> int:
        """How many the detector found."""
        return self.read + sum(self.faults.values())

    @property
    def without(self) -> float:
        """Accuracy where every found face is read; NaN where there is none."""
        return sum(self.right.values()) / self.found if self.found else float("nan")

    @property
    def with_gate(self) -> float:
        """Accuracy on the faces that the gate lets through."""
        return self.right.get(None, 0) / self.read if self.read else float("nan")

    @property
    def abstained_from(self) -> float:
        """Accuracy that guessing would have had on the others."""
        others = self.found - self.read
        guessed = sum(count for reason, count in self.right.items() if reason is not None)
        return guessed / others if others else float("nan")


def measure(
    condition: str,
    detector: FaceDetector,
    classifier: TfliteClassifier,
    faces: FaceSet,
    backgrounds: Sequence[BgrImage],
    limits: QualityLimits,
    seed: int,
) -> GateEffect:
    """Paste labelled faces as one of :data:`CONDITIONS` says; find, judge and read them.

    Args:
        condition: A key of :data:`CONDITIONS`.
        detector: Its boxes are taken whatever their size: the gate is to judge that.
        classifier: What reads; has the classes of the faces.
        faces: (N, 48, 48) grey crops with labels.
        backgrounds: Frames to paste into.
        limits: The gate's.
        seed: Of the draw.
    """
    rng, spec = np.random.default_rng(seed), framed(classifier.crop_spec, detector.name)
    rows, crops, reasons = [], [], []
    for row, face in enumerate(faces.images):
        frame, place = CONDITIONS[condition].paste(face, backgrounds, rng)
        box = pasting.found(detector, 0.0, frame, place)
        if box is not None:
            crop = face_tensor(frame, box, spec)
            rows.append(row)
            crops.append(crop)
            reasons.append(fault(crop[0], box, frame.shape[0], frame.shape[1], limits))
    counted = Counter(reasons)
    right: Counter[QualityFault | None] = Counter()
    if rows:
        good = crop_match.right_of(classifier, np.concatenate(crops), faces, rows)
        right.update(reason for reason, one in zip(reasons, good, strict=True) if one)
    faults = {reason: count for reason, count in counted.items() if reason is not None}
    return GateEffect(condition, len(faces), faults, counted[None], dict(right))


def judged(
    pictures: Iterable[BgrImage], detector: FaceDetector, spec: CropSpec, limits: QualityLimits
) -> Counter[QualityFault | None]:
    """How many faces of some pictures can be read (None), and from how many the gate abstains and why."""
    crop = framed(spec, detector.name)
    return Counter(
        fault(face_tensor(image, one.box, crop)[0], one.box, image.shape[0], image.shape[1], limits)
        for image in pictures
        for one in detector.detect(image)
    )
