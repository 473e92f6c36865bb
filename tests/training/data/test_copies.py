from __future__ import annotations

import tracemalloc

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.faces import ASTRONAUT_FACE, astronaut
from tests.training.builders import images
from training.data.copies import Images, components, digests, exact_pairs, near_pairs


def face(**changes: float) -> Images:
    """(48, 48): the astronaut's face, changed as copies on the web are."""
    grey = cv2.cvtColor(astronaut(), cv2.COLOR_BGR2GRAY)
    left, top = ASTRONAUT_FACE.x1 + changes.get("x", 0), ASTRONAUT_FACE.y1 + 18 + changes.get("y", 0)
    crop = cv2.resize(
        grey[int(top) : int(top) + 96, int(left) : int(left) + 96], (48, 48), None, 0, 0, cv2.INTER_AREA
    )
    light = crop * changes.get("contrast", 1.0) + changes.get("brightness", 0.0)
    quality = int(changes.get("quality", 95))
    _, jpeg = cv2.imencode(
        ".jpg", np.clip(light, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, quality]
    )
    return np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_GRAYSCALE), dtype=np.uint8)


@pytest.mark.parametrize(
    "changes",
    [
        {"quality": 40},
        {"brightness": 40, "contrast": 0.6},
        {"x": 2, "y": -2},
        {"x": 2, "quality": 60, "contrast": 1.2},
    ],
)
def test_a_recompressed_brighter_or_moved_photograph_is_a_near_copy(changes: dict[str, float]) -> None:
    others = images(5)
    pictures = np.stack([others[0], face(), *others[1:], face(**changes)])
    assert near_pairs(pictures).tolist() == [[1, 6]]


def test_another_part_of_the_picture_is_no_copy() -> None:
    assert near_pairs(np.stack([face(), face(x=60), face(y=100)])).tolist() == []


def test_flat_images_are_copies_of_nothing() -> None:
    flat = np.stack([np.full((48, 48), value, np.uint8) for value in (0, 1, 128)])
    assert near_pairs(np.concatenate([flat, face()[None]])).tolist() == []


def test_copies_are_found_across_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.data.copies._BLOCK", 3)
    pictures = images(10)
    pictures[9] = pictures[1] // 2 + 60
    assert near_pairs(pictures).tolist() == [[1, 9]]


def test_the_frames_of_a_film_are_compared_a_few_pairs_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    film = np.stack([np.clip(face().astype(int) + noise % 5, 0, 255) for noise in images(200).astype(int)])
    film = film.astype(np.uint8)
    tracemalloc.start()
    whole = near_pairs(film)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(whole) == 200 * 199 // 2
    assert peak < 150e6, "these pairs at once are 310 MB"
    monkeypatch.setattr("training.data.copies._PAIRS", 7)
    assert near_pairs(film[:20]).tolist() == [pair for pair in whole.tolist() if pair[1] < 20]


def test_exact_pairs_lead_to_the_first() -> None:
    pictures = images(4)[[0, 1, 0, 2, 0, 1]]
    assert exact_pairs(digests(pictures)).tolist() == [[0, 2], [0, 4], [1, 5]]


@given(st.integers(1, 20), st.lists(st.tuples(st.integers(0, 19), st.integers(0, 19)), max_size=30))
def test_components_are_those_of_a_walk_through_the_pairs(count: int, drawn: list[tuple[int, int]]) -> None:
    pairs = [(one % count, other % count) for one, other in drawn]
    found = components(count, [np.array(pairs, dtype=np.int64).reshape(-1, 2)])
    for row in range(count):
        reached, ahead = {row}, [row]
        while ahead:
            here = ahead.pop()
            near = {a + b - here for a, b in pairs if here in {a, b}} - reached
            reached |= near
            ahead += near
        assert found[row] == min(reached)
