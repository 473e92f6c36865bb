"""Faces that nobody drew a box round: neither face nor background, as far as a run can tell.

People who label photos pass over faces in the background: in the photos of masked faces one for
every four that they drew. Taken for background they would teach a network to overlook such faces.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from edge.datatypes import Box, Detection
from edge.protocols import FaceDetector
from training.detection.photos import Photo

#: A detection that overlaps a box by more shows what is in the box.
_IOU = 0.2


def set_aside(photos: Sequence[Photo], detector: FaceDetector) -> tuple[list[Photo], int]:
    """The photos with such faces among what is ignored, and how many there are.

    Args:
        photos: With boxes made by people.
        detector: Finds what they passed over; it should give only what it is sure of.
    """
    seen, number = [], 0
    for photo in photos:
        new = [list(one.box) for one in detector.detect(photo.image) if not _is_known(one, photo)]
        number += len(new)
        ignored = np.concatenate([photo.ignored, np.array(new, dtype=np.float32).reshape(-1, 4)])
        seen.append(replace(photo, ignored=ignored))
    return seen, number


def _is_known(one: Detection, photo: Photo) -> bool:
    x, y = one.box.centre
    if any(x1 <= x <= x2 and y1 <= y <= y2 for x1, y1, x2, y2 in photo.ignored):
        return True
    return any(one.box.iou(Box(*map(float, face))) > _IOU for face in photo.faces)
