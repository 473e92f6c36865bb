from __future__ import annotations

import numpy as np

from edge.datatypes import BgrImage, Box, Detection
from tests.training.detection.builders import boxes, photo
from training.detection.fitting import unlabelled


class Finds:
    """The same detections in every photo."""

    name = "finds"

    def __init__(self, *found: tuple[float, float, float, float]) -> None:
        self._found = [Detection(Box(*corners), 0.9) for corners in found]

    def detect(self, image: BgrImage) -> list[Detection]:
        return self._found


def test_a_face_that_nobody_drew_is_neither_face_nor_background() -> None:
    one = photo(faces=boxes((60, 40, 100, 90)), ignored=boxes((0, 0, 30, 30)))
    (seen,), number = unlabelled.set_aside([one], Finds((120, 20, 150, 60)))
    assert number == 1
    assert np.array_equal(seen.ignored, boxes((0, 0, 30, 30), (120, 20, 150, 60)))
    assert np.array_equal(seen.faces, one.faces)


def test_faces_with_a_box_and_crowds_stay_as_they_are() -> None:
    one = photo(faces=boxes((60, 40, 100, 90)), ignored=boxes((120, 0, 200, 100)))
    (seen,), number = unlabelled.set_aside([one], Finds((64, 46, 104, 92), (130, 20, 150, 60)))
    assert number == 0
    assert np.array_equal(seen.ignored, one.ignored)


def test_a_photo_without_boxes_may_get_its_first() -> None:
    (seen,), _ = unlabelled.set_aside([photo(faces=boxes())], Finds((10, 10, 40, 50)))
    assert seen.ignored.shape == (1, 4)
    assert seen.faces.shape == (0, 4)
