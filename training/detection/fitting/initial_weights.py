"""Starts a detector from a bundle instead of from random numbers: fine-tuning, or going on.

A bundle has no batch norms any more: conversion melted them into the convolutions. They are
found again by watching what each convolution gives on views, so that the network computes what
the bundle computes and yet trains like one that never was a bundle.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
import numpy.typing as npt

from edge.contract import manifest
from edge.errors import ModelError

#: He's initial weights of a filter have this norm: a learning rate means the same as from a random start.
_FILTER_NORM = 2.0**0.5
_LEAST_NORM = 1e-6
_BATCH = 32

Weights = npt.NDArray[np.float32]


def from_bundle(bare: Any, bundle: Path, views: npt.NDArray[np.uint8]) -> None:
    """Give ``bare`` the weights of a bundle.

    Args:
        bare: Of :func:`training.detection.fitting.network.build`.
        bundle: Folder of a detector with this network.
        views: (N, S, S, 3) uint8 BGR training views of the size that ``bare`` takes; batch norms start
            with the mean and variance of what they see there.
    Raises:
        ModelError: The bundle is damaged, or of another network.
    """
    path = manifest.load(bundle).model_path("opencv-dnn")
    normed = _placed(bare, _read(path), path)
    watched = keras.Model(bare.inputs, [one.convolution.output for one in normed])
    for one, (mean, variance) in zip(normed, _moments(watched, views), strict=True):
        gamma = np.sqrt(variance + one.norm.epsilon) / one.factor
        one.norm.set_weights([gamma, one.bias + mean / one.factor, mean, variance])


class _Normed(NamedTuple):
    """A convolution with its batch norm, by what its filters were multiplied, and the bundle's bias."""

    convolution: Any
    norm: Any
    factor: Weights
    bias: Weights


def _placed(bare: Any, given: list[tuple[Weights, Weights]], path: Path) -> list[_Normed]:
    """Give every convolution its kernel; those that have a batch norm."""
    convolutions = _in_order(bare, keras.layers.Conv2D)
    if [kernel.shape for kernel, _ in given] != [tuple(layer.kernel.shape) for layer in convolutions]:
        raise ModelError(f"{path}: is of another network than the one to train; start without --init-from")
    # Those with a bias of their own are the last of each head; each other one has its batch norm.
    norms = iter(_in_order(bare, keras.layers.BatchNormalization))
    normed = []
    for (kernel, bias), layer in zip(given, convolutions, strict=True):
        if layer.use_bias:
            layer.set_weights([kernel, bias])
            continue
        lengths = np.sqrt((kernel**2).sum(axis=(0, 1, 2)))
        one = _Normed(layer, next(norms), _FILTER_NORM / np.maximum(lengths, _LEAST_NORM), bias)
        layer.set_weights([kernel * one.factor])
        unit = np.full_like(bias, 1 - one.norm.epsilon)
        one.norm.set_weights([1 / one.factor, bias, np.zeros_like(bias), unit])
        normed.append(one)
    return normed


def _read(path: Path) -> list[tuple[Weights, Weights]]:
    """Kernel, as Keras has it, and bias of every convolution, in the order in which they were built."""
    try:
        import onnx  # noqa: PLC0415 - of the convert extra; only a start from a bundle needs it
        from onnx import numpy_helper  # noqa: PLC0415
    except ImportError as err:
        raise ModelError(f"{path}: needs the convert extra: pip install 'emotion-edge[convert]'") from err
    try:
        every = {one.name: numpy_helper.to_array(one) for one in onnx.load(str(path)).graph.initializer}
        names = sorted((name for name in every if name.endswith(".weights")), key=_natural)
        return [
            (
                np.ascontiguousarray(every[name].transpose(2, 3, 1, 0)),
                every[name.removesuffix("weights") + "bias"],
            )
            for name in names
        ]
    except (KeyError, ValueError) as err:
        raise ModelError(f"{path}: cannot be read as a detector's ONNX file: {err}") from err


def _natural(name: str) -> list[tuple[bool, int, str]]:
    """Orders conv2d_9 before conv2d_10, as they were built."""
    return [(part.isdigit(), int(part) if part.isdigit() else 0, part) for part in re.split(r"(\d+)", name)]


def _in_order(bare: Any, kind: Any) -> list[Any]:
    """Layers of a kind as they were built."""
    return sorted(
        (layer for layer in bare.layers if isinstance(layer, kind)), key=lambda layer: _natural(layer.name)
    )


def _moments(watched: Any, views: npt.NDArray[np.uint8]) -> list[tuple[Weights, Weights]]:
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
