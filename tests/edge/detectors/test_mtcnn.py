"""MTCNN on a real face; its package and the TensorFlow under it are an extra."""

from __future__ import annotations

import sys
from types import ModuleType

import numpy as np
import pytest

from edge.build import build_detector
from edge.datatypes import BgrImage
from edge.detectors.mtcnn import MtcnnDetector
from edge.detectors.settings import DetectorSettings
from edge.errors import ModelError
from tests.builders import image
from tests.faces import ASTRONAUT_FACE, astronaut


@pytest.mark.integration
@pytest.mark.keras
def test_mtcnn_finds_a_real_face_and_its_landmarks_in_our_order() -> None:
    pytest.importorskip("mtcnn", reason="needs the mtcnn extra")
    detector = build_detector(DetectorSettings(name="mtcnn"))
    best = detector.detect(astronaut())[0]
    assert best.box.iou(ASTRONAUT_FACE) > 0.45
    assert 0.8 < best.score <= 1
    right_eye, left_eye, nose, right_mouth, left_mouth = best.landmarks
    assert right_eye[0] < nose[0] < left_eye[0]  # her right is our left
    assert right_mouth[0] < left_mouth[0]
    assert max(right_eye[1], left_eye[1]) < nose[1] < min(right_mouth[1], left_mouth[1])
    assert detector.detect(image(640, 480, 0)) == []
    assert detector.detect(np.asarray(image(1, 1), dtype=np.uint8)) == []


class ScriptedMtcnn(ModuleType):
    """Stands for the package; remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__("mtcnn")
        self.asked: list[dict[str, object]] = []

    def MTCNN(self, device: str) -> ScriptedMtcnn:  # noqa: N802 - the package's name
        assert device == "CPU:0"
        return self

    def detect_faces(self, image: BgrImage, **options: object) -> list[object]:
        self.asked.append(options)
        return []


@pytest.mark.parametrize(("least_px", "asked_px"), [(8, 12), (16, 16), (32, 20)])
def test_it_looks_for_faces_as_small_as_asked_within_what_its_package_can(
    least_px: int, asked_px: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = ScriptedMtcnn()
    monkeypatch.setitem(sys.modules, "mtcnn", package)
    build_detector(DetectorSettings(name="mtcnn", min_face_px=least_px)).detect(image(64, 48))
    assert [options["min_face_size"] for options in package.asked] == [asked_px]


def test_without_its_package_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mtcnn", None)
    with pytest.raises(ModelError, match=r"pip install 'emotion-edge\[mtcnn\]'"):
        MtcnnDetector(0.8)
