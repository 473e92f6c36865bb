from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.contract.facesets import FaceSet
from edge.contract.labels import FER2013_LABELS
from edge.errors import ContractError
from tests.training.builders import face_set, joined
from training.data import protocol
from training.data.copies import digests
from training.data.protocol import copies_of, hold_out


def with_copies(count: int, copies: int, seed: int) -> FaceSet:
    """Some images stand there again, some of them under another label."""
    faces = face_set(count, seed=seed)
    again = np.random.default_rng(seed).integers(0, count, copies)
    repeated = faces.select(again)
    relabelled = FaceSet(
        repeated.images, (repeated.labels + np.arange(copies) % 2) % 7, repeated.splits, FER2013_LABELS
    )
    return joined(faces, relabelled)


def of_subjects(count: int = 140, subjects: int = 40, seed: int = 0) -> FaceSet:
    names = np.random.default_rng(seed).integers(0, subjects, count)
    return replace(face_set(count, seed=seed), groups=np.array([f"S{number:03d}" for number in names]))


def faded(faces: FaceSet) -> FaceSet:
    """The same photographs with half the contrast."""
    return replace(faces, images=faces.images // 2 + 90)


@given(st.integers(7, 60), st.integers(0, 30), st.integers(0, 5), st.sampled_from([0.05, 0.1, 0.4]))
def test_no_held_out_image_is_seen_in_training(count: int, copies: int, seed: int, share: float) -> None:
    faces = with_copies(count, copies, seed)
    kept, held = hold_out(faces, share, seed, "exact")
    assert len(kept) + len(held) == len(faces)
    assert not set(digests(kept.images)) & set(digests(held.images))


@given(st.integers(0, 5))
def test_the_order_of_the_rows_does_not_matter(seed: int) -> None:
    faces = with_copies(60, 20, seed)
    shuffled = faces.select(np.random.default_rng(seed).permutation(len(faces)))
    before, after = (hold_out(rows, 0.2, 3, "exact")[1] for rows in (faces, shuffled))
    assert sorted(digests(before.images)) == sorted(digests(after.images))


@settings(max_examples=20)
@given(st.integers(0, 99), st.sampled_from([0.1, 0.3]))
def test_no_subject_stands_on_both_sides_whatever_the_order_of_the_rows(seed: int, share: float) -> None:
    faces = of_subjects(seed=seed)
    kept, held = hold_out(faces, share, seed, "near")
    assert kept.groups is not None
    assert held.groups is not None
    assert len(held)
    assert not set(kept.groups.tolist()) & set(held.groups.tolist())
    shuffled = faces.select(np.random.default_rng(seed).permutation(len(faces)))
    again = hold_out(shuffled, share, seed, "near")[1]
    assert sorted(digests(again.images)) == sorted(digests(held.images))


def test_a_class_that_one_subject_alone_shows_is_learnt_and_no_share_grows_by_another_class() -> None:
    """Six people show six classes, one of them a seventh."""
    people = np.repeat([f"P{number}" for number in range(6)], 24)
    labels = np.tile(np.repeat([0, 2, 3, 4, 5, 6], 4), 6)
    faces = replace(face_set(148), labels=np.append(labels, [1] * 4), groups=np.append(people, ["P3"] * 4))
    for seed in range(20):
        kept, held = hold_out(faces, 0.1, seed, "near")
        assert (kept.labels == 1).sum() == 4
        assert len(held) == 24, "one person"


def test_a_subject_with_most_of_the_faces_is_not_drawn_while_there_are_others() -> None:
    people = np.array(["MANY"] * 420 + [f"P{number}" for number in range(40) for _ in range(7)])
    faces = replace(face_set(700), groups=people)
    for seed in range(10):
        _, held = hold_out(faces, 0.1, seed, "near")
        assert held.groups is not None
        assert "MANY" not in held.groups
        assert 70 <= len(held) <= 140


def test_a_near_copy_goes_to_the_side_of_its_photograph() -> None:
    faces = face_set(70)
    both = joined(faces, faded(faces))
    kept, held = hold_out(both, 0.2, 0, "near")
    photograph = {key: place for place, key in enumerate(digests(both.images))}
    sides = [{photograph[key] % 70 for key in digests(side.images)} for side in (kept, held)]
    assert (len(kept), len(held)) == (112, 28)
    assert not sides[0] & sides[1]


def test_each_class_gives_the_same_share() -> None:
    _, held = hold_out(face_set(700), 0.1, 0, "exact")
    assert np.bincount(held.labels).tolist() == [10] * 7


def test_another_seed_holds_out_other_images() -> None:
    first, second = (set(digests(hold_out(face_set(140), 0.1, seed, "exact")[1].images)) for seed in (0, 1))
    assert first != second


def test_a_share_of_zero_holds_nothing_out() -> None:
    kept, held = hold_out(face_set(70), 0.0, 0, "near")
    assert (len(kept), len(held)) == (70, 0)


def test_the_folds_are_a_partition_of_training_by_subject() -> None:
    pytest.importorskip("sklearn", reason="scikit-learn belongs to the training extra")
    faces = joined(of_subjects(), replace(face_set(7, "test", seed=9), groups=np.array(["T"] * 7)))
    folds = [protocol.fold(faces, number, 5, "near") for number in range(1, 6)]
    judged = [part.splits == "fold" for part in folds]
    assert np.sum(judged, axis=0).tolist() == [1] * 140 + [0] * 7
    assert faces.groups is not None
    for part in judged:
        assert 20 <= np.count_nonzero(part) <= 36
        assert not set(faces.groups[part]) & set(faces.groups[~part])
    assert folds[0].splits[140:].tolist() == ["test"] * 7


def test_more_folds_than_subjects_are_refused() -> None:
    pytest.importorskip("sklearn", reason="scikit-learn belongs to the training extra")
    with pytest.raises(ContractError, match="3 separate subjects or photographs make no 5 folds"):
        protocol.fold(of_subjects(subjects=3), 1, 5, "near")


def test_exact_copies_are_found_and_a_changed_pixel_is_none() -> None:
    training = face_set(14)
    faces = face_set(14).select(np.arange(3))
    changed = faces.images.copy()
    changed[1, 0, 0] ^= 1
    faces = FaceSet(changed, faces.labels, faces.splits, faces.classes)
    assert copies_of(faces, training).tolist() == [True, False, True]


@pytest.mark.parametrize(("copied", "refused"), [(8, False), (10, True)])
def test_a_split_of_which_training_has_a_tenth_is_no_test(copied: int, refused: bool) -> None:
    training = face_set(100)
    fresh = face_set(100 - copied, "test", seed=3)
    faces = joined(
        training, replace(training.select(np.arange(copied)), splits=np.full(copied, "test")), fresh
    )
    if not refused:
        protocol.require_splits_apart(faces)
        return
    with pytest.raises(ContractError, match="test: 10 of 100 images are in Training too"):
        protocol.require_splits_apart(faces)


def test_a_split_that_shares_a_subject_with_training_is_no_test() -> None:
    faces = of_subjects(40, subjects=2)
    faces = replace(faces, splits=np.where(np.arange(40) < 30, "Training", "test"))
    with pytest.raises(ContractError, match="test: 2 subjects are in Training too, S000 for one"):
        protocol.require_splits_apart(faces)
