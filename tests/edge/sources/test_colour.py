from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from edge.sources.colour import as_bgr


@pytest.mark.parametrize(
    "image",
    [
        np.full((4, 6), 200, np.uint8),
        np.full((4, 6, 1), 200, np.uint8),
        np.full((4, 6, 3), 200, np.uint8),
        np.full((4, 6, 4), 200, np.uint8),
        np.full((4, 6), 200 * 256, np.uint16),
        np.full((4, 6, 3), 200 * 256 + 255, np.uint16),
    ],
    ids=["grey", "grey with an axis", "bgr", "bgra", "16-bit grey", "16-bit bgr"],
)
def test_every_kind_of_picture_becomes_8_bit_bgr(image: npt.NDArray[Any]) -> None:
    bgr = as_bgr(image)

    assert bgr is not None
    assert bgr.shape == (4, 6, 3)
    assert bgr.dtype == np.uint8
    assert np.all(bgr == 200)


def test_a_bgr_picture_is_not_copied() -> None:
    image = np.zeros((4, 6, 3), np.uint8)

    assert as_bgr(image) is image


@pytest.mark.parametrize(
    "image",
    [None, np.zeros((0, 0, 3), np.uint8), np.zeros((4, 6, 2), np.uint8), np.zeros((4, 6, 3), np.float32)],
)
def test_an_empty_or_unknown_picture_is_none(image: npt.NDArray[Any] | None) -> None:
    assert as_bgr(image) is None
