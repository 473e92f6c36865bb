"""What a run starts from instead of random numbers: the weights of an earlier run, or of a bundle."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from edge import shipped
from edge.errors import ModelError
from training.fitting import start as starts
from training.fitting.batches import Floats
from training.networks import saved


def copy(start: Path, network: Any, classes: Sequence[str], views: Floats) -> None:
    """Put the weights of a ``.keras`` file, or of a bundle, into a network of the same kind.

    The last layer keeps its random numbers unless the start tells the very same classes apart (of a
    ``.keras`` file the ``metrics.json`` beside it says which).

    Args:
        start: The ``model.keras`` of a finished run; a bundle's folder, or a shipped one's name.
        network: What is about to be trained.
        classes: What it will tell apart.
        views: (N, 48, 48, 1) training views, 0..255: what a bundle's batch norms are found again from.
    Raises:
        ModelError: It cannot be read, or holds another network; or it is a bundle, and ``network`` is
            none whose weights can be taken back out of one.
    """
    folder = shipped.bundle(start, start)
    if folder.is_dir():
        _copy_bundle(folder, network, classes, views)
    else:
        _copy_file(start, network, classes)


def _copy_file(path: Path, network: Any, classes: Sequence[str]) -> None:
    earlier = saved.load(path, "initial weights", "give the model.keras of a finished run")
    theirs, ours = _weighted(earlier), _weighted(network)
    if not ours or _shapes(theirs[:-1]) != _shapes(ours[:-1]) or type(theirs[-1]) is not type(ours[-1]):
        raise ModelError(
            f"{path}: holds {earlier.name}, whose layers are not those of {network.name}; "
            f"give a run of {network.name}, or change the recipe's network"
        )
    kept = len(ours) if saved.labels_beside(path) == list(classes) else len(ours) - 1
    for source, target in zip(theirs[:kept], ours[:kept], strict=True):
        target.set_weights(source.get_weights())


def _copy_bundle(folder: Path, network: Any, classes: Sequence[str], views: Floats) -> None:
    from training.networks import folded, tflite_weights  # noqa: PLC0415 - only a start from a bundle needs it

    path, manifest = starts.classifier(folder)
    if not folded.foldable(network):
        raise ModelError(
            f"{folder}: {network.name} cannot start from a bundle: only networks whose every convolution has "
            "its batch norm right behind it, or none, and that end in one dense layer can; "
            f"give the model.keras of a run of {network.name}"
        )
    given = tflite_weights.read(path)
    ours = _weighted(network)[-1]
    if not folded.fits(network, given.convolutions) or ours.kernel.shape[0] != given.dense.shape[0]:
        raise ModelError(
            f"{folder}: its layers are not those of {network.name}; give a bundle of "
            f"{network.name}, or change the recipe's network"
        )
    folded.unfold(network, given.convolutions, views)
    labels = manifest.output.labels
    if set(labels) == set(classes) and len(labels) == given.dense.shape[1]:
        columns = [labels.index(name) for name in classes]
        ours.set_weights([np.ascontiguousarray(given.dense[:, columns]), given.dense_bias[columns]])


def _weighted(network: Any) -> list[Any]:
    return [layer for layer in network.layers if layer.weights]


def _shapes(layers: list[Any]) -> list[list[tuple[int, ...]]]:
    return [[tuple(weight.shape) for weight in layer.weights] for layer in layers]
