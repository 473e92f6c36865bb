"""Hard negatives: what the network takes for a face in its own training photos, wrongly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from edge.datatypes import Box, Detection
from training.detection.fitting.composing import Mistake
from training.detection.fitting.watching import found
from training.detection.photos import Photo

#: From this score on a detection is a mistake worth looking at again.
_SCORE = 0.25
#: A detection that overlaps a face by more shows the face, if badly.
_IOU = 0.3


def mistakes(bare: Any, photos: Sequence[Photo], sample: int, rng: np.random.Generator) -> list[Mistake]:
    """False positives in a random sample of the photos."""
    chosen = rng.permutation(len(photos))[:sample]
    return [
        Mistake(int(index), *one.box.centre, max(one.box.width, one.box.height))
        for index, detections in zip(chosen, found(bare, [photos[i] for i in chosen], _SCORE), strict=True)
        for one in detections
        if not _excused(one, photos[index])
    ]


def _excused(one: Detection, photo: Photo) -> bool:
    box = one.box
    if any(box.iou(Box(*map(float, face))) > _IOU for face in photo.faces):
        return True
    x, y = box.centre
    return any(x1 <= x <= x2 and y1 <= y <= y2 for x1, y1, x2, y2 in photo.ignored)
