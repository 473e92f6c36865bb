"""Which faces an int8 conversion sees to find the range of each activation."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from edge.contract.facesets import FaceSet


def balanced(faces: FaceSet, count: int, seed: int) -> FaceSet:
    """Draw ``count`` faces without repetition, the classes as evenly as they allow.

    A class with too few gives all it has, and the others share the rest. The ranges of rare
    expressions would otherwise hang on a handful of images (disgust is 1.5% of FER2013).

    Returns:
        Fewer than ``count`` only where there are fewer; classes interleaved.
    Raises:
        ValueError: ``count`` is not positive.
    """
    if count < 1:
        raise ValueError(f"calibration needs at least one image, not {count}")
    rng = np.random.default_rng(seed)
    shuffled = rng.permutation(len(faces))
    rank = np.empty(len(faces), dtype=np.int64)
    for label in range(len(faces.classes)):
        rows = shuffled[faces.labels[shuffled] == label]
        rank[rows] = np.arange(len(rows))
    # The first of each class, then the second of each, and so on.
    order: npt.NDArray[np.int64] = np.lexsort((faces.labels, rank))
    return faces.select(order[:count])
