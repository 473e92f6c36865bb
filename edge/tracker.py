"""Identity over frames, from boxes alone: no picture, no embedding, nothing that survives the daemon."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

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

    def moved(self, now_s: float) -> tuple[float, float]:
        """How far it should have come since it was seen, pixels along x and y."""
        elapsed_s, (vx, vy) = now_s - self.seen_s, self.velocity
        return vx * elapsed_s, vy * elapsed_s

    def predicted(self, now_s: float) -> Box:
        (dx, dy), (x1, y1, x2, y2) = self.moved(now_s), self.box
        return Box(x1 + dx, y1 + dy, x2 + dx, y2 + dy)


#: A box, and what pairs of boxes are compared by: its centre, its area and the side of such a square.
_Shape = tuple[float, float, float, float, float, float, float, float]


def _shape(box: Box, dx: float = 0.0, dy: float = 0.0) -> _Shape:
    """The box, moved. In plain steps: properties and functions of a box would be ten calls for each."""
    x1, y1, x2, y2 = box
    x1, y1, x2, y2 = x1 + dx, y1 + dy, x2 + dx, y2 + dy
    area = (x2 - x1) * (y2 - y1) if x2 > x1 and y2 > y1 else 0.0
    return x1, y1, x2, y2, (x1 + x2) / 2, (y1 + y2) / 2, area, math.sqrt(area)


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
        limits = self._limits
        self._candidates = [
            c
            for c in self._candidates
            # An unconfirmed candidate has half the time: noise does not linger.
            if now_s - c.seen_s <= (limits.max_gap_s if c.hits >= limits.confirm else limits.max_gap_s / 2)
        ]
        return self.coast(now_s)

    def coast(self, now_s: float) -> list[Track]:
        """The confirmed tracks, carried to ``now_s`` where this frame was not searched.

        None ends by that: who is not looked for is not missed.
        """
        limits = self._limits
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
        shapes = [_shape(detection.box) for detection in detections]
        pairs = []
        for place, candidate in enumerate(self._candidates):
            predicted = _shape(candidate.box, *candidate.moved(now_s))
            for index, shape in enumerate(shapes):
                affinity = self._affinity(predicted, shape)
                if affinity > 0:
                    pairs.append((affinity, place, index))
        return pairs

    def _affinity(self, one: _Shape, other: _Shape) -> float:
        """Above 1 by their overlap; else how near they are: 1 for one centre, 0 for too far or too unlike.

        Too far is ``max_jump`` sides apart, too unlike one side below half of the other.
        """
        ax1, ay1, ax2, ay2, ax, ay, a_area, a_side = one
        bx1, by1, bx2, by2, bx, by, b_area, b_side = other
        width = (ax2 if ax2 < bx2 else bx2) - (ax1 if ax1 > bx1 else bx1)
        height = (ay2 if ay2 < by2 else by2) - (ay1 if ay1 > by1 else by1)
        shared = width * height
        iou = shared / (a_area + b_area - shared) if width > 0 and height > 0 else 0.0
        if 0 < iou >= self._limits.min_iou:  # min_iou may be 0: boxes that do not touch are still no match
            return 1.0 + iou
        larger, smaller = (a_side, b_side) if a_side > b_side else (b_side, a_side)
        reach = self._limits.max_jump * larger
        if abs(ax - bx) >= reach or smaller < 0.5 * larger:
            return 0.0
        return 1.0 - math.hypot(ax - bx, ay - by) / reach

    @staticmethod
    def _follow(candidate: _Candidate, detection: Detection, now_s: float) -> None:
        elapsed_s = now_s - candidate.seen_s
        if elapsed_s > 0:
            (x1, y1, x2, y2), (old_x1, old_y1, old_x2, old_y2) = detection.box, candidate.box
            x, y = (x1 + x2) / 2 - (old_x1 + old_x2) / 2, (y1 + y2) / 2 - (old_y1 + old_y2) / 2
            # Half of the newest movement: detector jitter must not throw the prediction about.
            vx, vy = candidate.velocity
            candidate.velocity = (0.5 * vx + 0.5 * (x / elapsed_s), 0.5 * vy + 0.5 * (y / elapsed_s))
        candidate.box, candidate.score, candidate.seen_s = detection.box, detection.score, now_s
        candidate.hits += 1
