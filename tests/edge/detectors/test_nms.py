from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from edge.datatypes import Box
from edge.detectors.nms import suppress

corners = st.tuples(st.integers(0, 50), st.integers(0, 50), st.integers(4, 40), st.integers(4, 40))


def test_of_two_boxes_of_one_face_the_better_stays() -> None:
    boxes = np.array([[0, 0, 10, 10], [1, 0, 11, 10], [30, 30, 40, 40]], dtype=np.float32)
    assert suppress(boxes, np.array([0.5, 0.9, 0.7], dtype=np.float32), 0.4).tolist() == [1, 2]


def test_without_boxes_nothing_stays() -> None:
    assert suppress(np.empty((0, 4), dtype=np.float32), np.empty(0, dtype=np.float32)).tolist() == []


@given(st.lists(corners, min_size=1, max_size=12), st.integers(0, 1000))
def test_what_stays_does_not_overlap_and_what_goes_has_a_better_neighbour(
    places: list[tuple[int, int, int, int]], seed: int
) -> None:
    boxes = np.array([[x, y, x + w, y + h] for x, y, w, h in places], dtype=np.float32)
    scores = np.random.default_rng(seed).permutation(len(boxes)).astype(np.float32) / np.float32(
        100
    ) + np.float32(0.1)
    kept = suppress(boxes, scores, 0.4).tolist()
    every = [Box(*map(float, box)) for box in boxes]
    assert all(every[a].iou(every[b]) <= 0.4 + 1e-5 for a in kept for b in kept if a != b)
    for gone in set(range(len(boxes))) - set(kept):
        assert any(every[gone].iou(every[k]) > 0.4 - 1e-5 and scores[k] > scores[gone] for k in kept)
