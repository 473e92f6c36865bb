from __future__ import annotations

import cv2
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from edge.datatypes import Box
from tests.builders import detection, image
from tests.fakes import ScriptedDetector
from training.detection.crops import pasting
from training.detection.crops.pasting import FRAME_H_PX, FRAME_W_PX, Pasting

FACE = np.random.default_rng(0).integers(0, 256, (48, 48), dtype=np.uint8)


@given(st.integers(0, 2**31))
def test_the_face_is_where_it_is_said_to_be(seed: int) -> None:
    frame, place = Pasting().paste(FACE, [], np.random.default_rng(seed))
    x1, y1, x2, y2 = map(int, place)
    assert 64 <= x2 - x1 <= 260
    assert 0 <= x1 < x2 <= FRAME_W_PX
    assert 0 <= y1 < y2 <= FRAME_H_PX
    back = cv2.resize(frame[y1:y2, x1:x2, 0], (48, 48), interpolation=cv2.INTER_AREA)
    assert np.corrcoef(back.ravel(), FACE.ravel())[0, 1] > 0.9
    frame[y1:y2, x1:x2] = 110
    assert (frame == 110).all()


def test_a_face_may_lie_partly_outside() -> None:
    rng = np.random.default_rng(1)
    places = [Pasting(outside=0.6).paste(FACE, [], rng)[1] for _ in range(50)]
    shares = [-place.x1 / place.width for place in places]
    assert min(shares) >= 0
    assert 0.4 < max(shares) <= 0.61


def test_blur_takes_the_edges_away() -> None:
    def edges(blur: float) -> float:
        frame, _ = Pasting(blur=blur).paste(FACE, [], np.random.default_rng(3))
        return float(cv2.Laplacian(frame, cv2.CV_32F).std())

    assert edges(0.06) < 0.5 * edges(0.0)


def test_of_several_detections_the_one_at_the_face_counts_if_it_is_good_enough() -> None:
    script = [[detection(0), detection(100, side=50), detection(104, side=50)]]
    place = Box(100, 0, 150, 50)
    best = pasting.found(ScriptedDetector(script), 0.5, image(200, 60), place)
    assert best is not None
    assert best.x1 == 100
    assert pasting.found(ScriptedDetector(script), 0.99, image(200, 60), place) is None
    assert pasting.found(ScriptedDetector([[detection(0)]]), 0.5, image(200, 60), place) is None
