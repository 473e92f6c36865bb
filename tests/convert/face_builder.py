"""Small face sets for the conversion's tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from edge.contract.facesets import FaceSet


def face_set(labels: npt.ArrayLike, classes: tuple[str, ...], split: str = "Training") -> FaceSet:
    """Each image is grey of the brightness of its number, so that rows can be told apart."""
    numbers = np.asarray(labels, dtype=np.int64)
    images = np.arange(len(numbers), dtype=np.uint8)[:, None, None] * np.ones((1, 48, 48), dtype=np.uint8)
    return FaceSet(images, numbers, np.full(len(numbers), split), classes)


def banded_faces(count: int, seed: int) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Noise with a bright band whose height is the class: seven classes that a tiny network tells apart."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 7, count)
    images = rng.integers(40, 110, (count, 48, 48))
    for image, label in zip(images, labels, strict=True):
        image[3 + 6 * label : 9 + 6 * label] += 120
    return images.astype(np.uint8), labels


def write_npz(path: Path, seed: int = 0) -> Path:
    """FER2013's npz layout: 280 training faces, 140 of PublicTest, 20 of those copies of training faces."""
    images, labels = banded_faces(420, seed)
    images[280:300], labels[280:300] = images[:20], labels[:20]
    usage = np.repeat(np.array([0, 1], dtype=np.uint8), [280, 140])
    np.savez(path, pixels=images, label=labels.astype(np.uint8), usage=usage)
    return path
