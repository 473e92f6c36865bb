"""The real faces that a conversion needs: to calibrate with, and to measure with."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from edge.contract import class_choice, datasets, ferplus
from edge.contract.facesets import FaceSet
from edge.errors import ContractError

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ConversionFaces:
    """Labelled faces, numbered as the network's outputs are.

    Attributes:
        training: For calibration.
        gate: What the gate measures on.
        copies: (len(gate),) bool: which of ``gate`` are exact copies of a training image.
    """

    training: FaceSet
    gate: FaceSet
    copies: npt.NDArray[np.bool_]


def read(path: Path, gate_split: str, labels: Sequence[str], votes: Path | None = None) -> ConversionFaces:
    """Read any data set as a network with these labels sees it.

    Args:
        path: The data.
        gate_split: What the gate measures on.
        labels: The network's, in the order of its outputs.
        votes: FER+ votes, for a network that learnt FER+'s labels.

    Raises:
        ContractError: It cannot be read, a split is not there, or the network has a class
            that the faces do not have.
    """
    faces = datasets.read(path)
    if faces.skipped:
        log.warning("rows skipped=%d path=%s first=%s", len(faces.skipped), path, faces.skipped[0])
    if votes is not None:
        faces = ferplus.join(faces, votes)
    # Copies are looked for in all of Training, in classes that the network does not know as well.
    seen = {image.tobytes() for image in faces.images[faces.splits == "Training"]}
    faces = class_choice.for_network(faces, labels)
    unknown = sorted(set(labels) - {labels[number] for number in np.unique(faces.labels)})
    if unknown:
        raise ContractError(
            f"{path}: has no faces of the network's class {', '.join(unknown)}; give its own data"
        )
    try:
        every, gate = faces.split("Training"), faces.split(gate_split)
    except ValueError as err:
        raise ContractError(
            f"{path}: {err}; choose one with --gate-split. Faces of one's own are measured best on some that "
            "training has not seen: folders train/ and test/, and --gate-split test"
        ) from err
    copies = np.array([image.tobytes() in seen for image in gate.images], dtype=bool)
    return ConversionFaces(every, gate, copies)
