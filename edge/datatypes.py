"""What flows through the pipeline, in its order: Frame, Detection, Track, Observation, EmotionEvent.

What is made for every face of every frame is a named tuple: a frozen dataclass takes twice as long to make.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

#: (H, W, 3) uint8, blue-green-red as OpenCV keeps it.
BgrImage = npt.NDArray[np.uint8]
#: (N, height, width, 1) float32, grey, 0..255: what a classifier takes.
FaceTensor = npt.NDArray[np.float32]
#: (N, C) float32; each row sums to 1.
Probabilities = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of one camera.

    Attributes:
        camera: Name of the camera, as configured.
        image: (H, W, 3) uint8, BGR; valid until the pipeline has processed the frame.
        index: Number of the frame since its source was opened, from 0; gaps are dropped frames.
        monotonic_s: When it was captured, on the clock that never steps; media time in a replay.
        utc_s: The same moment as seconds since 1970-01-01 UTC.
        clock_synced: Whether the wall clock was synchronised when ``utc_s`` was read.
        dropped: Frames of this source dropped before this one, in all.
    """

    camera: str
    image: BgrImage
    index: int
    monotonic_s: float
    utc_s: float
    clock_synced: bool = True
    dropped: int = 0


class Box(NamedTuple):
    """A rectangle in pixels of the image, x2 and y2 exclusive; may overhang the edge."""

    x1: float
    y1: float
    x2: float
    y2: float

    @property
    def width(self) -> float:
        return self.x2 - self.x1

    @property
    def height(self) -> float:
        return self.y2 - self.y1

    @property
    def area(self) -> float:
        x1, y1, x2, y2 = self
        return (x2 - x1) * (y2 - y1) if x2 > x1 and y2 > y1 else 0.0

    @property
    def centre(self) -> tuple[float, float]:
        x1, y1, x2, y2 = self
        return (x1 + x2) / 2, (y1 + y2) / 2

    def iou(self, other: Box) -> float:
        """Intersection over union, 0..1."""
        width = min(self.x2, other.x2) - max(self.x1, other.x1)
        height = min(self.y2, other.y2) - max(self.y1, other.y1)
        if width <= 0 or height <= 0:
            return 0.0
        shared = width * height
        return shared / (self.area + other.area - shared)


class Detection(NamedTuple):
    """One face that a detector found.

    Attributes:
        box: Pixels of the image.
        score: The detector's own confidence, 0..1; not comparable between detectors.
        landmarks: (x, y) in pixels: right eye, left eye, nose, right and left mouth corner
            ("right" is the subject's), or empty where the detector has none.
    """

    box: Box
    score: float
    landmarks: tuple[tuple[float, float], ...] = ()

    def moved(self, x: float, y: float) -> Detection:
        """The same detection in a picture that begins (x, y) pixels further left and up."""
        box = Box(self.box.x1 + x, self.box.y1 + y, self.box.x2 + x, self.box.y2 + y)
        return Detection(box, self.score, tuple((px + x, py + y) for px, py in self.landmarks))

    def scaled(self, x: float, y: float) -> Detection:
        """The same detection in a picture that is x times as wide and y times as high."""
        box = Box(self.box.x1 * x, self.box.y1 * y, self.box.x2 * x, self.box.y2 * y)
        return Detection(box, self.score, tuple((px * x, py * y) for px, py in self.landmarks))


class Track(NamedTuple):
    """One face followed over frames.

    Attributes:
        id: Unique within one camera and one run of the daemon; never published.
        box: Where it is in the newest frame, in pixels.
        score: Score of its last detection.
        detected: Whether the newest frame showed it; False while it is carried over a gap.
    """

    id: int
    box: Box
    score: float
    detected: bool


class Observation(NamedTuple):
    """One track in one frame, classified and smoothed.

    Attributes:
        track: The track.
        label: The most probable class, or None where the classifier abstains.
        probabilities: (C,) float32, smoothed over the track's time, summing to 1.
    """

    track: Track
    label: str | None
    probabilities: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class FaceCounts:
    """How many faces a window saw; tracks are counted, never identified."""

    tracks: int
    mean_in_view: float
    max_in_view: int
    observations: int


@dataclass(frozen=True, slots=True)
class CaptureCounts:
    """What the camera delivered in a window."""

    frames: int
    dropped: int
    fps: float


@dataclass(frozen=True, slots=True)
class EmotionEvent:
    """One closed window of one camera: the unit that is published.

    Attributes:
        camera: Name of the camera.
        start_utc_s: First moment of the window, seconds since 1970 UTC.
        end_utc_s: End of the window, exclusive.
        clock_synced: Whether its times come from a synchronised wall clock.
        capture: Frames seen and dropped.
        faces: Counts; None where suppressed.
        shares: Label to its share of the non-abstaining observations, largest first, only
            those above zero; None where suppressed, empty where nobody was seen.
        abstained_share: Observations without a label among all; None where suppressed.
        suppressed: True where fewer faces than k_min were seen (privacy): no shares, no counts.
        end_monotonic_s: Its end on the clock that never steps, by which a wrong time can be put right.
    """

    camera: str
    start_utc_s: float
    end_utc_s: float
    clock_synced: bool
    capture: CaptureCounts
    faces: FaceCounts | None
    shares: Mapping[str, float] | None
    abstained_share: float | None
    suppressed: bool
    end_monotonic_s: float | None = None

    @property
    def dominant(self) -> str | None:
        """The label with the largest share, if any."""
        return next(iter(self.shares), None) if self.shares else None
