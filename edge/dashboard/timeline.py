"""Lanes of a timeline (pure): sums of the store, grouped so that few enough lanes are left to look at."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from edge.dashboard.choice import Span
from edge.dashboard.fleet import CameraKey
from edge.dashboard.palette import GAP
from edge.dashboard.store import Coverage, Sum

MAX_LANES = 12
#: After its newest window, a camera may take so many more windows' time before silence is a gap.
_PATIENCE_WINDOWS, _PATIENCE_S = 2.0, 10.0


@dataclass(frozen=True, slots=True)
class Lane:
    """One row: shares of each step's time by part, among what should have been covered.

    Attributes:
        place: Site, or site and device, or empty.
        name: Of the camera, device or site within its place, or "all sites".
        cameras: How many it sums up.
        steps: Part to its share in each step, 0..1; parts that never occur are left out.
        totals: Part to its share of the whole span.
    """

    place: str
    name: str
    cameras: int
    steps: dict[str, list[float]]
    totals: dict[str, float]


@dataclass(slots=True)
class _Lane:
    expected_s: list[float]
    parts: defaultdict[str, list[float]] = field(init=False)

    def __post_init__(self) -> None:
        self.parts = defaultdict(lambda: [0.0] * len(self.expected_s))


def first_step(span: Span, now_utc_s: float) -> int:
    """The oldest step of a span that ends now."""
    return math.floor(now_utc_s / span.step_s) - span.seconds // span.step_s + 1


def lanes(coverage: Mapping[int, Coverage], sums: Iterable[Sum], span: Span, now_utc_s: float) -> list[Lane]:
    """Rows of the timeline, by name.

    A row is a camera; where those would be more than :data:`MAX_LANES`, a device, a site, or all.
    Each camera counts equally. Steps before its first window, and those that its open window will
    cover, are not expected of a camera; what is missing else is a gap. Cameras that ended before are
    left out.
    """
    first, count = first_step(span, now_utc_s), span.seconds // span.step_s
    coverage = {key: camera for key, camera in coverage.items() if camera.newest_end > first * span.step_s}
    names = _lane_names([camera.key for camera in coverage.values()])
    found: dict[tuple[str, ...], _Lane] = {}
    members: defaultdict[tuple[str, ...], int] = defaultdict(int)
    for camera in coverage.values():
        name = names[camera.key]
        lane = found.setdefault(name, _Lane([0.0] * count))
        members[name] += 1
        _expect(lane.expected_s, camera, first, span.step_s, now_utc_s)
    for key, step, part, seconds in sums:
        # A window may have come in after the coverage was read.
        if key in coverage and first <= step < first + count:
            found[names[coverage[key].key]].parts[part][step - first] += seconds
    return [_closed(name, members[name], lane) for name, lane in sorted(found.items())]


def as_json(lane: Lane) -> dict[str, Any]:
    """For the page."""
    return {field.name: getattr(lane, field.name) for field in fields(lane)}


def _lane_names(keys: Iterable[CameraKey]) -> dict[CameraKey, tuple[str, ...]]:
    known = list(keys)
    for levels in (3, 2, 1):
        names = {key: key[:levels] for key in known}
        if len(set(names.values())) <= MAX_LANES:
            return names
    return dict.fromkeys(known, ("all sites",))


def _expect(expected_s: list[float], camera: Coverage, first: int, step_s: int, now_utc_s: float) -> None:
    patience_s = _PATIENCE_WINDOWS * camera.window_s + _PATIENCE_S
    silent = now_utc_s - camera.newest_end > patience_s
    begin = max(camera.first_start, first * step_s)
    end = now_utc_s if silent else min(now_utc_s, camera.newest_end)
    for step in range(max(0, math.floor(begin / step_s) - first), len(expected_s)):
        lower = (first + step) * step_s
        if lower >= end:
            break
        expected_s[step] += max(0.0, min(end, lower + step_s) - max(begin, lower))


def _closed(name: tuple[str, ...], cameras: int, lane: _Lane) -> Lane:
    covered = [sum(column) for column in zip(*lane.parts.values(), strict=True)] or [0.0] * len(
        lane.expected_s
    )
    # Windows that overlap (a device's clock was set back) cover more than their time.
    whole = [max(pair) for pair in zip(lane.expected_s, covered, strict=True)]
    # A hundredth of a second between windows is no gap.
    missing = [max(0.0, total - seen) for total, seen in zip(whole, covered, strict=True)]
    columns = {
        **lane.parts,
        GAP: [lost if lost > 0.02 * total else 0.0 for lost, total in zip(missing, whole, strict=True)],
    }
    steps = {
        part: [
            round(seconds / total, 3) if total else 0.0 for seconds, total in zip(column, whole, strict=True)
        ]
        for part, column in columns.items()
        if any(column)
    }
    all_s = sum(whole) or 1.0
    totals = {part: round(sum(columns[part]) / all_s, 3) for part in steps}
    return Lane(" / ".join(name[:-1]), name[-1], cameras, steps, totals)
