from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from edge.contract.facesets import FaceSet
from edge.contract.labels import FER2013_LABELS
from tests.training.builders import face_set
from training.fitting.batches import AugmentedBatches
from training.recipe import Recipe

RECIPE = Recipe.model_validate({"schema": "training/1", "network": "tiny", "batch": 8})
OFF: dict[str, Any] = {
    "zoom": [1, 1], "aspect": [1, 1], "shift": 0, "rotation_deg": 0, "flip_share": 0,
    "light_share": 0, "gamma_share": 0, "degrade_share": 0, "erase_share": 0,
}  # fmt: skip
MIXED = {"mixup": {"share": 1.0, "alpha": 1.0}, "label_smoothing": 0, "augmentation": OFF}


def recipe(**fields: object) -> Recipe:
    return Recipe.model_validate({"schema": "training/1", "network": "tiny", "batch": 8, **fields})


def flat_faces(count: int = 21) -> FaceSet:
    """The n-th image is n all over, and its class is n modulo seven."""
    return FaceSet(
        np.repeat(np.arange(count, dtype=np.uint8), 48 * 48).reshape(-1, 48, 48),
        np.arange(count) % 7,
        np.full(count, "Training"),
        FER2013_LABELS,
    )


@pytest.mark.parametrize("fields", [{}, MIXED])
def test_a_batch_is_a_function_of_seed_epoch_and_index(fields: dict[str, object]) -> None:
    whole = AugmentedBatches(face_set(40), recipe(**fields))
    whole.on_epoch_end()
    resumed = AugmentedBatches(face_set(40), recipe(**fields), first_epoch=1)
    np.testing.assert_array_equal(resumed[3][0], whole[3][0])
    np.testing.assert_array_equal(resumed[3][1]["labels"], whole[3][1]["labels"])


def test_another_epoch_brings_other_views_in_another_order() -> None:
    first, second = (AugmentedBatches(face_set(40), RECIPE, first_epoch=epoch)[0] for epoch in (0, 1))
    assert not np.array_equal(first[0], second[0])
    assert not np.array_equal(first[1]["labels"], second[1]["labels"])


def test_targets_belong_to_their_views() -> None:
    views, targets = AugmentedBatches(flat_faces(), recipe(augmentation=OFF))[1]
    assert (views.shape, targets["labels"].shape) == ((8, 48, 48, 1), (8, 7))
    np.testing.assert_array_equal(targets["labels"].argmax(axis=1), views[:, 0, 0, 0] % 7)


def test_mixup_blends_targets_by_the_share_of_the_views() -> None:
    views, targets = AugmentedBatches(flat_faces(7), recipe(batch=7, **MIXED))[0]
    # With image n grey n and class n, the mean class under a target is the grey of its view.
    np.testing.assert_allclose(targets["labels"] @ np.arange(7), views[:, 0, 0, 0], atol=1e-4)
    assert not np.allclose(targets["labels"].max(axis=1), 1)


def test_the_finish_sees_its_own_augmentation_and_no_mixup() -> None:
    finish = {"epochs": 1, "augmentation": OFF}
    erased = {**OFF, "erase_share": 1.0}
    chosen = recipe(epochs=3, finish=finish, **{**MIXED, "augmentation": erased})
    before = AugmentedBatches(flat_faces(), chosen, first_epoch=1)[0][0]
    last = AugmentedBatches(flat_faces(), chosen, first_epoch=2)[0][0]
    assert np.ptp(before, axis=(1, 2)).max() > 0
    assert np.ptp(last, axis=(1, 2)).max() == 0
    np.testing.assert_array_equal(last, np.rint(last))


def test_votes_come_along_where_the_recipe_has_a_head_for_them() -> None:
    faces = flat_faces()
    votes = np.zeros((21, 10), np.uint8)
    votes[:, 3], votes[:, 5] = 6, 4
    _, targets = AugmentedBatches(replace(faces, votes=votes), recipe(votes={"head_weight": 0.5}))[0]
    np.testing.assert_allclose(targets["votes"], np.tile(np.eye(10)[3] * 0.6 + np.eye(10)[5] * 0.4, (8, 1)))


def test_a_short_last_batch_is_left_out_and_few_faces_make_one() -> None:
    assert len(AugmentedBatches(face_set(23), RECIPE)) == 2
    few = AugmentedBatches(face_set(3), RECIPE)
    assert (len(few), len(few[0][0])) == (1, 3)
