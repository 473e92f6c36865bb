"""A committee of trained networks whose opinion of each view is a target."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from edge import classifier, shipped
from edge.errors import ModelError
from training.fitting import temperature
from training.networks import saved

Floats = npt.NDArray[np.float32]
#: (N, 48, 48, 1) views, 0..255 -> (N, C) logits, columns in the order of the student's classes.
_Opinion = Callable[[Floats], Floats]
_SIDE_PX = 48
_ADVICE = "train it first or correct distillation.teachers"


class Teachers:
    """The mean of the networks' softened probabilities."""

    def __init__(self, teachers: Sequence[Path], classes: Sequence[str], softened_by: float) -> None:
        """Load the networks.

        Args:
            teachers: ``.keras`` files that give logits, or bundles: a folder, or a shipped one's name.
            classes: What the student tells apart.
            softened_by: Temperature of the softmax.
        Raises:
            ModelError: A teacher cannot be loaded or tells other classes apart.
        """
        self._opinions = [_opinion(teacher, tuple(classes)) for teacher in teachers]
        self._softened_by = softened_by

    def probabilities(self, views: Floats) -> Floats:
        """(N, 48, 48, 1) float32, 0..255 -> (N, C), each row summing to 1."""
        said = [temperature.probabilities(opinion(views), self._softened_by) for opinion in self._opinions]
        return np.asarray(np.stack(said).mean(axis=0), dtype=np.float32)


def _opinion(teacher: Path, classes: tuple[str, ...]) -> _Opinion:
    folder = shipped.bundle(teacher, teacher)
    if folder.is_dir():
        return _of_bundle(folder, classes)
    if teacher.suffix != ".keras":
        names = ", ".join(path.name for path in shipped.bundles())
        raise ModelError(
            f"{teacher}: a teacher is a .keras file, a bundle's folder or one of those shipped ({names})"
        )
    return _of_keras(teacher, classes)


def _of_keras(path: Path, classes: tuple[str, ...]) -> _Opinion:
    network = saved.load(path, "a teacher", _ADVICE)
    if tuple(network.output_shape)[1:] != (len(classes),):
        raise ModelError(
            f"{path}: a teacher must give {len(classes)} classes, this one gives {network.output_shape}"
        )
    columns = _columns(path, saved.labels_beside(path) or classes, classes)
    return lambda views: np.asarray(network.predict_on_batch(views))[:, columns]


def _of_bundle(folder: Path, classes: tuple[str, ...]) -> _Opinion:
    """A converted network, run as devices run it: its ``.keras`` file need not be at hand."""
    runner = classifier.load_verified(folder)
    labels = runner.labels
    columns = _columns(folder, labels, classes)
    given = runner.manifest.input
    if (given.height, given.width) != (_SIDE_PX, _SIDE_PX):
        raise ModelError(
            f"{folder}: a teacher must take faces of {_SIDE_PX}x{_SIDE_PX} px, this one takes "
            f"{given.height}x{given.width}; {_ADVICE}"
        )
    if runner.manifest.output.activation == "probabilities":
        return lambda views: np.log(np.maximum(runner.raw_outputs(views)[:, columns], 1e-7))
    return lambda views: runner.raw_outputs(views)[:, columns]


def _columns(teacher: Path, labels: Sequence[str], classes: tuple[str, ...]) -> list[int]:
    """Where each of the student's classes stands among the teacher's.

    Raises:
        ModelError: They tell other classes apart.
    """
    if set(labels) != set(classes):
        raise ModelError(
            f"{teacher}: a teacher must know the classes {', '.join(classes)}, this one knows "
            f"{', '.join(labels)}; {_ADVICE}"
        )
    return [labels.index(name) for name in classes]
