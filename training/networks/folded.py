"""Weights of a converted network for one that is to be trained: its batch norms are found again.

Conversion melts every batch norm into its convolution. They are found again by watching what each
convolution gives on views, so that the network computes what the converted one computes and yet
trains like one that never was converted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import keras
import numpy as np
import numpy.typing as npt

#: He's initial weights of a filter have this norm: a learning rate means the same as from a random start.
_FILTER_NORM = 2.0**0.5
_LEAST_NORM = 1e-6
_BATCH = 32

Weights = npt.NDArray[np.float32]


class Folded(NamedTuple):
    """A convolution with its batch norm in it: kernel as Keras has it, (H, W, in, out), and bias (out,)."""

    kernel: Weights
    bias: Weights


def foldable(network: Any) -> bool:
    """Whether a conversion leaves of ``network`` nothing but convolutions, each with its batch norm in it
    or with a bias of its own, and one dense layer at the end.
    """
    convolutions = _in_order(network, keras.layers.Conv2D)
    norms = _norms(network)
    weighted = [layer for layer in network.layers if layer.weights]
    return (
        all(layer.use_bias != (layer.name in norms) for layer in convolutions)
        and len(weighted) == len(convolutions) + len(norms) + 1
        and isinstance(weighted[-1], keras.layers.Dense)
    )


def fits(network: Any, given: Sequence[Folded]) -> bool:
    """Whether these are the convolutions of ``network``, of which :func:`foldable` is true."""
    ours = [tuple(layer.kernel.shape) for layer in _in_order(network, keras.layers.Conv2D)]
    return ours == [one.kernel.shape for one in given]


def unfold(network: Any, given: Sequence[Folded], views: npt.NDArray[Any]) -> None:
    """Give ``network`` the weights of a converted one.

    Args:
        network: One of which :func:`foldable` is true.
        given: In the order in which they were built; :func:`fits` is true of them.
        views: (N, H, W, C) training views, 0..255; batch norms start with the mean and variance of what
            they see there.
    """
    normed = _placed(network, given)
    if not normed:
        return
    watched = keras.Model(network.inputs, [one.convolution.output for one in normed])
    for one, (mean, variance) in zip(normed, _moments(watched, views), strict=True):
        gamma = np.sqrt(variance + one.norm.epsilon) / one.factor
        one.norm.set_weights([gamma, one.bias + mean / one.factor, mean, variance])


def natural(name: str) -> list[tuple[bool, int, str]]:
    """Orders conv2d_9 before conv2d_10, as they were built."""
    return [(part.isdigit(), int(part) if part.isdigit() else 0, part) for part in re.split(r"(\d+)", name)]


class _Normed(NamedTuple):
    """A convolution with its batch norm, by what its filters were multiplied, and the folded bias."""

    convolution: Any
    norm: Any
    factor: Weights
    bias: Weights


def _placed(network: Any, given: Sequence[Folded]) -> list[_Normed]:
    """Give every convolution its kernel; those that have a batch norm."""
    norms = _norms(network)
    normed = []
    for (melted, bias), layer in zip(given, _in_order(network, keras.layers.Conv2D), strict=True):
        kernel = melted / _melted_scale(network, layer)
        if layer.use_bias:
            layer.set_weights([kernel, bias])
            continue
        lengths = np.sqrt((kernel**2).sum(axis=(0, 1, 2)))
        one = _Normed(layer, norms[layer.name], _FILTER_NORM / np.maximum(lengths, _LEAST_NORM), bias)
        layer.set_weights([kernel * one.factor])
        unit = np.full_like(bias, 1 - one.norm.epsilon)
        one.norm.set_weights([1 / one.factor, bias, np.zeros_like(bias), unit])
        normed.append(one)
    return normed


def _melted_scale(network: Any, convolution: Any) -> float:
    """By what a conversion multiplies a kernel: a scaling without an offset right before it melts as well."""
    for layer in network.layers:
        if (
            isinstance(layer, keras.layers.Rescaling)
            and layer.output is convolution.input
            and not layer.offset
        ):
            return float(layer.scale)
    return 1.0


def _norms(network: Any) -> dict[str, Any]:
    """The batch norm right behind each convolution that has one, by the convolution's name."""
    behind = {
        id(layer.input): layer
        for layer in network.layers
        if isinstance(layer, keras.layers.BatchNormalization)
    }
    convolutions = _in_order(network, keras.layers.Conv2D)
    return {one.name: behind[id(one.output)] for one in convolutions if id(one.output) in behind}


def _in_order(network: Any, kind: Any) -> list[Any]:
    """Layers of a kind as they were built."""
    return sorted(
        (layer for layer in network.layers if isinstance(layer, kind)), key=lambda layer: natural(layer.name)
    )


def _moments(watched: Any, views: npt.NDArray[Any]) -> list[tuple[Weights, Weights]]:
    """Mean and variance of each channel of each output over the views."""
    sums: list[tuple[Any, Any, int]] = [(0.0, 0.0, 0)] * len(watched.outputs)
    for start in range(0, len(views), _BATCH):
        for place, given in enumerate(watched.predict_on_batch(views[start : start + _BATCH])):
            flat = np.asarray(given, dtype=np.float64).reshape(-1, given.shape[-1])
            first, second, number = sums[place]
            sums[place] = (first + flat.sum(axis=0), second + (flat**2).sum(axis=0), number + len(flat))
    return [
        (
            (first / number).astype(np.float32),
            np.maximum(second / number - (first / number) ** 2, 0).astype(np.float32),
        )
        for first, second, number in sums
    ]
