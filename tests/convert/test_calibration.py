from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convert.calibration import balanced
from tests.convert.face_builder import face_set

CLASSES = ("angry", "happy", "sad")
label_lists = st.lists(st.integers(0, 2), min_size=1, max_size=120)


def counts(labels: list[int], count: int, seed: int = 0) -> list[int]:
    drawn = balanced(face_set(labels, CLASSES), count, seed)
    return [int(n) for n in np.bincount(drawn.labels, minlength=3)]


def test_classes_are_drawn_evenly_whatever_their_share() -> None:
    assert counts([0] * 5 + [1] * 200 + [2] * 40, 15) == [5, 5, 5]


def test_a_rare_class_gives_all_it_has_and_the_others_share_the_rest() -> None:
    assert counts([0] * 2 + [1] * 100 + [2] * 100, 22) == [2, 10, 10]


def test_more_than_there_are_is_all_there_are() -> None:
    assert counts([0, 1, 1, 2], 1000) == [1, 2, 1]


def test_an_empty_class_is_no_fault() -> None:
    assert counts([0] * 10 + [2] * 10, 6) == [3, 0, 3]


def test_the_same_seed_draws_the_same_faces_and_another_seed_others() -> None:
    faces = face_set([0] * 50 + [1] * 50, CLASSES)

    first, again, other = (balanced(faces, 20, seed).images[:, 0, 0].tolist() for seed in (1, 1, 2))

    assert first == again
    assert first != other


def test_no_image_is_not_a_calibration() -> None:
    with pytest.raises(ValueError, match="at least one"):
        balanced(face_set([0], CLASSES), 0, 0)


@given(label_lists, st.integers(1, 150), st.integers(0, 5))
def test_faces_are_drawn_once_and_the_draw_is_as_even_as_it_can_be(
    labels: list[int], count: int, seed: int
) -> None:
    faces = face_set(labels, CLASSES)
    drawn = balanced(faces, count, seed)
    there = np.bincount(faces.labels, minlength=3)
    taken = np.bincount(drawn.labels, minlength=3)

    assert len(drawn) == min(count, len(labels))
    assert len(set(drawn.images[:, 0, 0].tolist())) == len(drawn)
    assert all(drawn.labels == faces.labels[drawn.images[:, 0, 0]])
    # A class that has more to give is at most one behind the largest.
    assert all(taken[c] >= taken.max() - 1 for c in range(3) if taken[c] < there[c])
