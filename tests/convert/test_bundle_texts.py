from __future__ import annotations

import dataclasses
import math

import numpy as np

from convert.compare import Comparison
from convert.golden_inputs import golden_inputs, tolerance
from convert.model_card import model_card
from edge.contract import manifest
from edge.contract.preprocess import CropSpec
from tests.fixtures.tiny_bundles import TINY_FLOAT

FOUND = Comparison(
    images=3589,
    agreement=0.9912,
    keras_accuracy=0.6512,
    accuracy=0.6498,
    accuracy_clean=0.6321,
    ece=0.0213,
    recall=(0.8, 0.41, math.nan),
)


def card(**recipe: object) -> str:
    said = manifest.load(TINY_FLOAT).manifest
    assert isinstance(said, manifest.ClassifierManifest)
    training = said.training.model_copy(update={"recipe": recipe})
    return model_card(said.model_copy(update={"training": training}), FOUND, "PublicTest")


def test_the_model_card_has_the_measured_figures() -> None:
    for figure in ("64.98%", "63.21%", "65.12%", "99.12%", "0.021", "PublicTest (3589\nimages)"):
        assert figure in card()


def test_the_model_card_names_the_worst_class_and_what_is_prohibited() -> None:
    assert "Worst class: neutral, recall 41%" in card()
    assert "Article 5(1)(f)" in card()


def test_the_model_card_names_those_who_taught() -> None:
    taught = card(distillation={"teachers": ["runs/a/model.keras", "fer-compact"], "weight": 0.7})
    assert "Taught by a, fer-compact as well: 70% of what it learnt" in taught
    assert "Taught by" not in card(distillation=None)


def test_the_model_card_names_what_the_training_went_on_from() -> None:
    said = manifest.load(TINY_FLOAT).manifest
    assert isinstance(said, manifest.ClassifierManifest)
    assert "went on from" not in card()
    training = said.training.model_copy(update={"dataset": {"name": "mine", "init_from": "fer-tiny 1.1.0"}})
    again = model_card(said.model_copy(update={"training": training}), FOUND, "PublicTest")
    assert "It went on from fer-tiny 1.1.0" in again


def of_own_faces(split: str, clean: float, **dataset: object) -> str:
    said = manifest.load(TINY_FLOAT).manifest
    assert isinstance(said, manifest.ClassifierManifest)
    training = said.training.model_copy(update={"dataset": {"name": "own", "training_images": 80} | dataset})
    found = dataclasses.replace(FOUND, accuracy_clean=clean)
    return model_card(said.model_copy(update={"training": training}), found, split)


def test_the_card_of_ones_own_faces_says_nothing_of_fer2013_unless_it_went_on_from_there() -> None:
    mine = of_own_faces("test", 0.6)
    assert "Trained on: own (80 training images)" in mine
    assert "FER2013" not in mine
    assert "web photographs" not in mine
    assert "FER2013 (Goodfellow" in of_own_faces("test", 0.6, init_from="fer-tiny 1.1.0")
    assert "FER2013" not in of_own_faces("test", 0.6, name="different-faces")


def test_figures_of_faces_that_were_learnt_are_called_so() -> None:
    seen = of_own_faces("Training", math.nan)
    assert "the faces that it was\ntrained on: others will be read less well" in seen
    assert "clean" not in seen
    assert "nan" not in seen
    assert "| accuracy, clean | 60.00% |" in of_own_faces("test", 0.6)


def test_no_placeholder_is_left_in_the_model_card() -> None:
    assert "{" not in card()


def test_golden_inputs_follow_from_the_seed() -> None:
    spec = CropSpec(height=20, width=30)

    first, again, other = golden_inputs(spec, 1), golden_inputs(spec, 1), golden_inputs(spec, 2)

    assert first.shape[1:] == (20, 30, 1)
    assert first.dtype == np.uint8
    assert len(first) >= 8
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first[:8], other[:8])


def test_the_tolerance_grows_with_the_span_and_the_coarseness() -> None:
    outputs = np.array([[-2.0, 4.0]], dtype=np.float32)

    allowed = [tolerance(outputs, scheme) for scheme in ("float32", "float16", "dynamic", "int8")]

    assert allowed == sorted(allowed)
    assert tolerance(outputs * 2, "int8") == 2 * allowed[-1]
