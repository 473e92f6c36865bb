from __future__ import annotations

import cv2
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from edge.datatypes import BgrImage, Box, Detection
from edge.detectors.tiling import TiledDetector
from tests.builders import image


class WhiteRegions:
    """Finds white regions that are neither too small nor too large in the picture that it is given."""

    name = "white"

    def __init__(self, smallest_share: float = 0.0) -> None:
        self._smallest_share = smallest_share
        self.shapes: list[tuple[int, ...]] = []

    def detect(self, image: BgrImage) -> list[Detection]:
        self.shapes.append(image.shape[:2])
        _, _, regions, _ = cv2.connectedComponentsWithStats((image[..., 0] > 200).astype(np.uint8))
        return [
            Detection(Box(float(x), float(y), float(x + w), float(y + h)), 0.9)
            for x, y, w, h, _ in regions[1:]
            if max(w, h) >= self._smallest_share * max(image.shape[:2])
        ]


def with_square(x: int, y: int, side: int, width: int = 400, height: int = 300) -> BgrImage:
    picture = image(width, height, 0)
    picture[y : y + side, x : x + side] = 255
    return picture


def test_a_frame_no_larger_than_a_tile_is_looked_at_once() -> None:
    white = WhiteRegions()
    (found,) = TiledDetector(white, 400, 0.25).detect(with_square(90, 50, 200))
    assert found.box == Box(90, 50, 290, 250)
    assert white.shapes == [(300, 400)]


def test_a_face_too_small_for_the_whole_frame_is_found_in_a_tile() -> None:
    white = WhiteRegions(smallest_share=0.1)
    picture = with_square(250, 200, 20)
    assert white.detect(picture) == []
    (found,) = TiledDetector(white, 160, 0.25).detect(picture)
    assert found.box == Box(250, 200, 270, 220)


def test_a_large_face_is_found_once_in_the_whole_frame() -> None:
    (found,) = TiledDetector(WhiteRegions(), 120, 0.25).detect(with_square(90, 50, 200))
    assert found.box == Box(90, 50, 290, 250)


@given(st.integers(0, 370), st.integers(0, 270), st.integers(6, 29))
def test_a_face_smaller_than_the_overlap_is_found_exactly_once_wherever_it_is(
    x: int, y: int, side: int
) -> None:
    (found,) = TiledDetector(WhiteRegions(), 120, 0.3).detect(with_square(x, y, side))
    assert found.box == Box(x, y, x + side, y + side)


@given(st.integers(97, 700), st.integers(97, 700), st.integers(96, 300), st.floats(0, 0.7))
def test_tiles_cover_the_frame_and_have_their_size(
    width: int, height: int, tile_px: int, overlap: float
) -> None:
    seen = np.zeros((height, width, 3), dtype=np.uint8)

    class Marks:
        name = "marks"

        def detect(self, image: BgrImage) -> list[Detection]:
            if image.shape[:2] != (height, width):
                assert image.shape[:2] == (min(height, tile_px), min(width, tile_px))
                image[...] = 1
            return []

    TiledDetector(Marks(), tile_px, overlap).detect(seen)
    assert (seen == 1).all() or max(width, height) <= tile_px


def test_enlarged_tiles_show_what_is_too_small_for_the_detector_where_it_is() -> None:
    class FromTwenty(WhiteRegions):
        def detect(self, image: BgrImage) -> list[Detection]:
            return [one for one in super().detect(image) if one.box.width >= 20]

    picture, white = with_square(250, 200, 14), FromTwenty()
    assert TiledDetector(white, 160, 0.25).detect(picture) == []
    (found,) = TiledDetector(white, 160, 0.25, enlarge=2.0).detect(picture)
    assert found.box.iou(Box(250, 200, 264, 214)) > 0.8
    assert set(white.shapes[-6:]) == {(320, 320)}


@given(st.integers(0, 370), st.integers(0, 270), st.floats(1.0, 3.0))
def test_boxes_of_enlarged_tiles_are_in_pixels_of_the_frame(x: int, y: int, enlarge: float) -> None:
    (found,) = TiledDetector(WhiteRegions(), 120, 0.3, enlarge=enlarge).detect(with_square(x, y, 29))
    assert found.box.iou(Box(x, y, x + 29, y + 29)) > 0.8


def test_landmarks_move_with_their_tile() -> None:
    class Corner:
        name = "corner"

        def detect(self, image: BgrImage) -> list[Detection]:
            return [Detection(Box(50, 50, 70, 70), 0.5, ((55.0, 56.0),))] if image[0, 0, 0] == 9 else []

    picture = image(200, 100)
    picture[0, 100] = 9
    (found,) = TiledDetector(Corner(), 100, 0.0).detect(picture)
    assert (found.box, found.landmarks) == (Box(150, 50, 170, 70), ((155.0, 56.0),))
