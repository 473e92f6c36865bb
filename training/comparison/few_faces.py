"""A few faces in files, for a conversion that is only to tell how large and how fast a network becomes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from edge.contract import class_choice
from edge.contract.facesets import FaceSet
from edge.contract.labels import same_classes
from edge.errors import EmotionEdgeError
from training.comparison.row import SPLITS

#: What the folder ``test/`` is read as.
GATE_SPLIT = "test"
#: Bytes and speed depend on neither their number nor their choice.
_FACES_A_CLASS = 4


def write(folder: Path, faces: FaceSet, labels: Sequence[str]) -> None:
    """Some faces of each class as ``train/<class>/`` and ``test/<class>/``, the layout of any classes.

    Args:
        folder: Made here.
        faces: Any data, all splits.
        labels: Of the network to be converted; FER+'s may be other than those of the faces.
    Raises:
        ContractError: No face has one of the labels.
        EmotionEdgeError: A picture cannot be written.
    """
    # All classes where the network's are among them: what a folder's classes are is told by all names.
    if None in same_classes(labels, faces.classes):
        faces = class_choice.for_network(faces, labels)
    judged = next((name for name in SPLITS.values() if (faces.splits == name).any()), "Training")
    for split, place in (("Training", "train"), (judged, GATE_SPLIT)):
        for label, name in enumerate(faces.classes):
            chosen = np.flatnonzero((faces.labels == label) & (faces.splits == split))
            for number, row in enumerate(chosen[:_FACES_A_CLASS]):
                _write_picture(folder / place / name / f"{number}.png", faces, row)


def _write_picture(path: Path, faces: FaceSet, row: np.int64) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not cv2.imwrite(str(path), faces.images[row]):
        raise EmotionEdgeError(f"{path}: cannot be written; free some space there")
