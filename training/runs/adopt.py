"""Weights that others have published, made into a run folder: judged and converted as our own are."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from edge.contract.facesets import FaceSet
from edge.errors import ContractError
from training import networks
from training.evaluation.evaluate import Evaluation
from training.fitting.fit import Trained
from training.networks.ends import SIDE_PX
from training.recipe import Recipe
from training.runs import folder as run_folder
from training.runs import outputs


def adopt(name: str, weights: Path, faces: FaceSet, out: Path) -> list[Evaluation]:
    """Load a weights file into a network of the registry, and write what a finished run leaves.

    Args:
        name: Of the network.
        weights: A file of Keras, of whatever age: .h5, .hdf5, .weights.h5.
        faces: With the classes that the weights were trained on, in their order.
        out: The folder; made where it is missing.
    Raises:
        ContractError: The file is missing, or of another network; or the folder holds a run.
    """
    run_folder.require_free(out)
    if not weights.is_file():
        raise ContractError(f"{weights}: no such file; give the weights that its authors publish")
    network = networks.build(name, SIDE_PX, len(faces.classes), 0.0)
    try:
        network.load_weights(weights)
    except (OSError, ValueError, KeyError) as err:
        raise ContractError(f"{weights}: not the weights of {name}: {err}") from err
    recipe = Recipe.model_validate(
        {"schema": "training/1", "network": name, "crop_px": SIDE_PX, "dropout": 0.0, "held_out": 0.0}
    )
    out.mkdir(parents=True, exist_ok=True)
    nothing = faces.select(np.zeros(len(faces), dtype=bool))
    outcome = outputs.Outcome(recipe, faces, nothing, None, Trained(network, None, []), start="published")
    return outputs.write(out, outcome)
