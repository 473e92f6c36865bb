from __future__ import annotations

import math

import pytest

from edge.datatypes import Box, Detection
from tests.training.detection.builders import boxes
from training.detection.photos import NO_BOXES
from training.detection.scoring import Truth, scaled, score

pytest.importorskip("pycocotools", reason="needs the training extra")

FACE, OTHER = (10.0, 10.0, 50.0, 50.0), (100.0, 100.0, 160.0, 160.0)


def found(box: tuple[float, float, float, float], certain: float = 0.9) -> Detection:
    return Detection(Box(*box), certain)


def test_all_found_and_nothing_else_is_perfect() -> None:
    scored = score([Truth(boxes(FACE, OTHER), NO_BOXES)], [[found(FACE), found(OTHER, 0.5)]])
    assert scored.average_precision == pytest.approx(1.0)
    assert (scored.faces, scored.correct.tolist()) == (2, [True, True])


def test_half_found_is_half() -> None:
    scored = score([Truth(boxes(FACE, OTHER), NO_BOXES)], [[found(FACE)]])
    assert scored.average_precision == pytest.approx(0.5, abs=0.01)


def test_a_face_counts_once_and_its_second_box_is_false() -> None:
    scored = score([Truth(boxes(FACE), NO_BOXES)], [[found(FACE), found(FACE, 0.8)]])
    assert scored.correct.tolist() == [True, False]


def test_crowds_are_neither_asked_for_nor_false() -> None:
    scored = score([Truth(boxes(FACE), boxes(OTHER))], [[found(OTHER), found(OTHER, 0.95), found(FACE)]])
    assert scored.faces == 1
    assert scored.average_precision == pytest.approx(1.0)


def test_faces_of_other_sizes_and_false_boxes_of_other_sizes_do_not_count() -> None:
    small_and_false = (200.0, 200.0, 210.0, 260.0)
    scored = score(
        [Truth(boxes(FACE, OTHER), NO_BOXES)],
        [[found(OTHER), found(FACE), found(small_and_false)]],
        (50, math.inf),
    )
    assert (scored.faces, scored.correct.tolist()) == (1, [True])


def test_recall_is_told_at_so_many_false_boxes_a_photo() -> None:
    wrong = (200.0, 200.0, 240.0, 240.0)
    truths = [Truth(boxes(FACE, OTHER), NO_BOXES)]
    detections = [[found(wrong, 0.95), found(FACE, 0.9), found(wrong, 0.8), found(OTHER, 0.7)]]
    scored = score(truths, detections)
    assert scored.recall_at(0.0) == 0.0
    assert scored.recall_at(1.0) == 0.5
    assert scored.recall_at(2.0) == 1.0


def test_photos_without_faces_still_hold_false_boxes_against_a_detector() -> None:
    scored = score(
        [Truth(boxes(FACE), NO_BOXES), Truth(NO_BOXES, NO_BOXES)], [[found(FACE, 0.5)], [found(OTHER)]]
    )
    assert scored.correct.tolist() == [False, True]
    assert scored.average_precision == pytest.approx(0.5, abs=0.01)


def test_without_a_face_there_is_no_precision() -> None:
    assert math.isnan(score([Truth(NO_BOXES, NO_BOXES)], [[found(FACE)]]).average_precision)


def test_a_detection_is_scaled_with_its_picture() -> None:
    assert scaled(found(FACE), 0.5).box == Box(5, 5, 25, 25)
