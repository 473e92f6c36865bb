"""Small face sets and FER2013 files, made from a seed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from edge.contract.facesets import FaceSet
from edge.contract.labels import FER2013_LABELS

CLASSES = len(FER2013_LABELS)


def images(count: int, seed: int = 0) -> npt.NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (count, 48, 48), dtype=np.uint8)


def face_set(count: int = 70, split: str = "Training", seed: int = 0) -> FaceSet:
    """Noise with a bar of its class's own place: it can be learnt, and no two pictures pass for copies."""
    labels = np.arange(count, dtype=np.int64) % CLASSES
    pictures = images(count, seed) // 2
    for picture, label in zip(pictures, labels, strict=True):
        picture[6 * label : 6 * label + 6] += np.uint8(100)
    return FaceSet(pictures, labels, np.full(count, split), FER2013_LABELS)


def joined(*sets: FaceSet) -> FaceSet:
    groups = [s.groups for s in sets if s.groups is not None]
    return FaceSet(
        np.concatenate([s.images for s in sets]),
        np.concatenate([s.labels for s in sets]),
        np.concatenate([s.splits for s in sets]),
        FER2013_LABELS,
        groups=np.concatenate(groups) if groups else None,
    )


def csv_text(faces: FaceSet) -> str:
    rows = [
        f"{label},{' '.join(map(str, picture.ravel()))},{split}"
        for picture, label, split in zip(faces.images, faces.labels, faces.splits, strict=True)
    ]
    return "\n".join(["emotion,pixels,Usage", *rows]) + "\n"


def write_csv(path: Path, faces: FaceSet) -> Path:
    path.write_text(csv_text(faces), encoding="utf-8")
    return path
