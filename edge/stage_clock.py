"""Detector and classifier with a clock around them, for the metrics."""

from __future__ import annotations

import time
from collections.abc import Callable

from edge.datatypes import BgrImage, Detection, FaceTensor, Probabilities
from edge.protocols import EmotionClassifier, FaceDetector

#: Takes the name of a stage and the seconds that it took.
Observe = Callable[[str, float], None]
#: Detectors that look again at what may be a face.
_SLOWER_WITH_FACES = frozenset({"haar", "mtcnn"})


def discreet(observe: Observe, detector: str, k_min: int) -> Observe:
    """The same; for a k_min above 1 only of stages that take as long whether somebody is there or not.

    A classifier that is asked, or a frame that takes longer, tells of a single visitor.
    """
    if k_min == 1:
        return observe

    def observe_search(stage: str, seconds: float) -> None:
        if stage == "detect" and detector not in _SLOWER_WITH_FACES:
            observe(stage, seconds)

    return observe_search


class TimedDetector:
    """A detector that tells how long it took."""

    def __init__(self, detector: FaceDetector, observe: Observe) -> None:
        self._detector, self._observe = detector, observe

    @property
    def name(self) -> str:
        return self._detector.name

    def detect(self, image: BgrImage) -> list[Detection]:
        began_s = time.perf_counter()
        found = self._detector.detect(image)
        self._observe("detect", time.perf_counter() - began_s)
        return found


class TimedClassifier:
    """A classifier that tells how long a batch took."""

    def __init__(self, classifier: EmotionClassifier, observe: Observe) -> None:
        self._classifier, self._observe = classifier, observe

    @property
    def labels(self) -> tuple[str, ...]:
        return self._classifier.labels

    def classify(self, faces: FaceTensor) -> Probabilities:
        began_s = time.perf_counter()
        probabilities = self._classifier.classify(faces)
        self._observe("classify", time.perf_counter() - began_s)
        return probabilities
