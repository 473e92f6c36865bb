"""Weights of an earlier run as the start of a new one: what a small data set cannot teach by itself."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from edge.errors import ModelError
from training.networks import saved


def copy(path: Path, network: Any, classes: Sequence[str]) -> None:
    """Put the weights of a ``.keras`` file into a network of the same kind.

    The last layer keeps its random numbers unless the ``metrics.json`` beside the file says that it
    tells the very same classes apart.

    Args:
        path: The ``model.keras`` of a finished run.
        network: What is about to be trained.
        classes: What it will tell apart.
    Raises:
        ModelError: The file cannot be read, or holds another network.
    """
    earlier = saved.load(path, "initial weights", "give the model.keras of a finished run")
    theirs, ours = _weighted(earlier), _weighted(network)
    if not ours or _shapes(theirs[:-1]) != _shapes(ours[:-1]) or type(theirs[-1]) is not type(ours[-1]):
        raise ModelError(
            f"{path}: holds {earlier.name}, whose layers are not those of {network.name}; "
            f"give a run of {network.name}, or change the recipe's network"
        )
    kept = len(ours) if _labels_beside(path) == list(classes) else len(ours) - 1
    for source, target in zip(theirs[:kept], ours[:kept], strict=True):
        target.set_weights(source.get_weights())


def _weighted(network: Any) -> list[Any]:
    return [layer for layer in network.layers if layer.weights]


def _shapes(layers: list[Any]) -> list[list[tuple[int, ...]]]:
    return [[tuple(weight.shape) for weight in layer.weights] for layer in layers]


def _labels_beside(model: Path) -> list[str] | None:
    try:
        return list(json.loads((model.parent / "metrics.json").read_text(encoding="utf-8"))["labels"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
