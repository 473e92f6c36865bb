from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.detectors.letterbox import PAD_VALUE, fitted_size, letterbox
from tests.builders import image


def test_a_wide_picture_fills_the_width_and_the_rest_is_grey() -> None:
    seen = letterbox(image(640, 360, 10), 256, 320)
    assert seen.image.shape == (256, 320, 3)
    assert (seen.image[:180] == 10).all()
    assert (seen.image[180:] == PAD_VALUE).all()
    assert (seen.scale_x, seen.scale_y) == (0.5, 0.5)


def test_a_small_picture_is_not_enlarged() -> None:
    seen = letterbox(image(20, 10, 10), 32, 32)
    assert (seen.image[:10, :20] == 10).all()
    assert (seen.scale_x, seen.scale_y) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("rows", "columns", "size"),
    [
        (480, 640, (256, 320)),
        (640, 480, (320, 256)),
        (1, 1, (32, 32)),
        (6000, 8000, (256, 320)),
        (50, 3000, (32, 320)),
    ],
)
def test_the_input_is_the_smallest_that_shows_the_picture(
    rows: int, columns: int, size: tuple[int, int]
) -> None:
    assert fitted_size(rows, columns, 320, 32) == size


@given(st.integers(1, 900), st.integers(1, 900), st.sampled_from([96, 320, 480]))
def test_any_picture_fits(rows: int, columns: int, longest_px: int) -> None:
    height, width = fitted_size(rows, columns, longest_px, 32)
    seen = letterbox(np.zeros((rows, columns, 3), dtype=np.uint8), height, width)
    assert seen.image.shape == (height, width, 3)
    assert height % 32 == width % 32 == 0
    assert max(rows * seen.scale_y, columns * seen.scale_x) <= longest_px + 0.5


@pytest.mark.parametrize("side", [720, 1080, 2160])
def test_shrinking_keeps_brightness_and_does_not_alias(side: int) -> None:
    stripes = np.zeros((side, side, 3), dtype=np.uint8)
    stripes[:, ::2] = 200  # finer than the network's input can show: an even grey of 100
    seen = letterbox(stripes, 320, 320).image.astype(float)
    assert seen.mean() == pytest.approx(100, abs=1)
    assert seen[:, 4:-4].std() < 2
