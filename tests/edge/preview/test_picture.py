from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.datatypes import BgrImage, Box, Observation, Track
from edge.detectors.haar import HaarDetector
from edge.preview.picture import hide_face, take_picture
from tests.edge.preview.decoding import decoded
from tests.faces import ASTRONAUT_FACE, astronaut


def noise(width: int, height: int) -> BgrImage:
    return np.random.default_rng(3).integers(0, 256, (height, width, 3)).astype(np.uint8)


def colours(image: BgrImage, box: Box) -> int:
    """How many different colours there are in a box."""
    x1, y1, x2, y2 = (round(side) for side in box)
    return len(np.unique(image[y1:y2, x1:x2].reshape(-1, 3), axis=0))


def test_a_face_becomes_at_most_36_blocks_and_the_rest_stays_as_it_is() -> None:
    image = noise(300, 200)
    face = Box(100, 60, 160, 120)
    shown = take_picture(image, [face], [], "", max_side_px=640, pixelate=True).image
    assert colours(image, face) > 3000
    assert colours(shown, face) <= 36
    # A quarter of the box to each side is hidden with it: hair, ears, chin.
    assert colours(shown, Box(85, 45, 175, 135)) <= 36
    untouched = np.ones(image.shape[:2], bool)
    untouched[45:135, 85:175] = False
    assert (shown[untouched] == image[untouched]).all()


def test_without_pixelation_the_face_is_shown_and_the_frame_is_never_changed() -> None:
    image = noise(300, 200)
    before = image.copy()
    shown = take_picture(image, [Box(100, 60, 160, 120)], [], "", max_side_px=640, pixelate=False).image
    assert (shown == image).all()
    assert shown is not image
    hidden = take_picture(image, [Box(0, 0, 300, 200)], [], "", max_side_px=640, pixelate=True).image
    assert not np.shares_memory(hidden, image)
    assert (image == before).all()


def test_a_large_picture_is_made_smaller_and_boxes_move_along() -> None:
    image = noise(1280, 720)
    box = Box(400, 200, 600, 400)
    seen = Observation(Track(1, box, 0.9, True), "happy", np.full(7, 1 / 7, np.float32))
    picture = take_picture(image, [box], [seen], "", max_side_px=320, pixelate=True)
    assert picture.image.shape == (180, 320, 3)
    assert colours(picture.image, Box(100, 50, 150, 100)) <= 36
    drawn = decoded(picture.jpeg())
    assert drawn.shape == (180, 320, 3)
    frame_of_box = drawn[60:90, 100].astype(int).mean(axis=0)  # happy is yellow: blue far below red
    assert frame_of_box[2] - frame_of_box[0] > 60


def test_outside_of_the_searched_region_nothing_is_shown_unless_faces_may_be_seen() -> None:
    image = noise(200, 100)
    roi = (50, 20, 150, 80)
    shown = take_picture(image, [], [], "", max_side_px=640, pixelate=True, roi=roi).image
    assert (shown[20:80, 50:150] == image[20:80, 50:150]).all()
    shown[20:80, 50:150] = 0
    assert not shown.any()
    plain = take_picture(image, [], [], "", max_side_px=640, pixelate=False, roi=roi).image
    assert (plain == image).all()


@given(x=st.floats(-300, 300), y=st.floats(-300, 300), width=st.floats(0, 400), height=st.floats(0, 400))
def test_a_box_anywhere_hides_its_part_of_the_picture(
    x: float, y: float, width: float, height: float
) -> None:
    image = noise(64, 48)
    face = Box(x, y, x + width, y + height)
    hide_face(image, face)
    inside = image[max(0, int(y)) : max(0, int(y + height)), max(0, int(x)) : max(0, int(x + width))]
    assert len(np.unique(inside.reshape(-1, 3), axis=0)) <= 36


@pytest.mark.parametrize("side", [1, 3, 8, 20])
def test_small_faces_lose_their_detail_too(side: int) -> None:
    image = noise(64, 48)
    hide_face(image, Box(10, 10, 10 + side, 10 + side))
    assert colours(image, Box(10, 10, 10 + side, 10 + side)) <= max(1, (side * 1.5 + 2) / 4) ** 2


def test_a_real_face_cannot_be_found_again() -> None:
    image = astronaut()
    detector = HaarDetector(1.1, 5, 32, score=0.0)

    def found(picture: BgrImage) -> bool:
        return any(one.box.iou(ASTRONAUT_FACE) > 0.3 for one in detector.detect(picture))

    assert found(image)
    assert not found(take_picture(image, [ASTRONAUT_FACE], [], "", max_side_px=640, pixelate=True).image)
