from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.demo.scenes import SCENES, Scene, film
from edge.detectors.haar import HaarDetector
from edge.errors import SourceError


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.camera)
def test_the_face_can_be_found_in_nearly_every_frame_and_the_film_loops(scene: Scene, tmp_path: Path) -> None:
    capture = cv2.VideoCapture(str(film(scene, tmp_path, seconds=2)))
    frames = []
    while (frame := capture.read()[1]) is not None:
        frames.append(np.asarray(frame, dtype=np.uint8))
    capture.release()
    assert len(frames) == 30
    assert frames[0].shape == (480, 640, 3)
    detector = HaarDetector(1.2, 5, 32, 0.0)
    found = [bool(detector.detect(frame)) for frame in frames[::5]]
    assert sum(found) >= len(found) - 1
    steps = [
        float(np.abs(a.astype(int) - b).mean()) for a, b in zip(frames, [*frames[1:], frames[0]], strict=True)
    ]
    assert steps[-1] < 2 * max(steps[:-1]), "from the last frame to the first is a step like any other"


def test_without_the_package_that_ships_the_picture_the_way_out_is_said(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"pip install 'emotion-edge\[demo\]'"):
        film(replace(SCENES[0], package="no_such_package"), tmp_path)
