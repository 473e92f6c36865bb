from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from edge.contract.facesets import FaceSet
from edge.contract.labels import FER2013_LABELS
from tests.training.builders import face_set, joined
from training.protocol import copies_of, digests, hold_out


def with_copies(count: int, copies: int, seed: int) -> FaceSet:
    """Some images stand there again, some of them under another label."""
    faces = face_set(count, seed=seed)
    again = np.random.default_rng(seed).integers(0, count, copies)
    repeated = faces.select(again)
    relabelled = FaceSet(
        repeated.images, (repeated.labels + np.arange(copies) % 2) % 7, repeated.splits, FER2013_LABELS
    )
    return joined(faces, relabelled)


@given(st.integers(7, 60), st.integers(0, 30), st.integers(0, 5), st.sampled_from([0.05, 0.1, 0.4]))
def test_no_held_out_image_is_seen_in_training(count: int, copies: int, seed: int, share: float) -> None:
    faces = with_copies(count, copies, seed)
    kept, held = hold_out(faces, share, seed)
    assert len(kept) + len(held) == len(faces)
    assert not set(digests(kept.images)) & set(digests(held.images))


@given(st.integers(0, 5))
def test_the_order_of_the_rows_does_not_matter(seed: int) -> None:
    faces = with_copies(60, 20, seed)
    shuffled = faces.select(np.random.default_rng(seed).permutation(len(faces)))
    before, after = hold_out(faces, 0.2, 3)[1], hold_out(shuffled, 0.2, 3)[1]
    assert sorted(digests(before.images)) == sorted(digests(after.images))


def test_each_class_gives_the_same_share() -> None:
    _, held = hold_out(face_set(700), 0.1, 0)
    assert np.bincount(held.labels).tolist() == [10] * 7


def test_another_seed_holds_out_other_images() -> None:
    first, second = (set(digests(hold_out(face_set(140), 0.1, seed)[1].images)) for seed in (0, 1))
    assert first != second


def test_a_share_of_zero_holds_nothing_out() -> None:
    kept, held = hold_out(face_set(70), 0.0, 0)
    assert (len(kept), len(held)) == (70, 0)


def test_exact_copies_are_found_and_a_changed_pixel_is_none() -> None:
    training = face_set(14)
    faces = face_set(14).select(np.arange(3))
    changed = faces.images.copy()
    changed[1, 0, 0] ^= 1
    faces = FaceSet(changed, faces.labels, faces.splits, faces.classes)
    assert copies_of(faces, training).tolist() == [True, False, True]
