"""Identity over frames, from boxes alone: no picture, no embedding, nothing that survives the daemon."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from edge.datatypes import Box, Detection, Track


@dataclass(frozen=True, slots=True)
class TrackerLimits:
    """When a box belongs to a track, and when a track begins and ends.

    Attributes:
        min_iou: Overlap of the predicted and the detected box from which they match.
        max_jump: Where boxes do not overlap enough (low frame rates), the distance of their
            centres, in box sides, up to which they may still match.
        confirm: Detections before a track counts, so that one false positive is no face.
        max_gap_s: How long a track outlives its last detection.
    """

    min_iou: float = 0.2
    max_jump: float = 0.6
    confirm: int = 2
    max_gap_s: float = 1.0


@dataclass(slots=True)
class _Candidate:
    id: int
    box: Box
    score: float
    hits: int
    seen_s: float
    #: Movement of the centre, pixels a second.
    velocity: tuple[float, float]

    def predicted(self, now_s: float) -> Box:
        elapsed_s, (x1, y1, x2, y2), (vx, vy) = now_s - self.seen_s, self.box, self.velocity
        dx, dy = vx * elapsed_s, vy * elapsed_s
        return Box(x1 + dx, y1 + dy, x2 + dx, y2 + dy)


class _Shape(NamedTuple):
    """A box with what pairs of boxes are compared by: its centre and the side of a square of its area."""

    box: Box
    x: float
    y: float
    side: float

    @classmethod
    def of(cls, box: Box) -> _Shape:
        x, y = box.centre
        return cls(box, x, y, math.sqrt(box.area))

    def touches(self, other: _Shape) -> bool:
        """Whether the boxes overlap along x."""
        return self.box.x1 < other.box.x2 and other.box.x1 < self.box.x2


class Tracker:
    """One camera's tracks. Deterministic: the same detections give the same ids.

    A track keeps a constant velocity between its detections; detections are matched to
    predicted boxes greedily, best overlap first.
    """

    def __init__(self, limits: TrackerLimits) -> None:
        self._limits = limits
        self._candidates: list[_Candidate] = []
        self._next_id = 1

    def update(self, detections: Sequence[Detection], now_s: float) -> list[Track]:
        """The confirmed tracks after this frame; call it on empty lists too.

        Args:
            detections: What the detector found in this frame.
            now_s: Capture time of the frame on the monotonic clock.
        """
        unmatched = set(range(len(detections)))
        matched = set()
        for _, place, index in sorted(self._affinities(detections, now_s), reverse=True):
            if place in matched or index not in unmatched:
                continue
            matched.add(place)
            unmatched.remove(index)
            self._follow(self._candidates[place], detections[index], now_s)
        for index in sorted(unmatched):
            found = detections[index]
            self._candidates.append(_Candidate(self._next_id, found.box, found.score, 1, now_s, (0.0, 0.0)))
            self._next_id += 1
        return self.coast(now_s)

    def coast(self, now_s: float) -> list[Track]:
        """The confirmed tracks, carried to ``now_s`` where this frame was not searched."""
        limits = self._limits
        self._candidates = [
            c
            for c in self._candidates
            # An unconfirmed candidate has half the time: noise does not linger.
            if now_s - c.seen_s <= (limits.max_gap_s if c.hits >= limits.confirm else limits.max_gap_s / 2)
        ]
        return [
            Track(
                c.id, c.box if c.seen_s == now_s else c.predicted(now_s), c.score, detected=c.seen_s == now_s
            )
            for c in self._candidates
            if c.hits >= limits.confirm
        ]

    def whereabouts(self, now_s: float) -> list[Box]:
        """Where a face is or may be at ``now_s``: found just now, not yet confirmed, or lost a moment ago.

        For those who must not show a face. One that was lost is where it was, or where it was going.
        """
        lost = [c.predicted(now_s) for c in self._candidates if c.seen_s != now_s]
        return [c.box for c in self._candidates] + lost

    def _affinities(self, detections: Sequence[Detection], now_s: float) -> list[tuple[float, int, int]]:
        """(affinity, track, detection) of every pair that may match; overlap beats nearness.

        Most pairs of a crowd are far apart, so what a pair costs is kept small.
        """
        shapes = [_Shape.of(detection.box) for detection in detections]
        pairs = []
        for place, candidate in enumerate(self._candidates):
            predicted = _Shape.of(candidate.predicted(now_s))
            for index, shape in enumerate(shapes):
                iou = predicted.box.iou(shape.box) if predicted.touches(shape) else 0.0
                if iou >= self._limits.min_iou:
                    pairs.append((1.0 + iou, place, index))
                elif (nearness := self._nearness(predicted, shape)) > 0:
                    pairs.append((nearness, place, index))
        return pairs

    def _nearness(self, one: _Shape, other: _Shape) -> float:
        """1 for one centre, 0 at ``max_jump`` sides apart or where the sizes differ by more than half."""
        larger = max(one.side, other.side)
        reach = self._limits.max_jump * larger
        if abs(one.x - other.x) >= reach or min(one.side, other.side) < 0.5 * larger:
            return 0.0
        return 1.0 - math.hypot(one.x - other.x, one.y - other.y) / reach

    @staticmethod
    def _follow(candidate: _Candidate, detection: Detection, now_s: float) -> None:
        elapsed_s = now_s - candidate.seen_s
        if elapsed_s > 0:
            (x, y), (old_x, old_y) = detection.box.centre, candidate.box.centre
            fresh = ((x - old_x) / elapsed_s, (y - old_y) / elapsed_s)
            # Half of the newest movement: detector jitter must not throw the prediction about.
            vx, vy = candidate.velocity
            candidate.velocity = (0.5 * vx + 0.5 * fresh[0], 0.5 * vy + 0.5 * fresh[1])
        candidate.box, candidate.score, candidate.seen_s = detection.box, detection.score, now_s
        candidate.hits += 1
