"""The real faces that a conversion needs: to calibrate with, and to measure with."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from edge.contract import fer2013
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


def read(path: Path, gate_split: str, labels: Sequence[str]) -> ConversionFaces:
    """Read FER2013 in any of its layouts.

    Raises:
        ContractError: It cannot be read, a split is not there, or the network has a class
            that the faces do not have.
    """
    faces = fer2013.read(path)
    if faces.skipped:
        log.warning("rows skipped=%d path=%s first=%s", len(faces.skipped), path, faces.skipped[0])
    unknown = sorted(set(labels) - set(faces.classes))
    if unknown:
        raise ContractError(
            f"{path}: has no faces of the network's class {', '.join(unknown)}; give its own data"
        )
    try:
        every, gate = faces.split("Training"), faces.split(gate_split)
    except ValueError as err:
        raise ContractError(f"{path}: {err}; choose one with --gate-split") from err
    seen = {image.tobytes() for image in every.images}
    gate = _renumbered(gate, labels)
    copies = np.array([image.tobytes() in seen for image in gate.images], dtype=bool)
    return ConversionFaces(_renumbered(every, labels), gate, copies)


def _renumbered(faces: FaceSet, labels: Sequence[str]) -> FaceSet:
    """Only the classes that the network knows, in its order."""
    number = np.array(
        [labels.index(name) if name in labels else -1 for name in faces.classes], dtype=np.int64
    )
    new = number[faces.labels]
    kept = new >= 0
    return FaceSet(faces.images[kept], new[kept], faces.splits[kept], tuple(labels))
