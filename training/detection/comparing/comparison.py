"""Detectors side by side on the same photos: how good, how fast, how large."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from edge.datatypes import Detection
from edge.protocols import FaceDetector
from training.detection import scoring
from training.detection.comparing import conditions
from training.detection.photos import Photo
from training.detection.scoring import Scored, Truth

#: Shorter sides of faces in pixels of the photo; the first begins at the smallest that counts.
SIZES_PX = ((0.0, 47.999), (48.0, 95.999), (96.0, math.inf))
#: Recall is told at the threshold that gives so many false positives a photo.
FALSE_PER_PHOTO = 1.0


@dataclass(frozen=True)
class Row:
    """What one detector gave.

    Attributes:
        name: Of the detector and its setting.
        whole: On all photos, all sizes.
        by_size: Recall and average precision of the faces of one size, by its name.
        by_part: On the photos of one part, by its name.
        ms: Median over the photos of the time for one, one thread, milliseconds.
        parameters: Number of weights, where it is a network.
        size_bytes: Of the model files, where they are known.
    """

    name: str
    whole: Scored
    by_size: dict[str, Scored]
    by_part: dict[str, Scored]
    ms: float
    parameters: int | None
    size_bytes: int | None
    found: list[list[Detection]] = field(repr=False, default_factory=list)


def judge(
    name: str,
    detector: FaceDetector,
    photos: Sequence[Photo],
    min_face_px: float,
    parameters: int | None,
    size_bytes: int | None,
) -> Row:
    """Run one detector over the photos and score it."""
    found, times_s = [], []
    detector.detect(photos[0].image)  # buffers are built on the first call
    for photo in photos:
        started_s = time.perf_counter()
        found.append(detector.detect(photo.image))
        times_s.append(time.perf_counter() - started_s)
    return Row(
        name=name,
        whole=_scored(photos, found, min_face_px, math.inf),
        by_size={
            size_name(low, high, min_face_px): _scored(photos, found, max(low, min_face_px), high)
            for low, high in SIZES_PX
        },
        by_part={
            part: _scored([photos[i] for i in chosen], [found[i] for i in chosen], min_face_px, math.inf)
            for part, chosen in conditions.parts(photos).items()
        },
        ms=1000 * float(np.median(times_s)),
        parameters=parameters,
        size_bytes=size_bytes,
        found=found,
    )


def size_name(low: float, high: float, min_face_px: float) -> str:
    """A size in words."""
    start = max(low, min_face_px)
    return f"{start:.0f}+ px" if math.isinf(high) else f"{start:.0f}-{math.ceil(high):.0f} px"


def _scored(photos: Sequence[Photo], found: Sequence[Sequence[Detection]], low: float, high: float) -> Scored:
    truths = [Truth(photo.faces, photo.ignored) for photo in photos]
    return scoring.score(truths, found, (low, high))
