from __future__ import annotations

import numpy as np
import pytest

from edge.build import build_networks
from edge.contract.preprocess import CropSpec, face_tensor
from edge.datatypes import Box
from edge.detectors.framing import BOX_SCALES, framed
from edge.detectors.settings import DEFAULT_SCORES, DetectorSettings
from edge.settings import ClassifierSettings
from tests.faces import ASTRONAUT_FACE, astronaut


def test_every_detector_has_its_scale() -> None:
    assert set(BOX_SCALES) == set(DEFAULT_SCORES)


@pytest.mark.parametrize("detector", list(BOX_SCALES))
def test_a_larger_box_of_the_same_face_gives_the_same_crop(detector: str) -> None:
    spec, scale = CropSpec(margin=0.1), BOX_SCALES[detector]
    x, y = ASTRONAUT_FACE.centre
    half = max(ASTRONAUT_FACE.width, ASTRONAUT_FACE.height) / 2
    drawn = Box(x - half / scale, y - half / scale, x + half / scale, y + half / scale)
    expected = face_tensor(astronaut(), ASTRONAUT_FACE, spec)
    np.testing.assert_allclose(face_tensor(astronaut(), drawn, framed(spec, detector)), expected, atol=1)


def test_the_boxes_of_an_unknown_detector_are_taken_as_they_are() -> None:
    assert framed(CropSpec(margin=0.25), "another") == CropSpec(margin=0.25)


def test_the_device_cuts_by_the_detector_that_it_has() -> None:
    compact, haar = (
        build_networks(DetectorSettings(name=name), ClassifierSettings()).crop for name in ("compact", "haar")
    )
    assert compact == framed(CropSpec(margin=0.1), "compact")
    assert haar == framed(CropSpec(margin=0.1), "haar")
    assert compact.margin < haar.margin < 0.1
