"""What a converted network has learnt, taken back into one that can be trained."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest

from edge.contract.manifest import Scheme
from edge.errors import ModelError

pytestmark = [
    pytest.mark.integration,
    pytest.mark.keras,
    # Keras 3.15 itself, with numpy 2.4
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]
keras = pytest.importorskip("keras", reason="needs the training extra")
pytest.importorskip("tensorflow", reason="needs the convert extra")

from convert import quantize  # noqa: E402 - after the skips
from tests.integration.training_runs import PICTURES  # noqa: E402
from training import networks  # noqa: E402
from training.networks import folded, tflite_weights  # noqa: E402


def learnt(name: str) -> Any:
    """A network whose batch norms and biases are none of those that a network begins with."""
    network = networks.build(name, 24, 7, 0.0)
    rng = np.random.default_rng(3)
    for layer in network.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            gamma, beta, mean, variance = layer.get_weights()
            layer.set_weights(
                [
                    gamma * rng.uniform(0.5, 1.5, gamma.shape),
                    beta + rng.normal(0, 0.2, beta.shape),
                    mean + rng.normal(0, 0.1, mean.shape),
                    variance * rng.uniform(0.5, 2, variance.shape),
                ]
            )
        elif isinstance(layer, keras.layers.Conv2D) and layer.use_bias:
            kernel, bias = layer.get_weights()
            layer.set_weights([kernel, bias + rng.normal(0, 0.1, bias.shape)])
    return network


@pytest.mark.parametrize("name", ["tiny", "kaggle-gen05"])  # every convolution with a batch norm, and none
@pytest.mark.parametrize("scheme", get_args(Scheme))
def test_a_network_computes_what_it_did_before_whatever_the_scheme(
    tmp_path: Path, scheme: Scheme, name: str
) -> None:
    network = learnt(name)
    file = tmp_path / "model.tflite"
    file.write_bytes(quantize.graph_of(network, scheme, PICTURES[..., None]))
    found = tflite_weights.read(file)
    again = networks.build(name, 24, 7, 0.0)
    assert folded.foldable(again)
    assert folded.fits(again, found.convolutions)
    views = PICTURES[..., None].astype(np.float32)
    folded.unfold(again, found.convolutions, views)
    again.layers[-1].set_weights([found.dense, found.dense_bias])
    before, after = (np.asarray(one.predict_on_batch(views)) for one in (network, again))
    # Eight bits a weight; 11 of a 16-bit float.
    tolerance = {"float32": 1e-5, "float16": 2e-3}.get(scheme, 0.03)
    assert np.abs(after - before).max() < tolerance * np.abs(before).max()


def test_what_is_no_such_file_is_refused_by_name(tmp_path: Path) -> None:
    for content in (b"", b"not a flatbuffer at all", b"\0" * 64):
        file = tmp_path / "broken.tflite"
        file.write_bytes(content)
        with pytest.raises(ModelError, match=r"broken\.tflite: cannot be read as a TFLite file"):
            tflite_weights.read(file)


def test_convolutions_of_another_network_do_not_fit() -> None:
    tiny = networks.build("tiny", 24, 7, 0.0)
    given = [
        folded.Folded(np.zeros(layer.kernel.shape, np.float32), np.zeros(layer.filters, np.float32))
        for layer in tiny.layers
        if isinstance(layer, keras.layers.Conv2D)
    ]
    given.sort(key=lambda one: one.kernel.size)
    assert not folded.fits(tiny, given)
    assert not folded.fits(networks.build("compact", 24, 7, 0.0), given)
    assert not folded.fits(networks.build("kaggle-gen05", 48, 7, 0.0), given)


@pytest.mark.parametrize("name", ["kaggle-gen06", "deepface", "mini-xception", "teacher-wrn16-4"])
def test_what_a_conversion_melts_otherwise_cannot_be_taken_back(name: str) -> None:
    assert not folded.foldable(networks.build(name, 48, 7, 0.0))


def test_a_file_with_several_dense_layers_is_refused_for_that(tmp_path: Path) -> None:
    file = tmp_path / "model.tflite"
    network = networks.build("model-4", 48, 7, 0.0)
    file.write_bytes(quantize.graph_of(network, "float32", PICTURES[..., None]))
    with pytest.raises(ModelError, match="of convolutions and one dense layer: it has 2 dense layers"):
        tflite_weights.read(file)
