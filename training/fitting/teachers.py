"""A committee of trained networks whose opinion of each view is a target."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from edge.errors import ModelError
from training.fitting import temperature

Floats = npt.NDArray[np.float32]


class Teachers:
    """The mean of the networks' softened probabilities."""

    def __init__(self, paths: Sequence[Path], classes: int, softened_by: float) -> None:
        """Load the networks.

        Args:
            paths: ``.keras`` files, (N, 48, 48, 1) -> (N, classes) logits.
            classes: What the student tells apart.
            softened_by: Temperature of the softmax.
        Raises:
            ModelError: A file cannot be loaded or tells other classes apart.
        """
        self._networks = [_load(path, classes) for path in paths]
        self._softened_by = softened_by

    def probabilities(self, views: Floats) -> Floats:
        """(N, 48, 48, 1) float32, 0..255 -> (N, C), each row summing to 1."""
        said = [
            temperature.probabilities(np.asarray(network.predict_on_batch(views)), self._softened_by)
            for network in self._networks
        ]
        return np.asarray(np.stack(said).mean(axis=0), dtype=np.float32)


def _load(path: Path, classes: int) -> Any:
    try:
        network = keras.saving.load_model(path, compile=False)
    except (OSError, ValueError, KeyError, TypeError) as err:
        raise ModelError(
            f"{path}: cannot be loaded as a teacher: {err}; train it first or correct distillation.teachers"
        ) from err
    if tuple(network.output_shape)[1:] != (classes,):
        raise ModelError(
            f"{path}: a teacher must give {classes} classes, this one gives {network.output_shape}"
        )
    return network
