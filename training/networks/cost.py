"""What one face costs a network: parameters and multiply-accumulates, counted from the built model."""

from __future__ import annotations

import math
from typing import Any

_CONVOLUTIONS = frozenset({"Conv2D", "DepthwiseConv2D"})


def multiply_accumulates(model: Any) -> int:
    """Multiplications of weights in one forward pass of one face.

    Convolutions and dense layers only, as the literature counts: batch norm folds into the
    convolution before it, and activations, additions and pooling are left out.

    Raises:
        ValueError: A layer with a kernel is of a kind that is not counted here.
    """
    return sum(_of_layer(layer) for layer in model.layers)


def _of_layer(layer: Any) -> int:
    kind = type(layer).__name__
    if kind in _CONVOLUTIONS:
        # Each output pixel meets each weight of the kernel once (Keras keeps channels last).
        return int(math.prod(layer.output.shape[1:3]) * math.prod(layer.kernel.shape))
    if kind == "SeparableConv2D":
        weights = math.prod(layer.depthwise_kernel.shape) + math.prod(layer.pointwise_kernel.shape)
        return int(math.prod(layer.output.shape[1:3]) * weights)
    if kind == "Dense":
        return int(math.prod(layer.kernel.shape))
    if hasattr(layer, "kernel") or hasattr(layer, "layers"):
        raise ValueError(
            f"layer {layer.name} ({kind}) has weights that are not counted; extend training.networks.cost"
        )
    return 0
