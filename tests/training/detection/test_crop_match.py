from __future__ import annotations

import math

import numpy as np
import pytest

from edge.classifier import load_verified
from edge.contract.facesets import FaceSet
from edge.datatypes import BgrImage, Box, Detection
from edge.quality import QualityLimits
from edge.shipped import DEFAULT_CLASSIFIER
from tests.fakes import ScriptedDetector
from tests.training.builders import face_set
from training.detection.crop_match import CropMatch, measure


class Pasted:
    """Finds the pasted square exactly, or moved by a share of its side."""

    name = "pasted"

    def __init__(self, moved: float = 0.0) -> None:
        self._moved = moved

    def detect(self, image: BgrImage) -> list[Detection]:
        rows, columns = np.nonzero((image != 110).any(axis=2))
        x1, y1, x2, y2 = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
        margin = 0.1 / 1.2 * (x2 - x1)  # what the crop adds again
        away = self._moved * (x2 - x1)
        return [Detection(Box(x1 + margin + away, y1 + margin, x2 - margin + away, y2 - margin), 0.9)]


def faces() -> FaceSet:
    return face_set(28, "PublicTest")


def matched(detector: Pasted | ScriptedDetector) -> CropMatch:
    return measure(detector, 0.5, load_verified(DEFAULT_CLASSIFIER), faces(), [], QualityLimits(), 0)


def test_exact_boxes_cost_nothing() -> None:
    one = matched(Pasted())
    assert (one.faces, one.found, one.read) == (28, 1.0, 1.0)
    assert one.cut == pytest.approx(one.original, abs=0.15)
    assert one.cut_and_read == one.cut


def test_a_detector_that_looks_elsewhere_finds_nothing() -> None:
    assert matched(Pasted(moved=1.0)).found == 0.0


def test_without_a_detection_there_is_no_accuracy() -> None:
    one = matched(ScriptedDetector([]))
    assert one.found == 0.0
    assert math.isnan(one.cut)
