"""The weights inside a TFLite file, as real numbers: 8-bit ones are multiplied by their scales."""

from __future__ import annotations

import re
import struct
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from edge.errors import ModelError
from training.networks.folded import Folded, Weights, natural

_WHAT = "cannot be read as a TFLite file of convolutions and one dense layer"


class Converted(NamedTuple):
    """What a converted network has learnt.

    Attributes:
        convolutions: In the order in which they were built.
        dense: (features, classes) of the last layer.
        dense_bias: (classes,)
    """

    convolutions: list[Folded]
    dense: Weights
    dense_bias: Weights


def read(path: Path) -> Converted:
    """Read a classifier's TFLite file, of any scheme that convert knows.

    Raises:
        ModelError: It is no such file, or the runtime's schema is not installed.
    """
    try:
        from ai_edge_litert import schema_py_generated as schema  # noqa: PLC0415 - absent beside tflite-runtime
    except ImportError as err:
        raise ModelError(f"{path}: needs LiteRT to be read: pip install ai-edge-litert") from err
    try:
        model = schema.ModelT.InitFromPackedBuf(path.read_bytes())
        kinds = [max(code.builtinCode, code.deprecatedBuiltinCode) for code in model.operatorCodes]
        return _weighted(model, kinds, schema.BuiltinOperator)
    except (OSError, ValueError, TypeError, AttributeError, IndexError, KeyError, struct.error) as err:
        raise ModelError(f"{path}: {_WHAT}: {err}") from err


def _weighted(model: Any, kinds: list[int], operators: Any) -> Converted:
    graph = model.subgraphs[0]
    # 16-bit floats are stored apart and made 32-bit ones when the file is opened.
    stored = {
        op.outputs[0]: op.inputs[0] for op in graph.operators if kinds[op.opcodeIndex] == operators.DEQUANTIZE
    }

    def values(index: int) -> tuple[str, Weights]:
        tensor = graph.tensors[stored.get(index, index)]
        return graph.tensors[index].name.decode(), _real(tensor, model.buffers[tensor.buffer].data)

    def layers(kind: int) -> list[tuple[str, Weights, Weights]]:
        found = []
        for op in (op for op in graph.operators if kinds[op.opcodeIndex] == kind):
            name, weights = values(op.inputs[1])
            # A bias that is zero everywhere is left out.
            bias = values(op.inputs[2])[1] if len(op.inputs) > 2 and op.inputs[2] >= 0 else None
            found.append((name, weights, np.zeros(len(weights), np.float32) if bias is None else bias))
        return found

    convolutions = [
        Folded(np.ascontiguousarray(kernel.transpose(1, 2, 3, 0)), bias)
        for _, kernel, bias in sorted(layers(operators.CONV_2D), key=_by_name)
    ]
    dense_layers = layers(operators.FULLY_CONNECTED)
    if len(dense_layers) != 1:
        raise ValueError(f"it has {len(dense_layers)} dense layers")
    _, dense, dense_bias = dense_layers[0]
    return Converted(convolutions, np.ascontiguousarray(dense.T), dense_bias)


def _by_name(layer: tuple[str, Weights, Weights]) -> list[tuple[bool, int, str]]:
    # A kernel that the converter joined with its activation has that one's name before its own.
    own = re.search(r"conv2d[^/;]*", layer[0])
    return natural(own[0] if own else layer[0])


def _real(tensor: Any, stored: npt.NDArray[np.uint8]) -> Weights:
    kind: Any = {0: np.float32, 1: np.float16, 2: np.int32, 9: np.int8}[tensor.type]
    values = np.frombuffer(stored.tobytes(), dtype=kind).reshape(tensor.shape).astype(np.float64)
    if kind in (np.int8, np.int32):
        given = tensor.quantization
        along = [1] * values.ndim
        along[given.quantizedDimension] = -1
        values = (values - _like(given.zeroPoint, along)) * _like(given.scale, along)
    return np.asarray(values, dtype=np.float32)


def _like(numbers: npt.NDArray[Any], along: list[int]) -> npt.NDArray[np.float64]:
    """One number a channel, or one for all, so that it broadcasts over the tensor."""
    given = np.asarray(numbers, dtype=np.float64)
    return given.reshape(along) if given.size > 1 else given
