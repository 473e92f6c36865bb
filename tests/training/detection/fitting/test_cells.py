from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from edge.detectors.decode import cell_centres
from tests.training.detection.builders import boxes
from training.detection.fitting.cells import BACKGROUND, FACE, IGNORED, SMALLEST_PX, CellTargets
from training.detection.photos import NO_BOXES

STRIDES = (8, 16, 32)
CELLS = CellTargets(256)
CENTRES, CELL_STRIDES = cell_centres(256, 256, STRIDES)


def levels(targets: np.ndarray[tuple[int, ...], np.dtype[np.float32]], kind: float) -> set[float]:
    return set(CELL_STRIDES[targets[:, 0] == kind].tolist())


def test_a_view_without_faces_is_all_background() -> None:
    assert (CELLS.of(NO_BOXES, NO_BOXES)[:, 0] == BACKGROUND).all()


def test_each_size_belongs_to_its_level_and_those_between_to_two() -> None:
    for side, expected in ((20, {8}), (40, {8, 16}), (60, {16}), (90, {16, 32}), (200, {32})):
        targets = CELLS.of(boxes((28, 28, 28 + side, 28 + side)), NO_BOXES)
        assert levels(targets, FACE) == expected, side


def test_crowds_are_neither_face_nor_background() -> None:
    targets = CELLS.of(NO_BOXES, boxes((64, 64, 128, 128)))
    inside = ((CENTRES > 64) & (CENTRES < 128)).all(axis=1)
    assert (targets[inside, 0] == IGNORED).all()
    assert (targets[~inside, 0] == BACKGROUND).all()


def test_faces_too_small_to_be_found_are_ignored() -> None:
    targets = CELLS.of(boxes((100, 100, 106, 107)), NO_BOXES)
    assert levels(targets, FACE) == set()
    assert levels(targets, IGNORED) == {8, 16, 32}


def test_of_two_faces_on_one_cell_the_smaller_wins() -> None:
    large, small = (40.0, 40.0, 80.0, 80.0), (50.0, 50.0, 70.0, 70.0)
    targets = CELLS.of(boxes(small, large), NO_BOXES)
    nearest = np.abs(CENTRES - 60).max(axis=1) <= 4
    assert (targets[nearest & (CELL_STRIDES == 8), 1:] == small).all()


@given(st.floats(0, 240), st.floats(0, 240), st.floats(SMALLEST_PX, 250), st.floats(0.6, 1.0))
def test_every_face_is_asked_of_some_cell_whose_centre_is_near(
    x: float, y: float, side: float, narrow: float
) -> None:
    box = boxes((x, y, min(256, x + side * narrow), min(256, y + side)))
    longer = float((box[:, 2:] - box[:, :2]).max())
    targets = CELLS.of(box, NO_BOXES)
    asked = targets[:, 0] == FACE
    assert asked.any() == (longer >= SMALLEST_PX)
    away = np.abs(CENTRES[asked] - (box[0, :2] + box[0, 2:]) / 2).max(axis=1)
    assert (away <= 1.5 * CELL_STRIDES[asked] + 1e-3).all()
    assert (targets[asked, 1:] == box).all()
