from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.contract.preprocess import CropSpec, face_tensor
from edge.datatypes import Box
from tests.builders import image

SPEC = CropSpec(48, 48, square=True, margin=0.0)


def gradient(width: int = 200, height: int = 100) -> np.ndarray:
    ramp = np.linspace(0, 255, width, dtype=np.float32)
    return np.repeat(np.tile(ramp, (height, 1)).astype(np.uint8)[..., None], 3, axis=2)


def test_a_48_px_face_comes_out_pixel_for_pixel() -> None:
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (80, 90, 3), dtype=np.uint8)
    tensor = face_tensor(picture, Box(20, 10, 68, 58), SPEC)
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)[10:58, 20:68]
    assert tensor.shape == (1, 48, 48, 1)
    assert tensor.dtype == np.float32
    np.testing.assert_array_equal(tensor[0, :, :, 0], grey)


def test_an_oblong_box_is_grown_to_a_square_about_its_centre_not_stretched() -> None:
    picture = image(200, 200, 0)
    cv2.circle(picture, (100, 100), 30, (255, 255, 255), -1)
    face = face_tensor(picture, Box(70, 50, 130, 150), SPEC)[0, :, :, 0]
    rows, columns = np.flatnonzero(face.max(1) > 128), np.flatnonzero(face.max(0) > 128)
    assert abs((rows[-1] - rows[0]) - (columns[-1] - columns[0])) <= 1


def test_the_margin_shows_more_around_the_box() -> None:
    picture = gradient()
    tight = face_tensor(picture, Box(80, 30, 120, 70), SPEC)
    wide = face_tensor(picture, Box(80, 30, 120, 70), CropSpec(margin=0.25))
    assert np.ptp(wide) == pytest.approx(1.5 * np.ptp(tight), rel=0.06)


def test_beyond_the_edge_of_the_frame_the_edge_repeats() -> None:
    picture = image(100, 100, 40)
    picture[:, :10] = 200
    face = face_tensor(picture, Box(-30, 20, 30, 80), SPEC)[0, :, :, 0]
    assert (face[:, :20] == 200).all()


def test_a_large_face_is_shrunk_without_aliasing() -> None:
    stripes = image(480, 480, 0)
    stripes[:, ::2] = 255  # the finest pattern there is must become grey, not stripes
    face = face_tensor(stripes, Box(0, 0, 480, 480), SPEC)
    assert np.abs(face - 127.5).max() < 3


def test_a_crop_smaller_than_a_box_that_barely_touches_the_frame_repeats_its_edge() -> None:
    picture = gradient(160, 120)
    face = face_tensor(picture, Box(-399, 10, 1, 410), CropSpec(margin=-0.1))[0, :, :, 0]
    assert (face[:5] == face[:5, :1]).all()  # what lies left of the frame: its first column


@pytest.mark.parametrize(
    "box", [Box(-50, 0, -10, 40), Box(64, 0, 90, 40), Box(10, 10, 10, 30), Box(30, 9, 10, 30)]
)
def test_a_box_without_a_pixel_in_the_frame_is_refused(box: Box) -> None:
    with pytest.raises(ValueError, match="no pixel inside"):
        face_tensor(image(), box, SPEC)


@given(
    st.floats(-80, 160),
    st.floats(-80, 120),
    st.floats(0.5, 400),
    st.floats(0.5, 400),
    st.booleans(),
    st.floats(-0.2, 0.3),
)
def test_every_box_that_touches_the_frame_gives_a_tensor_in_range(
    x: float, y: float, width: float, height: float, square: bool, margin: float
) -> None:
    box = Box(x, y, x + width, y + height)
    picture = gradient(160, 120)
    try:
        tensor = face_tensor(picture, box, CropSpec(square=square, margin=margin))
    except ValueError:
        assert x + width <= 0 or y + height <= 0 or x >= 160 or y >= 120
        return
    assert tensor.shape == (1, 48, 48, 1)
    assert tensor.min() >= 0
    assert tensor.max() <= 255
