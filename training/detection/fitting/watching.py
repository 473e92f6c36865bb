"""Runs a network that is being trained as the device will: letterboxed photos in, detections out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from edge.datatypes import Box, Detection
from edge.detectors.decode import decode
from edge.detectors.letterbox import letterbox
from edge.detectors.nms import suppress
from training.detection.fitting.cells import STRIDES
from training.detection.photos import Photo

#: Average precision needs the uncertain detections too.
LOWEST_SCORE = 0.02
_BATCH = 32


def found(bare: Any, photos: Sequence[Photo], score: float = LOWEST_SCORE) -> list[list[Detection]]:
    """Detections in each photo, in its pixels, best first.

    Args:
        bare: A network of :func:`training.detection.fitting.network.build`; photos are fitted into
            its input.
        photos: What to look at.
        score: Detections below it are left out.
    """
    height, width = bare.input_shape[1:3]
    every = []
    for start in range(0, len(photos), _BATCH):
        seen = [letterbox(photo.image, height, width) for photo in photos[start : start + _BATCH]]
        heads = [np.asarray(head) for head in bare.predict_on_batch(np.stack([one.image for one in seen]))]
        for row, one in enumerate(seen):
            boxes, scores = decode([head[row] for head in heads], STRIDES, score)
            factors = np.array([one.scale_x, one.scale_y] * 2, dtype=np.float32)
            kept = suppress(boxes, scores)
            every.append([Detection(Box(*map(float, boxes[i] / factors)), float(scores[i])) for i in kept])
    return every
