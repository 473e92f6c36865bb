from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.detectors.yunet import YunetDetector
from edge.errors import ModelError
from tests.faces import astronaut, shared
from training.detection.fitting.cells import STRIDES, CellTargets
from training.detection.fitting.teacher import Teacher

YUNET = "models/face_detection_yunet_2023mar.onnx"


def view() -> np.ndarray:
    """A face of some 100 px in a view of 256."""
    return cv2.resize(astronaut()[:400, 30:430], (256, 256), interpolation=cv2.INTER_AREA)


def test_its_best_cell_says_what_the_detector_says() -> None:
    weights = shared(YUNET)
    opinion = Teacher(weights, 256).of(view())
    (found,) = YunetDetector(weights, 0.5, 256).detect(view())
    best = opinion[opinion[:, 0].argmax()]
    assert best[0] == pytest.approx(found.score, abs=1e-3)
    assert best[1:] == pytest.approx(list(found.box), abs=1.5)


def test_its_cells_are_those_of_the_targets() -> None:
    opinion = Teacher(shared(YUNET), 256).of(view())
    cells = CellTargets(256)
    assert len(opinion) == len(cells._centres) == sum((256 // stride) ** 2 for stride in STRIDES)
    x, y = cells._centres[opinion[:, 0].argmax()]
    x1, y1, x2, y2 = opinion[opinion[:, 0].argmax(), 1:]
    assert x1 < x < x2
    assert y1 < y < y2


def test_another_network_is_refused_with_advice(tmp_path: Path) -> None:
    broken = tmp_path / "yunet.onnx"
    broken.write_bytes(b"no network")
    with pytest.raises(ModelError, match=r"yunet\.onnx.*models pull yunet-n"):
        Teacher(broken, 256)
    with pytest.raises(ModelError, match="not an ONNX file of YuNet"):
        Teacher(Path(__file__).parents[4] / "edge" / "models" / "face-compact" / "model.onnx", 256)
    with pytest.raises(ModelError, match="missing"):
        Teacher(tmp_path / "none.onnx", 256)
