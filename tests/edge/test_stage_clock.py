from __future__ import annotations

import numpy as np

from edge.protocols import EmotionClassifier, FaceDetector
from edge.stage_clock import TimedClassifier, TimedDetector
from tests.builders import LABELS, detection, image
from tests.fakes import ConstantClassifier, ScriptedDetector


def test_stages_do_what_they_did_and_tell_how_long_it_took() -> None:
    told: list[tuple[str, float]] = []
    detector: FaceDetector = TimedDetector(ScriptedDetector([[detection()]]), lambda *one: told.append(one))
    classifier: EmotionClassifier = TimedClassifier(ConstantClassifier(), lambda *one: told.append(one))
    assert detector.detect(image()) == [detection()]
    assert classifier.classify(np.zeros((2, 48, 48, 1), np.float32)).shape == (2, len(LABELS))
    assert (detector.name, classifier.labels) == ("scripted", LABELS)
    assert [stage for stage, _ in told] == ["detect", "classify"]
    assert all(seconds >= 0 for _, seconds in told)
