"""Small objects with defaults, so that a test names only what it is about."""

from __future__ import annotations

import numpy as np

from edge.datatypes import BgrImage, Box, Detection, Frame, Observation, Track

LABELS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")


def image(width: int = 64, height: int = 48, value: int = 127) -> BgrImage:
    return np.full((height, width, 3), value, dtype=np.uint8)


def frame(
    monotonic_s: float = 0.0,
    *,
    index: int = 0,
    dropped: int = 0,
    utc_offset_s: float = 1_800_000_000.0,
    clock_synced: bool = True,
    camera: str = "door",
    picture: BgrImage | None = None,
) -> Frame:
    return Frame(
        camera=camera,
        image=image() if picture is None else picture,
        index=index,
        monotonic_s=monotonic_s,
        utc_s=monotonic_s + utc_offset_s,
        clock_synced=clock_synced,
        dropped=dropped,
    )


def detection(x: float = 0.0, y: float = 0.0, side: float = 40.0, score: float = 0.9) -> Detection:
    return Detection(Box(x, y, x + side, y + side), score)


def track(id: int = 1, *, detected: bool = True, box: Box | None = None) -> Track:  # noqa: A002 - the field's name
    return Track(id, box or Box(0, 0, 40, 40), 0.9, detected)


def observation(label: str | None = "happy", id: int = 1) -> Observation:  # noqa: A002 - the track's id
    return Observation(track(id), label, np.full(len(LABELS), 1 / len(LABELS), np.float32))
