"""Where a run gets more than labels from: another run's weights, a teacher's opinion."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge import classifier, shipped
from edge.contract.labels import CKPLUS_LABELS, FER2013_LABELS
from edge.errors import ModelError
from training.recipe import Recipe

pytestmark = [
    pytest.mark.integration,
    pytest.mark.keras,
    # Keras 3.15 itself, with numpy 2.4
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]
keras = pytest.importorskip("keras", reason="needs the training extra")

from tests.integration.training_runs import (  # noqa: E402 - after the skip: these import Keras
    FIELDS,
    HELD_OUT,
    PICTURES,
    RECIPE,
    TRAINING,
    Silent,
    run,
)
from training import networks  # noqa: E402
from training.fitting import initial_weights, student  # noqa: E402
from training.fitting.fit import fit, logits_of  # noqa: E402
from training.fitting.teachers import Teachers  # noqa: E402


def drop_nothing(network: Any) -> Any:
    """The same network without dropout, sharing its weights."""
    for layer in network.layers:
        if isinstance(layer, keras.layers.Dropout):
            layer.rate = 0.0
    return network


def test_a_student_learns_what_its_teacher_says_whatever_the_labels(tmp_path: Path) -> None:
    inputs = keras.Input((48, 48, 1))
    # Says class 5 with certainty, whatever it sees.
    bias = keras.initializers.Constant([0, 0, 0, 0, 0, 20, 0])
    said = keras.layers.Dense(7, kernel_initializer="zeros", bias_initializer=bias)(
        keras.layers.GlobalAveragePooling2D()(inputs)
    )
    keras.Model(inputs, said).save(tmp_path / "teacher.keras")
    taught = {"teachers": [str(tmp_path / "teacher.keras")], "weight": 1.0}
    recipe = Recipe.model_validate({**FIELDS, "epochs": 6, "distillation": taught})
    trained = fit(recipe, TRAINING, None, tmp_path, False, Silent())
    assert (logits_of(trained.network, HELD_OUT.images).argmax(axis=1) == 5).all()


def test_a_teacher_of_other_classes_is_refused_by_name(tmp_path: Path) -> None:
    networks.build("tiny", 24, 8, 0.0).save(tmp_path / "eight.keras")
    recipe = Recipe.model_validate({**FIELDS, "distillation": {"teachers": [str(tmp_path / "eight.keras")]}})
    with pytest.raises(ModelError, match=r"eight\.keras: a teacher must give 7 classes"):
        fit(recipe, TRAINING, None, tmp_path / "run", False, Silent())


def test_a_teacher_of_as_many_other_classes_is_refused_and_of_another_order_is_asked_in_ours(
    tmp_path: Path,
) -> None:
    inputs = keras.Input((48, 48, 1))
    bias = keras.initializers.Constant([20, 0, 0, 0, 0, 0, 0])
    said = keras.layers.Dense(7, kernel_initializer="zeros", bias_initializer=bias)(
        keras.layers.GlobalAveragePooling2D()(inputs)
    )
    keras.Model(inputs, said).save(tmp_path / "model.keras")
    metrics = tmp_path / "metrics.json"
    metrics.write_text(json.dumps({"labels": CKPLUS_LABELS}), encoding="utf-8")
    with pytest.raises(ModelError, match=r"model\.keras: a teacher must know the classes angry, .* contempt"):
        Teachers([tmp_path / "model.keras"], TRAINING.classes, 1.0)
    # Its first class is our last.
    metrics.write_text(json.dumps({"labels": TRAINING.classes[::-1]}), encoding="utf-8")
    views = HELD_OUT.images[..., None].astype(np.float32)
    told = Teachers([tmp_path / "model.keras"], TRAINING.classes, 1.0).probabilities(views)
    assert (told.argmax(axis=1) == 6).all()


def test_the_losses_see_whole_float32_logits_in_mixed_precision_too() -> None:
    taught = {"distillation": {"teachers": ["fer-compact"]}, "votes": {"head_weight": 0.3}}
    recipe = Recipe.model_validate({**FIELDS, **taught, "precision": "mixed_bfloat16"})
    given = student.build(recipe, 7, 1).model.output
    assert {name: str(output.dtype) for name, output in given.items()} == dict.fromkeys(
        (student.LABELS, student.TAUGHT, student.VOTES), "float32"
    )


def test_a_shipped_bundle_teaches_by_its_name_in_the_order_of_the_students_classes() -> None:
    views = HELD_OUT.images[..., None].astype(np.float32)
    said = Teachers([Path("fer-compact")], TRAINING.classes, 1.0).probabilities(views)
    np.testing.assert_allclose(said.sum(axis=1), 1, atol=1e-5)
    turned = Teachers([Path("fer-compact")], tuple(reversed(TRAINING.classes)), 1.0).probabilities(views)
    np.testing.assert_allclose(turned, said[:, ::-1], atol=1e-6)
    softer = Teachers([Path("fer-compact")], TRAINING.classes, 4.0).probabilities(views)
    assert softer.max() < said.max()


def test_a_teacher_that_is_nowhere_is_refused_with_those_that_are_shipped() -> None:
    with pytest.raises(ModelError, match=r"fer-compakt: a teacher is a \.keras file, .*fer-compact"):
        Teachers([Path("fer-compakt")], TRAINING.classes, 1.0)


def test_a_bundle_of_other_classes_is_refused_with_both(tmp_path: Path) -> None:
    others = {"distillation": {"teachers": ["ferplus-compact"]}}
    with pytest.raises(ModelError, match=r"must know the classes angry, .* knows .*contempt"):
        fit(Recipe.model_validate({**FIELDS, **others}), TRAINING, None, tmp_path / "run", False, Silent())


def test_a_run_starts_from_the_weights_of_another_and_its_last_layer_only_for_the_same_classes(
    tmp_path: Path,
) -> None:
    (tmp_path / "source").mkdir()
    _, source, _ = run(tmp_path / "source", resume=False)
    source.save(tmp_path / "earlier.keras")
    (tmp_path / "metrics.json").write_text(json.dumps({"labels": TRAINING.classes}), encoding="utf-8")
    still = Recipe.model_validate({**FIELDS, "epochs": 1, "optimizer": {"learning_rate": 1e-9, "ema": 0}})
    others = tuple(reversed(TRAINING.classes))
    found = []
    for name, classes in (("same", TRAINING.classes), ("others", others)):
        (tmp_path / name).mkdir()
        faces = replace(TRAINING, classes=classes)
        trained = fit(still, faces, None, tmp_path / name, False, Silent(), tmp_path / "earlier.keras")
        found.append(trained.network)
    for network in found:
        for layer, earlier in zip(network.layers[:-1], source.layers[:-1], strict=True):
            for ours, theirs in zip(layer.trainable_weights, earlier.trainable_weights, strict=True):
                np.testing.assert_allclose(ours, theirs, atol=1e-5)
    same, other = (network.layers[-1].kernel for network in found)
    np.testing.assert_allclose(same, source.layers[-1].kernel, atol=1e-5)
    assert np.abs(np.asarray(other) - np.asarray(same)).max() > 1e-2


def test_initial_weights_of_another_network_are_refused_by_name(tmp_path: Path) -> None:
    networks.build("kaggle-gen05", 48, 7, 0.0).save(tmp_path / "gen05.keras")
    with pytest.raises(ModelError, match=r"gen05\.keras: holds kaggle-gen05, .* give a run of tiny"):
        fit(RECIPE, TRAINING, None, tmp_path / "run", False, Silent(), tmp_path / "gen05.keras")
    (tmp_path / "none.keras").write_bytes(b"nothing")
    with pytest.raises(ModelError, match=r"none\.keras: cannot be read as initial weights"):
        fit(RECIPE, TRAINING, None, tmp_path / "run", False, Silent(), tmp_path / "none.keras")


def test_a_run_that_starts_from_a_bundle_computes_what_the_bundle_computes() -> None:
    views = PICTURES[..., None].astype(np.float32)
    said = classifier.load_verified(shipped.BUNDLES / "fer-tiny")
    for classes in (said.labels, tuple(reversed(said.labels))):
        network = networks.build("tiny", 40, 7, 0.2)
        initial_weights.copy(Path("fer-tiny"), network, classes, views)
        theirs = said.raw_outputs(views)[:, [said.labels.index(name) for name in classes]]
        ours = np.asarray(network.predict_on_batch(views))
        # The bundle rounds every layer to 8 bits; this network does not.
        assert np.corrcoef(ours.ravel(), theirs.ravel())[0, 1] > 0.99
        assert (ours.argmax(axis=1) == theirs.argmax(axis=1)).mean() > 0.9
        # Batch norms know what they see: training begins where the bundle ended.
        trained = np.asarray(drop_nothing(network)(views, training=True))
        assert np.abs(trained - ours).max() < 0.01 * np.abs(ours).max()


def test_a_bundle_of_other_classes_lends_all_but_its_last_layer() -> None:
    views = PICTURES[..., None].astype(np.float32)
    network, other = (networks.build("compact", 44, 3, 0.0) for _ in range(2))
    before = np.asarray(network.layers[-1].kernel).copy()
    initial_weights.copy(Path("ferplus-compact"), network, ("one", "two", "three"), views)
    initial_weights.copy(Path("ferplus-compact"), other, ("one", "two", "three"), views)
    np.testing.assert_array_equal(np.asarray(network.layers[-1].kernel), before)
    features = [
        keras.Model(one.inputs, one.layers[-2].output).predict_on_batch(views) for one in (network, other)
    ]
    np.testing.assert_allclose(features[0], features[1], atol=1e-4)


@pytest.mark.parametrize(
    ("start", "complaint"),
    [
        ("fer-compact", "its layers are not those of tiny; give a bundle of tiny"),
        ("face-compact", "is a face-detector; --init-from takes a bundle of kind emotion-classifier"),
    ],
)
def test_a_bundle_of_another_network_is_refused_by_name(tmp_path: Path, start: str, complaint: str) -> None:
    with pytest.raises(ModelError, match=complaint):
        fit(RECIPE, TRAINING, None, tmp_path / "run", False, Silent(), Path(start))


def test_a_network_that_no_bundle_can_start_is_told_what_can() -> None:
    network = networks.build("kaggle-gen06", 48, 7, 0.0)
    with pytest.raises(ModelError, match=r"kaggle-gen06 cannot start .*; give the model\.keras of a run of"):
        initial_weights.copy(
            Path("fer-tiny"), network, FER2013_LABELS, PICTURES[..., None].astype(np.float32)
        )
