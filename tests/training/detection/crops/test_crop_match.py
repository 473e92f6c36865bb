from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from edge.classifier import load_verified
from edge.contract.facesets import FaceSet
from edge.datatypes import BgrImage, Box, Detection
from edge.shipped import DEFAULT_CLASSIFIER
from tests.fakes import ScriptedDetector
from tests.training.builders import face_set
from training.detection.crops import crop_report
from training.detection.crops.crop_match import CropMatch, measure


class Pasted:
    """Finds the pasted square, as a box of which the usual margin makes the square again, or a larger one."""

    def __init__(self, moved: float = 0.0, name: str = "another", larger: float = 1.0) -> None:
        self.name, self._moved, self._larger = name, moved, larger

    def detect(self, image: BgrImage) -> list[Detection]:
        rows, columns = np.nonzero((image != 110).any(axis=2))
        x1, y1, x2, y2 = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
        half = self._larger * (x2 - x1) / 1.2 / 2
        x, y = (x1 + x2) / 2 + self._moved * (x2 - x1), (y1 + y2) / 2
        return [Detection(Box(x - half, y - half, x + half, y + half), 0.9)]


def faces() -> FaceSet:
    return face_set(28, "PublicTest")


def matched(detector: Pasted | ScriptedDetector) -> CropMatch:
    return measure("one", detector, 0.5, load_verified(DEFAULT_CLASSIFIER), faces(), [], 0)


def test_exact_boxes_cost_nothing() -> None:
    one = matched(Pasted())
    assert (one.faces, one.found) == (28, 1.0)
    assert one.cut == one.unframed == pytest.approx(one.original, abs=0.15)
    assert one.box_side == pytest.approx(1 / 1.2, abs=0.01)
    assert one.box_down == pytest.approx(0, abs=0.01)


def test_what_a_detector_draws_larger_is_cut_as_large_as_it_was_learnt() -> None:
    larger = matched(Pasted(name="compact", larger=1 / 0.86))
    assert larger.box_side == pytest.approx(1 / 1.2 / 0.86, abs=0.01)
    assert larger.cut == pytest.approx(matched(Pasted()).cut, abs=0.08)


def test_a_detector_that_looks_elsewhere_finds_nothing() -> None:
    assert matched(Pasted(moved=1.0)).found == 0.0


def test_without_a_detection_there_is_no_accuracy() -> None:
    one = matched(ScriptedDetector([]))
    assert one.found == 0.0
    assert math.isnan(one.cut)


def test_the_table_tells_the_loss_in_points_with_its_interval(tmp_path: Path) -> None:
    row = CropMatch("one", 100, 0.8, 0.7, 0.65, 0.69, 0.005, 0.97, 0.02)
    crop_report.write(tmp_path / "new", [row], "100 faces.")
    said = (tmp_path / "new" / "crops.md").read_text()
    assert "| one | 80.0% | 70.0% | 65.0% (-5.0) | 69.0% | 1.0 +- 1.0 | 0.970 | +0.020 |" in said
