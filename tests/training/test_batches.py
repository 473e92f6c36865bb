from __future__ import annotations

import numpy as np

from edge.contract.facesets import FaceSet
from edge.contract.labels import FER2013_LABELS
from tests.training.builders import face_set
from training.batches import AugmentedBatches
from training.recipe import Recipe

RECIPE = Recipe.model_validate({"schema": "training/1", "network": "tiny", "batch": 8})


def test_a_batch_is_a_function_of_seed_epoch_and_index() -> None:
    whole = AugmentedBatches(face_set(40), RECIPE)
    whole.on_epoch_end()
    resumed = AugmentedBatches(face_set(40), RECIPE, first_epoch=1)
    for got, expected in zip(resumed[3], whole[3], strict=True):
        np.testing.assert_array_equal(got, expected)


def test_another_epoch_brings_other_views_in_another_order() -> None:
    first, second = (AugmentedBatches(face_set(40), RECIPE, first_epoch=epoch)[0] for epoch in (0, 1))
    assert not np.array_equal(first[0], second[0])
    assert not np.array_equal(first[1], second[1])


def test_targets_are_one_hot_and_belong_to_their_views() -> None:
    off = RECIPE.augmentation.model_copy(
        update={"zoom": (1, 1), "aspect": (1, 1), "shift": 0, "rotation_deg": 0, "flip_share": 0,
                "light_share": 0, "gamma_share": 0, "degrade_share": 0, "erase_share": 0}
    )  # fmt: skip
    faces = FaceSet(
        np.repeat(np.arange(21, dtype=np.uint8), 48 * 48).reshape(-1, 48, 48),
        np.arange(21) % 7,
        np.full(21, "Training"),
        FER2013_LABELS,
    )
    batches = AugmentedBatches(faces, RECIPE.model_copy(update={"augmentation": off}))
    views, targets = batches[1]
    assert (views.shape, targets.shape) == ((8, 48, 48, 1), (8, 7))
    np.testing.assert_array_equal(targets.argmax(axis=1), views[:, 0, 0, 0] % 7)


def test_a_short_last_batch_is_left_out_and_few_faces_make_one() -> None:
    assert len(AugmentedBatches(face_set(23), RECIPE)) == 2
    few = AugmentedBatches(face_set(3), RECIPE)
    assert (len(few), len(few[0][0])) == (1, 3)
