"""Keras network to ONNX, layer by layer, for OpenCV DNN.

Keras' own export and tf2onnx keep NHWC at the input and put transposes into the graph, which
OpenCV's importer takes badly; a detector has few kinds of layers, so the graph is written here:
NCHW throughout, opset 13, batch norm folded. OpenCV 4.11 to 5.0 read it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from edge.errors import ContractError, EmotionEdgeError

try:
    import onnx
    from onnx import TensorProto, helper, numpy_helper
except ImportError as err:
    raise EmotionEdgeError(
        f"writing ONNX needs its package: {err}; pip install 'emotion-edge[convert]'"
    ) from err

OPSET, _IR_VERSION = 13, 8
Floats = npt.NDArray[np.float32]


@dataclass
class _Graph:
    """What has been written so far.

    Attributes:
        names: Of a Keras tensor, what it is called here.
        convolutions: Of a layer's name, weights and bias, until a batch norm has been folded in.
    """

    nodes: list[Any] = field(default_factory=list)
    constants: dict[str, npt.NDArray[Any]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    convolutions: dict[str, list[Floats]] = field(default_factory=dict)


def to_onnx(model: Any, height: int, width: int) -> bytes:
    """The graph of a functional Keras model.

    Args:
        model: (N, height, width, channels) -> one or more (N, H, W, channels) maps.
        height: That the file names; the graph itself runs at any that the strides divide.
        width: Likewise.
    Raises:
        ContractError: A layer is of a kind that is not written here.
    """
    graph = _Graph()
    for layer in model.layers:
        kind = type(layer).__name__
        if kind == "InputLayer":
            graph.names[layer.output.name] = "image"
            continue
        if kind not in _WRITERS:
            raise ContractError(f"layer {layer.name} ({kind}) cannot be written as ONNX; extend {__name__}")
        given = layer.input if isinstance(layer.input, list | tuple) else [layer.input]
        graph.names[layer.output.name] = _WRITERS[kind](
            graph, layer, [graph.names[tensor.name] for tensor in given]
        )
    for name, (weights, bias) in graph.convolutions.items():
        graph.constants |= {f"{name}.weights": weights, f"{name}.bias": bias}
    made = helper.make_graph(
        graph.nodes,
        model.name,
        [_tensor("image", model.inputs[0].shape, height, width, 1)],
        [
            _tensor(graph.names[output.name], output.shape, height, width, _stride(model, output))
            for output in model.outputs
        ],
        [numpy_helper.from_array(np.ascontiguousarray(v), n) for n, v in graph.constants.items()],
    )
    document = helper.make_model(
        made, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="emotion-edge"
    )
    document.ir_version = _IR_VERSION
    onnx.checker.check_model(document)
    return bytes(document.SerializeToString())


def _stride(model: Any, output: Any) -> int:
    return int(model.inputs[0].shape[1]) // int(output.shape[1])


def _tensor(name: str, shape: Any, height: int, width: int, stride: int) -> Any:
    return helper.make_tensor_value_info(
        name, TensorProto.FLOAT, [1, int(shape[-1]), height // stride, width // stride]
    )


def _rescaling(graph: _Graph, layer: Any, given: list[str]) -> str:
    name = layer.name
    graph.constants[f"{name}.scale"] = np.full((1, 1, 1, 1), layer.scale, dtype=np.float32)
    graph.constants[f"{name}.offset"] = np.full((1, 1, 1, 1), layer.offset, dtype=np.float32)
    graph.nodes += [
        helper.make_node("Mul", [given[0], f"{name}.scale"], [f"{name}.scaled"]),
        helper.make_node("Add", [f"{name}.scaled", f"{name}.offset"], [name]),
    ]
    return str(name)


def _convolution(graph: _Graph, layer: Any, given: list[str]) -> str:
    kernel, stride = np.asarray(layer.kernel), layer.strides[0]
    same = layer.padding == "same" or kernel.shape[0] == 1
    if not same or kernel.shape[0] != kernel.shape[1] or stride not in {1, 2}:
        raise ContractError(
            f"layer {layer.name}: only square 'same' convolutions of stride 1 or 2 are written"
        )
    weights = kernel.transpose(3, 2, 0, 1).astype(np.float32)
    bias = np.asarray(layer.bias) if layer.use_bias else np.zeros(len(weights))
    side = kernel.shape[0]
    # Of an even number of pixels Keras' 'same' pads, at stride 2, only below and to the right.
    before, after = ((side - 1) // 2, side // 2) if stride == 1 else ((side - 2) // 2, (side - 1) // 2)
    graph.convolutions[layer.name] = [weights, bias.astype(np.float32)]
    graph.nodes.append(
        helper.make_node(
            "Conv",
            [given[0], f"{layer.name}.weights", f"{layer.name}.bias"],
            [layer.name],
            kernel_shape=[side, side],
            strides=[stride, stride],
            pads=[before, before, after, after],
        )
    )
    return str(layer.name)


def _batch_norm(graph: _Graph, layer: Any, given: list[str]) -> str:
    """Folded into the convolution before it."""
    if given[0] not in graph.convolutions:
        raise ContractError(f"layer {layer.name}: a batch norm is written only right after a convolution")
    weights, bias = graph.convolutions[given[0]]
    factor = np.asarray(layer.gamma) / np.sqrt(np.asarray(layer.moving_variance) + layer.epsilon)
    graph.convolutions[given[0]] = [
        (weights * factor[:, None, None, None]).astype(np.float32),
        ((bias - np.asarray(layer.moving_mean)) * factor + np.asarray(layer.beta)).astype(np.float32),
    ]
    return given[0]


def _upsampling(graph: _Graph, layer: Any, given: list[str]) -> str:
    if layer.interpolation != "nearest":
        raise ContractError(f"layer {layer.name}: only nearest-neighbour upsampling is written")
    graph.constants[f"{layer.name}.scales"] = np.array([1, 1, *layer.size], dtype=np.float32)
    graph.nodes.append(
        helper.make_node(
            "Resize",
            [given[0], "", f"{layer.name}.scales"],
            [layer.name],
            mode="nearest",
            coordinate_transformation_mode="asymmetric",
            nearest_mode="floor",
        )
    )
    return str(layer.name)


def _plain(operator: str) -> Callable[[_Graph, Any, list[str]], str]:
    def write(graph: _Graph, layer: Any, given: list[str]) -> str:
        graph.nodes.append(helper.make_node(operator, given, [layer.name]))
        return str(layer.name)

    return write


_WRITERS: dict[str, Callable[[_Graph, Any, list[str]], str]] = {
    "Rescaling": _rescaling,
    "Conv2D": _convolution,
    "BatchNormalization": _batch_norm,
    "ReLU": _plain("Relu"),
    "Add": _plain("Add"),
    "UpSampling2D": _upsampling,
}
