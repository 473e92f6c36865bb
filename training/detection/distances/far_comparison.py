"""Detectors on faces far from the camera: shrunk frames, whole frames, tiles, and MTCNN's pyramid."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from edge import weights
from edge.detectors import compact
from edge.detectors.mtcnn import MtcnnDetector
from edge.detectors.settings import DEFAULT_SCORES, TilingSettings
from edge.detectors.tiling import TiledDetector
from edge.detectors.yunet import YunetDetector
from edge.errors import ModelError
from edge.protocols import FaceDetector
from training.detection import scoring, tables
from training.detection.comparing.comparison import FALSE_PER_PHOTO
from training.detection.distances.far import Far
from training.detection.photos import Photo
from training.detection.scoring import Truth

log = logging.getLogger(__name__)

#: Below it nearly everything is false, and decoding that is most of the time.
_LOWEST_SCORE = 0.05
#: Frames that are timed.
_TIMED = 2


class _Way(NamedTuple):
    """How a frame is looked at: shrunk to a longer side, and in which tiles."""

    input_px: int
    tile_px: int | None = None
    enlarge: float = 1.0

    def around(self, detector: FaceDetector, of_tiles: FaceDetector | None = None) -> FaceDetector:
        if self.tile_px is None:
            return detector
        overlap = TilingSettings().overlap
        return TiledDetector(detector, self.tile_px, overlap, enlarge=self.enlarge, of_tiles=of_tiles)


_WAYS = {
    "480 px": _Way(480),
    "whole frame": _Way(100_000),
    "tiles of 480 px": _Way(480, 480),
    "tiles of 240 px, twice as large": _Way(480, 240, 2.0),
}


@dataclass(frozen=True)
class FarContestant:
    """One way to search.

    Attributes:
        name: Of the row.
        load: Makes the detector for a lowest score; raises ModelError where it cannot be had.
        score: What a device would drop detections below: timed with it.
    """

    name: str
    load: Callable[[float], FaceDetector]
    score: float


@dataclass(frozen=True)
class FarRow:
    """What one way to search gave on frames of one kind.

    Attributes:
        name: Of the way.
        faces: How many counted.
        average_precision: At IoU .5.
        recall: At one false positive a frame.
        ms: Median processor time of a frame at the device's score.
    """

    name: str
    faces: int
    average_precision: float
    recall: float
    ms: float


def contestants(folder: Path, bundle: Path) -> Iterator[FarContestant]:
    """All rows: MTCNN as its package has it and down to its smallest face, YuNet, and ours.

    Args:
        folder: Third-party weights.
        bundle: Folder of the project's own detector.
    """
    for least_px in (20, 12):
        yield FarContestant(
            f"mtcnn, faces from {least_px} px",
            partial(MtcnnDetector, smallest_px=least_px),
            DEFAULT_SCORES["mtcnn"],
        )
    for said, way in _WAYS.items():
        yield FarContestant(f"yunet-s, {said}", partial(_yunet, folder, way), DEFAULT_SCORES["yunet"])
    for said, way in _WAYS.items():
        yield FarContestant(
            f"face-compact int8, {said}", partial(_ours, bundle, way), DEFAULT_SCORES["compact"]
        )


def judge(contestant: FarContestant, kinds: Mapping[Far, Sequence[Photo]]) -> Iterator[tuple[Far, FarRow]]:
    """Run one way over the frames of every kind, score and time it; logged where it cannot be had."""
    try:
        searching, timed = contestant.load(_LOWEST_SCORE), contestant.load(contestant.score)
    except ModelError as err:
        log.warning("left out of the comparison detector='%s' reason='%s'", contestant.name, err)
        return
    for far, frames in kinds.items():
        yield far, _row(contestant.name, searching, timed, frames, far)


def _row(
    name: str, searching: FaceDetector, timed: FaceDetector, frames: Sequence[Photo], far: Far
) -> FarRow:
    found = [searching.detect(frame.image) for frame in frames]
    truths = [Truth(frame.faces, frame.ignored) for frame in frames]
    # Larger faces are among the ignored; false positives of any larger size count.
    scored = scoring.score(truths, found, (far.sides_px[0], math.inf))
    timed.detect(frames[0].image)  # buffers are built on the first call
    times_s = []
    for frame in frames[:_TIMED]:
        started_s = time.process_time()
        timed.detect(frame.image)
        times_s.append(time.process_time() - started_s)
    return FarRow(
        name,
        scored.faces,
        scored.average_precision,
        scored.recall_at(FALSE_PER_PHOTO),
        1000 * float(np.median(times_s)),
    )


def markdown(rows: Mapping[Far, Sequence[FarRow]], described: str) -> str:
    """A table for each size of the frame, with the sizes of faces side by side."""
    parts = [described]
    for size in dict.fromkeys((far.width, far.height) for far in rows):
        kinds = [far for far in rows if (far.width, far.height) == size]
        header = ["detector"]
        for far in kinds:
            low, high = far.sides_px
            header += [f"AP, {low:g}-{high:g} px", f"recall at {FALSE_PER_PHOTO:g} false a frame"]
        body = [
            [
                same[0].name,
                *(text for row in same for text in (f"{row.average_precision:.3f}", f"{row.recall:.3f}")),
                f"{np.mean([row.ms for row in same]):.1f}",
            ]
            for same in zip(*(rows[far] for far in kinds), strict=True)
        ]
        counts = ", ".join(
            f"{rows[far][0].faces} faces of {far.sides_px[0]:g}-{far.sides_px[1]:g} px" for far in kinds
        )
        parts += [f"{size[0]}x{size[1]}: {counts}.", tables.markdown([*header, "ms of processor"], body)]
    return "\n\n".join(parts) + "\n"


def _yunet(folder: Path, way: _Way, score: float) -> FaceDetector:
    (net,) = weights.locate("yunet", folder)
    return way.around(YunetDetector(net, score, way.input_px))


def _ours(bundle: Path, way: _Way, score: float) -> FaceDetector:
    whole = compact.load_verified(bundle, "tflite", score, way.input_px)
    of_tiles = compact.load_verified(bundle, "tflite", score, way.input_px, near_faces=False)
    return way.around(whole, of_tiles)
