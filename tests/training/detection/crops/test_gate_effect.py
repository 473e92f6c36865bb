from __future__ import annotations

import math

import numpy as np
import pytest

from edge.classifier import load_verified
from edge.contract.preprocess import CropSpec
from edge.datatypes import BgrImage, Box, Detection
from edge.quality import QualityLimits
from edge.shipped import DEFAULT_CLASSIFIER
from tests.builders import detection, image
from tests.fakes import ScriptedDetector
from tests.training.builders import face_set
from training.detection.crops import gate_effect, gate_report
from training.detection.crops.gate_effect import GateEffect


class Square:
    """Finds what is not the grey background, exactly."""

    name = "square"

    def detect(self, image: BgrImage) -> list[Detection]:
        rows, columns = np.nonzero((image != 110).any(axis=2))
        x1, y1, x2, y2 = columns.min(), rows.min(), columns.max() + 1.0, rows.max() + 1.0
        return [Detection(Box(float(x1), float(y1), x2, y2), 0.9)]


def effect(condition: str, limits: QualityLimits) -> GateEffect:
    classifier = load_verified(DEFAULT_CLASSIFIER)
    return gate_effect.measure(condition, Square(), classifier, face_set(30, "PublicTest"), [], limits, 0)


def test_faces_below_the_least_size_are_abstained_from_and_counted() -> None:
    small = effect("small: 16 to 64 px", QualityLimits(min_face_px=32))
    assert small.found == small.faces == 30
    assert set(small.faults) == {"size"}
    assert 5 < small.faults["size"] < 25  # half of the draw, which is uniform in the logarithm
    assert effect("small: 16 to 64 px", QualityLimits()).read == 30


def test_accuracies_add_up() -> None:
    one = GateEffect("made", 20, {"size": 4, "blur": 2}, 10, {None: 8, "size": 1, "blur": 2})
    assert one.found == 16
    assert one.without == 11 / 16
    assert one.with_gate == 0.8
    assert one.abstained_from == 0.5
    assert math.isnan(GateEffect("none", 20, {}, 0, {}).without)


def test_the_faces_of_pictures_are_judged_one_by_one() -> None:
    script = [[detection(0, side=40), detection(45, side=18)], [detection(-30, side=50)]]
    pictures = [image(100, 60), image(100, 60)]
    limits = QualityLimits(min_face_px=20, max_outside=0.3)
    counts = gate_effect.judged(pictures, ScriptedDetector(script), CropSpec(), limits)
    assert counts == {None: 1, "size": 1, "border": 1}


def test_the_report_has_shares_of_the_found_and_a_dash_where_there_is_none() -> None:
    one = GateEffect("made", 20, {"size": 4}, 12, {None: 9, "size": 1})
    said = gate_report.markdown(
        [one], {"photos": {None: 3, "blur": 1}}, QualityLimits(32, 0.3, 0.1), "20 faces"
    )
    assert "| made | 80.0% | 25.0% | 0.0% | 0.0% | 62.5% | 75.0% | 25.0% |" in said
    assert "| photos | 4 | 0.0% | 0.0% | 25.0% | 75.0% |" in said
    empty = gate_report.markdown(
        [GateEffect("none", 5, {}, 0, {})], {"films": {}}, QualityLimits(), "5 faces"
    )
    assert "| none | 0.0% | - | - | - | - | - | - |" in empty


@pytest.mark.parametrize("condition", list(gate_effect.CONDITIONS))
def test_every_condition_can_be_pasted(condition: str) -> None:
    frame, place = gate_effect.CONDITIONS[condition].paste(
        np.zeros((48, 48), np.uint8), [image(90, 60)], np.random.default_rng(0)
    )
    assert frame.shape == (480, 640, 3)
    assert place.area > 0
