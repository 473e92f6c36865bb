"""Times the pipeline's stages in place, by wrapping its seams: the pipeline itself does not know."""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from edge.datatypes import BgrImage, Detection, FaceTensor, Frame, Probabilities
from edge.protocols import EmotionClassifier, FaceDetector, FrameSource


@dataclass(slots=True)
class StageTimes:
    """Milliseconds of each call, by stage."""

    calls_ms: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def add(self, stage: str, started_s: float) -> None:
        """One call of a stage, which began at ``time.perf_counter() == started_s``."""
        self.calls_ms[stage].append((time.perf_counter() - started_s) * 1000)

    def summary(self) -> dict[str, dict[str, float]]:
        """Stage -> calls, p50, p95, p99 and total, all times in milliseconds."""
        return {
            stage: {
                "calls": len(calls),
                **{f"p{q}_ms": round(float(np.percentile(calls, q)), 3) for q in (50, 95, 99)},
                "total_ms": round(sum(calls), 1),
            }
            for stage, calls in self.calls_ms.items()
        }


class TimedSource:
    """A source whose reads are counted as decoding."""

    def __init__(self, source: FrameSource, times: StageTimes) -> None:
        self._source, self._times = source, times

    def read(self) -> Frame | None:
        started_s = time.perf_counter()
        frame = self._source.read()
        self._times.add("decode", started_s)
        return frame

    def close(self) -> None:
        self._source.close()


class TimedDetector:
    """A detector that is timed."""

    def __init__(self, detector: FaceDetector, times: StageTimes) -> None:
        self._detector, self._times = detector, times

    @property
    def name(self) -> str:
        return self._detector.name

    def detect(self, image: BgrImage) -> list[Detection]:
        started_s = time.perf_counter()
        found = self._detector.detect(image)
        self._times.add("detect", started_s)
        return found


class TimedClassifier:
    """A classifier that is timed."""

    def __init__(self, classifier: EmotionClassifier, times: StageTimes) -> None:
        self._classifier, self._times = classifier, times

    @property
    def labels(self) -> tuple[str, ...]:
        return self._classifier.labels

    def classify(self, faces: FaceTensor) -> Probabilities:
        started_s = time.perf_counter()
        probabilities = self._classifier.classify(faces)
        self._times.add("classify", started_s)
        return probabilities
