"""Keras network to TFLite graph, in each number format. The only file that imports TensorFlow."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from convert.native_output import held_back
from edge.contract.manifest import Scheme
from edge.errors import ContractError, EmotionEdgeError

# The converter takes TensorFlow models only, whatever Keras trains with on this machine.
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
try:
    with held_back():
        import keras
        import tensorflow as tf
except ImportError as err:
    raise EmotionEdgeError(
        f"converting needs TensorFlow and Keras: {err}; "
        "pip install 'emotion-edge[convert]' on Python 3.11 or later"
    ) from err

Images = npt.NDArray[np.uint8]
#: Schemes whose activation ranges come from calibration images.
CALIBRATED: tuple[Scheme, ...] = ("int8", "full-int8")


class Network(NamedTuple):
    """A trained network.

    Attributes:
        model: The Keras model, (N, height, width, 1) float32 grey 0..255 -> (N, classes).
        height: Of the input, pixels.
        width: Of the input, pixels.
        classes: Number of outputs.
        activation: What the last layer gives.
        parameters: Number of weights.
    """

    model: Any
    height: int
    width: int
    classes: int
    activation: Literal["logits", "probabilities"]
    parameters: int


def load_network(path: Path) -> Network:
    """Read a ``.keras`` file.

    Raises:
        ContractError: It is missing or damaged, or is no classifier of grey crops.
    """
    model = load_model(path)
    taken, given = tuple(model.input_shape), tuple(model.output_shape)
    if len(taken) != 4 or taken[3] != 1 or None in taken[1:] or len(given) != 2 or given[1] is None:
        raise ContractError(
            f"{path}: maps {taken} to {given}; expected (N, height, width, 1) to (N, classes)"
        )
    last = model.layers[-1]
    ends_in_softmax = (
        isinstance(last, keras.layers.Softmax)
        or getattr(last, "activation", None) is keras.activations.softmax
    )
    return Network(
        model,
        taken[1],
        taken[2],
        given[1],
        "probabilities" if ends_in_softmax else "logits",
        model.count_params(),
    )


def load_model(path: Path) -> Any:
    """Read any ``.keras`` file.

    Raises:
        ContractError: It is missing or damaged.
    """
    if not path.is_file():
        raise ContractError(f"{path}: no such file; give the model.keras that training wrote")
    try:
        with held_back():
            # Uncompiled: the optimizer's own classes live in training and are of no use here.
            return keras.saving.load_model(path, compile=False)
    except Exception as err:  # Keras raises whatever its zip, h5py and JSON readers raise
        raise ContractError(
            f"{path}: cannot be read as a Keras model: {err}; train again or copy it again"
        ) from err


def of_any_size(model: Any) -> Any:
    """The same network and weights for pictures of any height and width."""
    with held_back():
        inputs = keras.Input((None, None, model.input_shape[-1]))
        resizable = keras.models.clone_model(model, input_tensors=inputs)
        resizable.set_weights(model.get_weights())
    return resizable


def keras_outputs(network: Network, images: Images, batch: int = 256) -> npt.NDArray[np.float32]:
    """(N, H, W) uint8 -> (N, classes) float32, as Keras computes them."""
    with held_back():
        parts = [
            np.asarray(
                network.model.predict_on_batch(images[start : start + batch, ..., None].astype(np.float32))
            )
            for start in range(0, len(images), batch)
        ]
    return np.concatenate(parts)


def to_tflite(network: Network, scheme: Scheme, calibration: Images) -> bytes:
    """Convert; the graph takes and gives float32, except with ``full-int8``.

    Args:
        network: What to convert.
        scheme: ``float32``; ``float16`` weights; ``dynamic`` (int8 weights, activations
            quantized as they come); ``int8`` (weights and activations, ranges from calibration);
            ``full-int8`` (the same, takes uint8 pixels and gives int8).
        calibration: (N, H, W) uint8; used by the last two.
    Raises:
        ContractError: The converter does not take the network.
    """
    return graph_of(network.model, scheme, calibration[..., None])


def graph_of(model: Any, scheme: Scheme, calibration: Images) -> bytes:
    """Convert any Keras model; see :func:`to_tflite`. ``calibration`` is (N, H, W, channels) uint8."""
    converter = _converter(model, scheme, calibration)
    try:
        with held_back():
            return bytes(converter.convert())
    except Exception as err:  # the converter raises its own and RuntimeError, ValueError, ...
        reason = " ".join(str(err).split())[:500]
        raise ContractError(
            f"TFLite cannot express this network as {scheme}: {reason}; change a layer or the scheme"
        ) from err


def _converter(model: Any, scheme: Scheme, calibration: Images) -> Any:
    with held_back():
        converter = tf.lite.TFLiteConverter.from_keras_model(model)
    if scheme == "float32":
        return converter
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    # Per-channel dense layers make operators that tflite-runtime 2.14 does not know; on the
    # compact network they change no figure.
    converter._experimental_disable_per_channel_quantization_for_dense_layers = True  # noqa: SLF001
    if scheme == "float16":
        converter.target_spec.supported_types = [tf.float16]
    elif scheme in CALIBRATED:
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        if scheme == "full-int8":
            converter.inference_input_type, converter.inference_output_type = tf.uint8, tf.int8

        def representative() -> Iterator[list[npt.NDArray[np.float32]]]:
            for image in calibration:
                yield [image[None].astype(np.float32)]

        converter.representative_dataset = representative
    return converter
