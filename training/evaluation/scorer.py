"""A trained classifier from disk, Keras file or bundle, as one function from faces to probabilities."""

# ruff: noqa: PLC0415 - Keras and the TFLite runtime are imported by the branch that needs them

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import ValidationError

from edge.contract.facesets import FaceSet
from edge.contract.labels import FER2013_LABELS
from edge.contract.manifest import Training
from edge.errors import ContractError, ModelError
from training.evaluation.metrics import Floats
from training.fitting import temperature
from training.recipe import Recipe

_BATCH = 256


@dataclass(frozen=True)
class Scorer:
    """A classifier that can be judged.

    Attributes:
        described: What it is, in words for the reader of a report.
        labels: Class names in the order of the columns.
        probabilities: (N, 48, 48) uint8, N > 0 -> (N, C), each row summing to 1.
        recipe: How it was trained, where that is known.
    """

    described: str
    labels: tuple[str, ...]
    probabilities: Callable[[npt.NDArray[np.uint8]], Floats]
    recipe: Recipe | None

    def of(self, faces: FaceSet) -> Floats:
        """(N, C) probabilities of a face set, columns in the order of its classes.

        Raises:
            ModelError: The classifier has other classes than the faces.
        """
        if set(self.labels) != set(faces.classes):
            raise ModelError(
                f"{self.described}: its classes {', '.join(self.labels)} are not those of the data "
                f"({', '.join(faces.classes)}); evaluate it on data with its own classes"
            )
        return self.probabilities(faces.images)[:, [self.labels.index(name) for name in faces.classes]]


def load(path: Path) -> Scorer:
    """A ``.keras`` file with the ``metrics.json`` beside it, or a bundle folder.

    Raises:
        ModelError: It is neither, or it cannot be used.
    """
    if path.is_dir():
        return _bundle(path)
    if not path.is_file():
        raise ModelError(f"{path}: no such file or folder; give a .keras file or a bundle folder")
    return _keras(path)


def _keras(path: Path) -> Scorer:
    from training.fitting.fit import logits_of
    from training.networks import saved

    metrics = _metrics_beside(path)
    model = saved.load(path, "a Keras model", "train it again or copy it again")
    heat = float(metrics.get("temperature", 1.0))
    recipe = metrics.get("recipe")
    return Scorer(
        described=f"{path} (Keras, temperature {heat:g})",
        labels=tuple(metrics.get("labels", FER2013_LABELS)),
        probabilities=lambda images: temperature.probabilities(logits_of(model, images), heat),
        # A record without the field is of a run that kept exact copies alone together.
        recipe=Recipe.model_validate({"held_out_copies": "exact", **recipe}) if recipe else None,
    )


def _metrics_beside(model: Path) -> dict[str, Any]:
    path = model.parent / "metrics.json"
    if not path.is_file():
        return {}
    try:
        metrics = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as err:
        raise ContractError(
            f"{path}: cannot be read: {err}; remove it to go on without the temperature"
        ) from err
    if not isinstance(metrics, dict) or metrics.get("schema") != "training-metrics/1":
        raise ContractError(f"{path}: expected the schema training-metrics/1; move it away from the model")
    return metrics


def _bundle(folder: Path) -> Scorer:
    from edge import classifier
    from edge.contract import manifest

    bundle = manifest.load(folder)
    runner = classifier.load_verified(folder, threads=1)

    def probabilities(images: npt.NDArray[np.uint8]) -> Floats:
        faces = images[..., None].astype(np.float32)
        return np.concatenate(
            [runner.classify(faces[start : start + _BATCH]) for start in range(0, len(faces), _BATCH)]
        )

    return Scorer(
        f"{folder} ({bundle.manifest.name} {bundle.manifest.version}, TFLite)",
        tuple(runner.labels),
        probabilities,
        _recipe_of(bundle.manifest.training),
    )


def _recipe_of(training: Training) -> Recipe | None:
    """None where the bundle was made elsewhere, or by a version whose recipes this one cannot read."""
    if not isinstance(training.recipe, dict):
        return None
    try:
        # As for metrics.json.
        return Recipe.model_validate({"held_out_copies": "exact", **training.recipe})
    except ValidationError:
        return None
