from __future__ import annotations

import pytest

from convert.compare import GateRefused
from convert.detector_gate import DetectorLimits, Parity, gate, parity
from edge.datatypes import Box, Detection

SCORE, SLACK = 0.6, 0.1


def face(score: float, left: float = 0.0) -> Detection:
    return Detection(Box(left, 0, left + 40, 40), score)


def compared(trained: list[Detection], converted: list[Detection]) -> Parity:
    return parity([trained], [converted], SCORE, SLACK)


def test_the_same_faces_are_all_found_again() -> None:
    found = compared([face(0.9), face(0.7, 100)], [face(0.85), face(0.7, 100)])
    assert (found.detections, found.found, found.extra, found.mean_iou) == (2, 1.0, 0.0, 1.0)


def test_a_face_whose_score_fell_by_more_than_the_slack_is_lost() -> None:
    found = compared([face(0.95), face(0.95, 100)], [face(0.52), face(0.9, 100)])
    assert found.found == 0.5


def test_a_score_on_the_edge_is_no_loss() -> None:
    assert compared([face(0.62)], [face(0.55)]).found == 1.0


def test_a_conversion_that_halves_every_score_is_refused() -> None:
    found = compared([face(0.98), face(0.96, 100)], [face(0.53), face(0.52, 100)])
    with pytest.raises(GateRefused, match=r"model\.tflite is refused: 0\.00% of the faces are found again"):
        gate(found, DetectorLimits(), "model.tflite")


def test_a_face_that_only_the_converted_network_finds_is_extra() -> None:
    found = compared([face(0.9)], [face(0.9), face(0.9, 100), face(0.65, 200)])
    assert found.extra == 1.0
