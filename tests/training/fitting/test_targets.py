from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from edge.errors import ContractError
from tests.training.builders import face_set
from training.fitting.targets import targets_of
from training.recipe import Recipe

pytest.importorskip("sklearn", reason="needs the training extra")

from training.data.label_noise import label_given_votes

FACES = face_set(210)


def recipe(**fields: object) -> Recipe:
    return Recipe.model_validate({"schema": "training/1", "network": "tiny", "label_smoothing": 0, **fields})


def votes_for(columns: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
    """Ten votes for one column each."""
    return np.asarray(np.eye(10)[columns] * 10, dtype=np.uint8)


def test_label_smoothing_leaves_distributions_with_the_label_on_top() -> None:
    labels = targets_of(FACES, recipe(label_smoothing=0.14)).labels
    np.testing.assert_allclose(labels.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_allclose(labels[np.arange(210), FACES.labels], 0.88, rtol=1e-6)


def test_a_label_that_its_votes_contradict_gives_way() -> None:
    # Column 3 is voted for all of class 0, so an image of class 1 with those votes is probably of class 0.
    votes = votes_for(np.where(FACES.labels == 0, 3, 5))
    wrong = int(np.flatnonzero(FACES.labels == 1)[0])
    votes[wrong] = votes_for(np.array([3]))[0]
    learnt = label_given_votes(replace(FACES, votes=votes))
    assert learnt[wrong].argmax() == 0
    blended = targets_of(replace(FACES, votes=votes), recipe(votes={"target_share": 0.75})).labels
    assert blended[wrong].argmax() == 0
    np.testing.assert_allclose(blended.sum(axis=1), 1, rtol=1e-5)


def test_an_image_without_votes_keeps_its_label() -> None:
    votes = votes_for(FACES.labels)
    votes[7] = 0
    targets = targets_of(replace(FACES, votes=votes), recipe(votes={"target_share": 1.0, "head_weight": 1.0}))
    np.testing.assert_array_equal(targets.labels[7], np.eye(7)[FACES.labels[7]])
    assert targets.votes is not None
    np.testing.assert_array_equal(targets.votes[7], np.zeros(10))


@pytest.mark.parametrize("field", ["target_share", "head_weight"])
def test_a_recipe_that_uses_votes_says_so_when_they_are_missing(field: str) -> None:
    with pytest.raises(ContractError, match="--votes"):
        targets_of(FACES, recipe(votes={field: 0.5}))
