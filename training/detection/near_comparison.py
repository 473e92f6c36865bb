"""Detectors on faces near the camera: whether the face is found, and what of it is taken for faces, too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from edge.datatypes import Box
from edge.protocols import FaceDetector
from training.detection import tables
from training.detection.near import Near
from training.detection.photos import Photo
from training.detection.scoring import IOU


@dataclass(frozen=True)
class NearRow:
    """What one detector gave on frames of one kind, at the score that a device uses.

    Attributes:
        name: Of the detector.
        found: Share of the faces that a box shows, at IoU .5.
        parts: Boxes a frame whose centre lies in the face and which show neither it nor another face.
    """

    name: str
    found: float
    parts: float


def judge(name: str, detector: FaceDetector, score: float, frames: Sequence[Photo]) -> NearRow:
    """Search the frames, each with one face that counts."""
    found = parts = 0
    for frame in frames:
        face = Box(*map(float, frame.faces[0]))
        boxes = [one.box for one in detector.detect(frame.image) if one.score >= score]
        shown = [box.iou(face) >= IOU for box in boxes]
        found += any(shown)
        others = [Box(*map(float, other)) for other in frame.ignored]
        parts += sum(
            not shows and _centre_within(box, face) and not any(box.iou(other) >= IOU for other in others)
            for box, shows in zip(boxes, shown, strict=True)
        )
    return NearRow(name, found / len(frames), parts / len(frames))


def _centre_within(box: Box, face: Box) -> bool:
    x, y = (box.x1 + box.x2) / 2, (box.y1 + box.y2) / 2
    return face.x1 <= x < face.x2 and face.y1 <= y < face.y2


def markdown(rows: Mapping[Near, Iterable[NearRow]], described: str) -> str:
    """One row a detector, one column a size of the face."""
    header = ["detector", *(f"{100 * near.share:g}% of the height" for near in rows)]
    body = [
        [same[0].name, *(f"{row.found:.0%} ({row.parts:.2f})" for row in same)]
        for same in zip(*rows.values(), strict=True)
    ]
    return f"{described}\n\n{tables.markdown(header, body)}\n"
