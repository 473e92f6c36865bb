"""Every network of the registry, built; and what their publishers say about them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge.contract import fer2013
from edge.errors import ConfigError
from tests.faces import shared
from tests.training.builders import images

pytestmark = [
    pytest.mark.integration,
    pytest.mark.keras,
    # Keras 3.15 itself, with numpy 2.4
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]
keras = pytest.importorskip("keras", reason="needs the training extra")
h5py = pytest.importorskip("h5py", reason="comes with Keras")

from training import networks  # noqa: E402 - after the skip: these import Keras
from training.fitting import student  # noqa: E402
from training.networks import ends, layer_notation, transfer  # noqa: E402
from training.networks.cost import multiply_accumulates  # noqa: E402
from training.recipe import Recipe  # noqa: E402


def built(name: str, classes: int = 7, crop_px: int = 48, dropout: float = 0.0) -> Any:
    return networks.build(name, crop_px, classes, dropout)


def logits(model: Any, count: int = 2) -> Any:
    return np.asarray(model.predict_on_batch(images(count)[..., None].astype(np.float32)))


@pytest.mark.parametrize("classes", [6, 7])
@pytest.mark.parametrize("name", networks.NETWORKS)
def test_a_network_takes_grey_faces_and_gives_a_logit_for_each_class(name: str, classes: int) -> None:
    model = built(name, classes)
    assert (model.input_shape, model.output_shape) == ((None, 48, 48, 1), (None, classes))
    assert model.layers[-1].name == "logits"


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("kaggle-gen12", 44_442_119),
        # as stored in their publishers' weights
        ("mini-xception", 58_423),
        ("big-xception", 208_871),
        ("deepface", 1_485_831),
        ("vgg16", 134_260_544 + 4096 * 7 + 7),
        ("mobilenet", 3_228_864 + 1024 * 7 + 7),
    ],
)
def test_a_network_has_the_parameters_that_its_publisher_counts(name: str, parameters: int) -> None:
    assert built(name).count_params() == parameters


@pytest.mark.parametrize(
    ("name", "crop_px", "millions"),
    [("teacher-resnet18", 40, 866), ("deepface", 48, 28.8), ("vgg16", 48, 15466)],
)
def test_a_network_costs_what_is_counted_elsewhere(name: str, crop_px: int, millions: float) -> None:
    assert multiply_accumulates(built(name, crop_px=crop_px)) / 1e6 == pytest.approx(millions, rel=0.002)


def test_a_crop_that_is_too_small_and_a_head_without_a_place_are_told_by_field() -> None:
    with pytest.raises(ConfigError, match=r"^crop_px: deepface cannot be built for 24 px: .*; all take 48"):
        built("deepface", crop_px=24)
    recipe = {"schema": "training/1", "network": "mini-xception", "votes": {"head_weight": 0.3}}
    with pytest.raises(ConfigError, match=r"^votes.head_weight: mini-xception ends without a dense layer"):
        student.build(Recipe.model_validate(recipe), 7, 10)


def test_a_separable_convolution_is_counted_as_its_two_halves() -> None:
    inputs = keras.Input((8, 8, 3))
    outputs = keras.layers.SeparableConv2D(5, 3, padding="same")(inputs)
    assert multiply_accumulates(keras.Model(inputs, outputs)) == 64 * (9 * 3 + 3 * 5)


def test_crop_and_dropout_reach_every_family() -> None:
    for name in ("tiny", "teacher-wrn16-4", "mini-xception", "kaggle-gen05", "mobilenetv2-transfer"):
        kinds = [type(layer).__name__ for layer in built(name, crop_px=40, dropout=0.25).layers]
        assert "Cropping2D" in kinds, name
        assert "Dropout" in kinds, name


@pytest.mark.parametrize("word", ["C64", "X3", "dr2", "relu6", "C64k3x"])
def test_a_word_that_is_no_layer_is_refused(word: str) -> None:
    with pytest.raises(ValueError, match=f"'{word}' is no layer"):
        layer_notation.layer(word)


def test_a_line_of_the_notation_becomes_its_layers() -> None:
    inputs = keras.Input((48, 48, 1))
    model = keras.Model(inputs, layer_notation.applied("C8k5vL2.01 BN relu MP dr.2 AP5/3 F D3", inputs))
    kinds = [type(layer).__name__ for layer in model.layers[1:]]
    assert kinds == [
        "Conv2D", "BatchNormalization", "ReLU", "MaxPooling2D", "Dropout", "AveragePooling2D", "Flatten",
        "Dense",
    ]  # fmt: skip
    assert model.layers[1].output.shape == (None, 44, 44, 8)
    assert model.layers[1].kernel_regularizer.l2 == pytest.approx(0.01)
    assert model.layers[6].output.shape == (None, 6, 6, 8)


@pytest.mark.parametrize("name", ["mobilenet", "mobilenetv2-transfer"])
def test_given_weights_are_kept_and_stay_unchanged_only_below_added_layers(name: str, tmp_path: Path) -> None:
    body = transfer.BODIES[name]
    given = getattr(keras.applications, body.application)(
        weights=None, include_top=False, input_shape=(224, 224, 3)
    )
    given.save_weights(tmp_path / "given.weights.h5")
    inputs, x = ends.face(48)
    x = keras.layers.Concatenate()([x, x, x])
    x = transfer.applied(body, keras.layers.Resizing(224, 224)(x), str(tmp_path / "given.weights.h5"))
    model = keras.Model(inputs, x)
    for ours, theirs in zip(model.get_weights(), given.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert bool(model.trainable_variables) == (not body.frozen)


def test_without_imagenet_weights_a_network_says_that_it_starts_from_scratch() -> None:
    assert networks.start_of("compact") == "scratch"
    assert networks.start_of("mobilenet") in {"imagenet", "scratch"}
    if networks.start_of("vgg16-transfer") == "scratch":
        assert all(layer.trainable for layer in built("vgg16-transfer").layers)


@pytest.mark.parametrize(
    ("name", "file", "accuracy"),
    [
        ("mini-xception", "fer2013_mini_XCEPTION.102-0.66.hdf5", 0.650),
        ("big-xception", "fer2013_big_XCEPTION.54-0.66.hdf5", 0.657),
    ],
)
def test_published_weights_fit_and_are_as_accurate_as_published(
    name: str, file: str, accuracy: float, tmp_path: Path
) -> None:
    faces = _public_test(tmp_path)
    model = built(name)
    model.load_weights(shared(f"peers/{file}"))
    given = np.asarray(model.predict(faces.images[..., None].astype(np.float32), 256, verbose=0))
    assert (given.argmax(axis=1) == faces.labels).mean() == pytest.approx(accuracy, abs=0.002)


def _public_test(folder: Path) -> Any:
    npz = folder / "fer2013.npz"
    subprocess.run([sys.executable, shared("data/unpack_fer2013.py"), "npz", npz], check=True)
    return fer2013.read(npz).split("PublicTest")


def test_weights_in_the_old_keras_format_are_taken_layer_by_layer(tmp_path: Path) -> None:
    model, other = built("deepface"), built("deepface")
    path = tmp_path / "old.h5"
    with h5py.File(path, "w") as file:
        named = [layer for layer in model.layers if layer.weights]
        file.attrs["layer_names"] = [layer.name.encode() for layer in named]
        for layer in named:
            group = file.create_group(layer.name)
            group.attrs["weight_names"] = [f"{layer.name}/{w.name}:0".encode() for w in layer.weights]
            for weight in layer.weights:
                group[f"{layer.name}/{weight.name}:0"] = np.asarray(weight)
    other.load_weights(path)
    np.testing.assert_array_equal(logits(model), logits(other))
