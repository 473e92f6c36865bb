from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge.errors import ContractError, ModelError
from tests.training.builders import face_set, joined
from training.data.protocol import copies_of
from training.evaluation import evaluate
from training.evaluation.scorer import Scorer
from training.recipe import Recipe
from training.runs import folder as run_folder

RECIPE = Recipe.model_validate({"schema": "training/1", "network": "tiny", "held_out": 0.2, "seed": 4})
TRAINING = face_set(70)


def test_copies_of_training_images_are_taken_out_of_the_clean_figure() -> None:
    fresh = face_set(4, "PublicTest", seed=9)
    copied = TRAINING.select(np.arange(6))
    faces = joined(copied, fresh)
    right = np.eye(7)[np.where(np.arange(10) < 6, faces.labels, (faces.labels + 1) % 7)]
    judged = evaluate.judge(right, faces, TRAINING, "PublicTest")
    assert (judged.official.accuracy, judged.copies) == (0.6, 6)
    assert judged.clean is not None
    assert (judged.clean.images, judged.clean.accuracy) == (4, 0.0)
    assert judged.as_dict()["clean"]["images"] == 4


def test_without_training_images_there_is_no_clean_figure() -> None:
    faces = face_set(7, "PublicTest")
    judged = evaluate.judge(np.eye(7)[faces.labels], faces, None, "PublicTest")
    assert judged.clean is None
    assert judged.as_dict() == {"images": 7, "official": judged.official.as_dict(), "clean": None}


def test_held_out_is_what_the_recipe_drew() -> None:
    held, kept = evaluate.faces_of(TRAINING, "held-out", RECIPE)
    assert kept is not None
    assert len(held) == 14
    assert not copies_of(held, kept).any()
    np.testing.assert_array_equal(held.images, evaluate.divided(TRAINING, RECIPE)[1].images)  # type: ignore[union-attr]


def test_a_split_is_compared_with_training_where_it_is_there() -> None:
    faces = joined(TRAINING, face_set(7, "test", seed=2))
    chosen, training = evaluate.faces_of(faces, "test", None)
    assert training is not None
    assert (len(chosen), len(training)) == (7, 70)
    assert evaluate.faces_of(TRAINING, "Training", None)[1] is None


@pytest.mark.parametrize(
    ("split", "recipe", "said"),
    [
        ("PublicTest", None, "splits present: Training"),
        ("held-out", None, "give --recipe"),
        ("held-out", RECIPE.model_copy(update={"held_out": 0.0}), "holds nothing out"),
    ],
)
def test_a_split_that_cannot_be_made_is_refused(split: str, recipe: Recipe | None, said: str) -> None:
    with pytest.raises(ContractError, match=said):
        evaluate.faces_of(TRAINING, split, recipe)


def test_a_classifier_with_another_order_of_classes_is_judged_by_name() -> None:
    faces = face_set(7)
    order = tuple(reversed(faces.classes))
    scorer = Scorer("reversed", order, lambda _: np.eye(7)[6 - faces.labels], None)
    np.testing.assert_array_equal(scorer.of(faces).argmax(axis=1), faces.labels)


def test_a_classifier_with_other_classes_is_refused() -> None:
    scorer = Scorer("m.keras", ("yes", "no"), lambda images: np.zeros((len(images), 2)), None)
    with pytest.raises(ModelError, match=r"m\.keras: its classes yes, no are not those of the data"):
        scorer.of(face_set(7))


def test_held_out_of_a_run_on_other_images_is_refused(tmp_path: Path) -> None:
    kept, _ = evaluate.divided(TRAINING, RECIPE)
    run_folder.claim(tmp_path, RECIPE, kept, resume=False)
    faces, training = evaluate.faces_of(TRAINING, "held-out", RECIPE)
    evaluate.require_unseen(faces, training, "held-out", tmp_path)
    other, training = evaluate.faces_of(TRAINING, "held-out", RECIPE.model_copy(update={"seed": 5}))
    with pytest.raises(ContractError, match="was trained on other images than are kept here"):
        evaluate.require_unseen(other, training, "held-out", tmp_path)


def test_a_class_that_training_lacks_is_refused_before_anything_is_held_out() -> None:
    with pytest.raises(ContractError, match="no face of class disgust"):
        evaluate.divided(TRAINING.select(TRAINING.labels != 1), RECIPE)
