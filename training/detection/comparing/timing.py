"""Detectors timed in turn, photo by photo, as a device runs them: at their own score."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import numpy as np

from edge.datatypes import BgrImage
from edge.protocols import FaceDetector


def medians_ms(
    detectors: Mapping[str, FaceDetector], photos: Sequence[BgrImage], rounds: int = 3
) -> dict[str, float]:
    """Median processor time of ``detect``, milliseconds, by name.

    All look at a photo before the next comes, so that what else the machine does meets all alike.
    Each photo is looked at once more before, untimed: buffers are built when the size changes.

    Args:
        detectors: By name.
        photos: Any sizes.
        rounds: Times that a photo is looked at; the least counts.
    """
    times_ms: dict[str, list[float]] = {name: [] for name in detectors}
    for photo in photos:
        for name, detector in detectors.items():
            detector.detect(photo)
            times_ms[name].append(min(_one_ms(detector, photo) for _ in range(rounds)))
    return {name: float(np.median(every)) for name, every in times_ms.items()}


def _one_ms(detector: FaceDetector, photo: BgrImage) -> float:
    began_s = time.process_time()
    detector.detect(photo)
    return 1000 * (time.process_time() - began_s)
