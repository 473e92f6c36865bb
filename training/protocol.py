"""The rules that keep figures honest: what is held out, and which test images are copies.

FER2013 repeats images within and across its splits; a copy on the training side of a
held-out image makes every figure too good. Choices (network, epochs, temperature) are made
on the held-out part of Training; PublicTest only reports.
"""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt

from edge.contract.facesets import FaceSet


def digests(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.str_]:
    """One digest an image: equal exactly where the pixels are equal. (N, H, W) -> (N,)."""
    return np.array([hashlib.blake2b(image.tobytes(), digest_size=12).hexdigest() for image in images])


def hold_out(faces: FaceSet, share: float, seed: int) -> tuple[FaceSet, FaceSet]:
    """Divide a set into (kept, held out), each class by the same share, copies on one side.

    Whole groups of identical images are drawn, so no held-out image is seen in training.
    The same seed gives the same division whatever the order of the rows.
    """
    keys = digests(faces.images)
    rank = np.array([hashlib.blake2b(f"{seed}:{key}".encode(), digest_size=8).hexdigest() for key in keys])
    held = np.zeros(len(faces), dtype=bool)
    for label in range(len(faces.classes)):
        rows = np.flatnonzero(faces.labels == label)
        chosen = rows[np.argsort(rank[rows], kind="stable")][: round(share * len(rows))]
        held[chosen] = True
    held = np.isin(keys, keys[held])  # copies follow, whatever label they carry
    return faces.select(~held), faces.select(held)


def copies_of(faces: FaceSet, training: FaceSet) -> npt.NDArray[np.bool_]:
    """(N,) bool: which images of ``faces`` are exact copies of one in ``training``."""
    return np.isin(digests(faces.images), digests(training.images))
