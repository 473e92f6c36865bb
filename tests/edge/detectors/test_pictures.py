from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from edge.detectors.filtering import FilteredDetector
from edge.detectors.pictures import as_bgr
from tests.builders import detection, image
from tests.fakes import ScriptedDetector


@pytest.mark.parametrize(
    ("picture", "pixel"),
    [
        (np.full((4, 5), 7, np.uint8), [7, 7, 7]),
        (np.full((4, 5, 1), 7, np.uint8), [7, 7, 7]),
        (np.full((4, 5, 4), (1, 2, 3, 0), np.uint8), [1, 2, 3]),
        (np.full((4, 5, 3), (256, 512, 65535), np.uint16), [1, 2, 255]),
        (np.full((4, 5), 65535, np.uint16), [255, 255, 255]),
    ],
)
def test_pictures_of_other_kinds_become_bgr(picture: npt.NDArray[Any], pixel: list[int]) -> None:
    made = as_bgr(picture)
    assert made.shape == (4, 5, 3)
    assert made.dtype == np.uint8
    assert made[0, 0].tolist() == pixel


def test_a_bgr_picture_is_not_copied() -> None:
    picture = image()
    assert as_bgr(picture) is picture


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((4, 5, 2), np.uint8),
        np.zeros((4, 5, 3), np.float32),
        np.zeros(7, np.uint8),
        np.zeros((0, 5, 3), np.uint8),
    ],
)
def test_what_is_no_picture_is_refused(picture: npt.NDArray[Any]) -> None:
    with pytest.raises(ValueError, match=r"a picture of .*; expected"):
        as_bgr(picture)


def test_an_empty_picture_holds_no_face() -> None:
    filtered = FilteredDetector(ScriptedDetector([[detection()]]), 20)
    assert filtered.detect(np.zeros((0, 0, 3), np.uint8)) == []
