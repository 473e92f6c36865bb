"""A finished bundle as a row of the table: judged as devices run it, on the ``.tflite`` itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from edge.contract import class_choice, manifest
from edge.contract.facesets import FaceSet
from edge.contract.manifest import ClassifierManifest
from edge.errors import ContractError
from training import networks, quiet
from training.comparison import footprint
from training.comparison.row import SPLITS, Footprint, Row
from training.evaluation import evaluate, scorer
from training.networks import cost
from training.recipe import Recipe


def row(folder: Path, faces: FaceSet) -> Row:
    """What a bundle achieves on the faces, weighs and costs on this machine.

    Args:
        folder: The bundle.
        faces: All splits; those of a class that the bundle does not know are left out.
    Raises:
        ModelError: The bundle cannot be used, or has other classes than the faces.
        ContractError: The faces have no split that a table reports, or the manifest does not
            hold the recipe of the training.
    """
    loaded = manifest.load(folder).manifest
    if not isinstance(loaded, ClassifierManifest) or loaded.quantization.scheme not in ("int8", "full-int8"):
        raise ContractError(f"{folder}: is no classifier in int8, as all others of the table are judged")
    recipe, dataset = _training_of(loaded, folder)
    judged = scorer.load(folder)
    known = class_choice.for_network(faces, judged.labels)
    split = next((name for name in SPLITS.values() if (known.splits == name).any()), None)
    if split is None:
        raise ContractError(f"{folder}: the data has neither {' nor '.join(SPLITS.values())} to judge it on")
    chosen, training = evaluate.faces_of(known, split, None)
    found = evaluate.judge(judged.of(chosen), chosen, training, split).as_dict()
    official, clean = found["official"], found["clean"]
    return Row(
        name=loaded.name,
        labels=judged.labels,
        split=split,
        images=official["images"],
        accuracy=official["accuracy"],
        accuracy_clean=clean["accuracy"] if clean else None,
        macro_f1=official["macro_f1"],
        parameters=int(loaded.metrics.get("parameters", 0)),
        multiply_accumulates=_multiply_accumulates(recipe, len(judged.labels)),
        footprint=Footprint(
            keras_bytes=None,
            int8_bytes=loaded.files["tflite"].bytes,
            int8_ms=footprint.litert_ms(folder),
            keras_ms=None,
        ),
        dataset=str(dataset.get("name", "")),
        training_images=int(dataset.get("training_images", 0)),
        epochs=recipe.epochs,
        minutes=None,
        start="-",
        budget=f"a bundle, version {loaded.version}, {recipe.epochs} epochs; its int8 .tflite is judged",
        equal_budget_accuracy=None,
    )


def _training_of(loaded: ClassifierManifest, folder: Path) -> tuple[Recipe, dict[str, Any]]:
    told = loaded.training
    try:
        if isinstance(told.dataset, dict):
            return Recipe.model_validate(told.recipe), told.dataset
    except ValidationError:
        pass
    raise ContractError(f"{folder / manifest.MANIFEST}: training.recipe is not a recipe of this version")


def _multiply_accumulates(recipe: Recipe, classes: int) -> int:
    """Counted on the network that the recipe builds: a ``.tflite`` does not tell it."""
    quiet.import_keras()
    built = networks.build(recipe.network, recipe.crop_px, classes, recipe.dropout)
    return cost.multiply_accumulates(built)
