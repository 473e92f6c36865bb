from __future__ import annotations

import cv2
import numpy as np
import pytest

from edge.contract.preprocess import CropSpec, face_tensor
from edge.datatypes import Box
from edge.quality import QualityLimits, fault, readable, sharpness
from tests.faces import ASTRONAUT_FACE, astronaut

LIMITS = QualityLimits(min_face_px=32, max_outside=0.3, min_sharpness=0.1)
SHARP = np.random.default_rng(0).uniform(0, 255, (48, 48, 1)).astype(np.float32)
FLAT = np.full((48, 48, 1), 90, np.float32)


@pytest.mark.parametrize(
    ("box", "face", "expected"),
    [
        (Box(10, 10, 60, 60), SHARP, None),
        (Box(10, 10, 60, 41), SHARP, "size"),
        (Box(10, 10, 41, 60), SHARP, "size"),
        (Box(10, 10, 42, 42), SHARP, None),
        (Box(-20, 10, 30, 60), SHARP, "border"),
        (Box(-14, 10, 36, 60), SHARP, None),
        (Box(60, 40, 120, 100), SHARP, "border"),
        (Box(10, 60, 70, 120), SHARP, "border"),
        (Box(10, -20, 60, 30), SHARP, "border"),
        (Box(200, 10, 250, 60), SHARP, "border"),
        (Box(10, 10, 60, 60), FLAT, "blur"),
    ],
)
def test_a_face_is_read_only_where_it_can_be(
    box: Box, face: np.ndarray[tuple[int, ...], np.dtype[np.float32]], expected: str | None
) -> None:
    assert fault(face, box, 100, 100, LIMITS) == expected


def test_without_limits_every_face_is_read() -> None:
    assert fault(FLAT, Box(-30, 0, 31, 5), 100, 100, QualityLimits()) is None


def test_blur_lowers_the_sharpness_and_light_does_not_change_it() -> None:
    face = face_tensor(astronaut(), ASTRONAUT_FACE, CropSpec())[0]
    values = [sharpness(cv2.GaussianBlur(face, (0, 0), sigma)[..., None]) for sigma in (0.5, 1.0, 2.0, 4.0)]
    assert values == sorted(values, reverse=True)
    assert values[-1] < LIMITS.min_sharpness < sharpness(face)
    assert sharpness(face * 0.5 + 20) == pytest.approx(sharpness(face), rel=0.01)


def test_a_batch_is_judged_face_by_face() -> None:
    boxes = [Box(10, 10, 60, 60), Box(0, 0, 9, 9)]
    assert readable(np.stack([SHARP, SHARP]), boxes, 100, 100, LIMITS).tolist() == [True, False]
