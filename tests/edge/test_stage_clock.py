from __future__ import annotations

import numpy as np
import pytest

from edge.protocols import EmotionClassifier, FaceDetector
from edge.stage_clock import TimedClassifier, TimedDetector, discreet
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


@pytest.mark.parametrize(
    ("detector", "k_min", "told"),
    [
        ("compact", 1, ["detect", "classify", "total"]),
        ("compact", 5, ["detect"]),
        ("mtcnn", 5, []),
    ],
)
def test_above_a_k_min_of_one_nothing_is_told_of_what_a_single_visitor_makes_longer(
    detector: str, k_min: int, told: list[str]
) -> None:
    heard: list[str] = []
    observe = discreet(lambda stage, _seconds: heard.append(stage), detector, k_min)
    for stage in ("detect", "classify", "total"):
        observe(stage, 0.01)
    assert heard == told
