"""Detectors on faces near the camera: whether the face is found, and what of it is taken for faces, too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from edge.contract import manifest
from edge.datatypes import Box
from edge.detectors import compact
from edge.detectors.settings import DEFAULT_SCORES
from edge.protocols import FaceDetector
from training.detection import tables
from training.detection.comparing import contestants
from training.detection.comparing.contestants import Contestant
from training.detection.distances.near import Near
from training.detection.photos import Photo
from training.detection.scoring import IOU

#: The daemon's own.
INPUT_PX = 480


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


def every(folder: Path, bundles: Sequence[Path]) -> Iterator[Contestant]:
    """All rows: the seeds' detectors and YuNet, and ours as devices run them and with one look at each frame.

    Args:
        folder: Third-party weights.
        bundles: Folders of detectors of the project's own.
    """
    yield from contestants.contestants(folder, [], [INPUT_PX], 0)
    score = DEFAULT_SCORES["compact"]
    for bundle in bundles:
        said = manifest.load(bundle).manifest
        for runtime, file in said.files.items():
            for near_faces, looks in ((True, ""), (False, ", one look")):
                load = partial(compact.load_verified, bundle, runtime, score, INPUT_PX, near_faces=near_faces)
                yield Contestant(f"{said.name} {runtime}{looks}", load, score, None, file.bytes)


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


def described(made: Mapping[Near, Sequence[Photo]], photos: int, origin: str) -> str:
    """What the table shows, made of so many photos of ``origin``."""
    kind, frames = next(iter(made.items()))
    return (
        f"{len(frames)} frames of {kind.width}x{kind.height} for each size, made of the {photos} photos of "
        f"{origin}, seen at {INPUT_PX} px: how many of the faces are found at each detector's own score, and "
        "in brackets how many boxes a frame are within the face and show neither it nor another. A size is "
        "the longer side of the face's box."
    )


def markdown(rows: Mapping[Near, Iterable[NearRow]], heading: str) -> str:
    """One row a detector, one column a size of the face."""
    header = ["detector", *(f"{100 * near.share:g}% of the height" for near in rows)]
    body = [
        [same[0].name, *(f"{row.found:.0%} ({row.parts:.2f})" for row in same)]
        for same in zip(*rows.values(), strict=True)
    ]
    return f"{heading}\n\n{tables.markdown(header, body)}\n"
