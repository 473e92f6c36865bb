from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edge import shipped
from edge.contract import class_choice
from edge.contract.labels import FERPLUS_LABELS
from edge.errors import ContractError, ModelError
from tests.training.builders import face_set, joined
from training.budget import plan as budget
from training.budget.plan import Limits, Plan
from training.commands.evaluate import _kept_by_run
from training.data.protocol import copies_of
from training.evaluation import evaluate, scorer
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


def test_a_class_whose_faces_are_all_copies_of_a_held_out_one_is_told() -> None:
    picture = TRAINING.images[TRAINING.labels == 1][0]
    images = np.where((TRAINING.labels == 1)[:, None, None], picture, TRAINING.images)
    with pytest.raises(ContractError, match="every face of class disgust is a copy of one that is held out"):
        evaluate.divided(replace(TRAINING, images=images.astype(np.uint8)), RECIPE)


@pytest.mark.parametrize("name", ["fer-compact", "fer-tiny", "ferplus-compact"])
def test_a_bundle_draws_held_out_and_folds_by_the_recipe_that_it_was_made_by(name: str) -> None:
    found = scorer.load(shipped.BUNDLES / name)
    assert found.recipe is not None
    assert found.recipe.labels == "own"
    assert found.recipe.held_out == 0.05
    assert found.recipe.held_out_copies == ("near" if name == "fer-tiny" else "exact")


def test_the_votes_network_is_judged_on_what_its_run_held_out_by_the_labels() -> None:
    rng = np.random.default_rng(2)
    faces = replace(TRAINING, votes=rng.integers(0, 4, (len(TRAINING), 10)).astype(np.int64))
    kept, held = evaluate.divided(faces, RECIPE)
    drawn, _ = evaluate.faces_of(evaluate.as_learnt(faces, RECIPE, None), "held-out", RECIPE)
    judged = class_choice.for_network(drawn, FERPLUS_LABELS)
    assert held is not None
    assert judged.classes == FERPLUS_LABELS
    assert copies_of(judged, held).all()
    assert not copies_of(judged, kept).any()


def test_another_fold_than_the_run_s_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("sklearn", reason="needs the training extra")
    first, second = (evaluate.as_learnt(TRAINING, RECIPE, (number, 2)) for number in (1, 2))
    run_folder.claim(tmp_path, RECIPE, evaluate.divided(first, RECIPE)[0], resume=False)
    for every, said in ((first, None), (second, "was trained on other images than are kept here")):
        faces, training = evaluate.faces_of(every, "fold", RECIPE)
        with pytest.raises(ContractError, match=said) if said else contextlib.nullcontext():
            evaluate.require_unseen(faces, training, "fold", tmp_path, evaluate.divided(every, RECIPE)[0])


def test_a_fold_is_judged_only_where_something_tells_what_was_learnt(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="nothing tells which fold it was trained without"):
        _kept_by_run(TRAINING, RECIPE, tmp_path / "bundle")
    with pytest.raises(ContractError, match="nothing tells which fold it was trained without"):
        _kept_by_run(TRAINING, None, tmp_path / "model.keras")
    kept, _ = evaluate.divided(TRAINING, RECIPE)
    run_folder.claim(tmp_path, RECIPE, kept, resume=False)
    assert len(_kept_by_run(TRAINING, RECIPE, tmp_path / "model.keras")) == len(kept)


def test_a_run_within_limits_is_judged_on_what_it_held_out(tmp_path: Path) -> None:
    kept, _ = evaluate.divided(TRAINING, RECIPE)
    run_folder.claim(tmp_path, RECIPE, budget.drawn(kept, 20, RECIPE.seed), resume=False)
    with pytest.raises(ContractError, match="was trained on other images"):
        run_folder.require_trained_on(tmp_path, kept)
    budget.save(tmp_path, Limits(train_images=20), Plan(1, 20, None))
    run_folder.require_trained_on(tmp_path, kept)
    run_folder.require_trained_on(tmp_path / run_folder.VOTES_FOLDER, kept)
    with pytest.raises(ContractError, match="was trained on other images"):
        run_folder.require_trained_on(tmp_path / run_folder.VOTES_FOLDER, TRAINING)
