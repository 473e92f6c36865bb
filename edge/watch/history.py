"""The windows of one camera in the order of their time, with the gaps between them (pure)."""

from __future__ import annotations

import bisect
from dataclasses import dataclass
from enum import Enum

#: More than any terminal is wide.
_KEPT = 300
#: Windows follow one another closely; a hole of more than this part of one is a gap.
_HOLE = 0.5


class Kind(Enum):
    """What a place in time holds."""

    WINDOW = "window"
    SUPPRESSED = "suppressed"
    GAP = "gap"


@dataclass(frozen=True, slots=True)
class Cell:
    """One place in time; ``in_view`` is the mean number of faces."""

    kind: Kind
    in_view: float = 0.0
    dominant: str | None = None


_GAP = Cell(Kind.GAP)


class History:
    """Windows may come late: what was sent after an outage fills the gap that it left."""

    def __init__(self) -> None:
        self._windows: list[tuple[float, float, Cell]] = []
        self._came_s = 0.0

    def add(self, start_s: float, end_s: float, cell: Cell, now_s: float) -> None:
        """Take in a window of the device's time ``start_s`` to ``end_s`` that arrived at ``now_s``."""
        bisect.insort(self._windows, (start_s, end_s, cell), key=lambda window: window[0])
        self._came_s = now_s
        del self._windows[:-_KEPT]

    def cells(self, count: int, now_s: float) -> list[Cell]:
        """The last so many places in time, oldest first; what is overdue by now is a gap."""
        newest_first: list[Cell] = []
        later_start_s: float | None = None
        for start_s, end_s, cell in reversed(self._windows):
            length_s = max(end_s - start_s, 1e-3)
            hole_s = now_s - self._came_s - length_s if later_start_s is None else later_start_s - end_s
            gaps = int(min(count, hole_s / length_s + _HOLE)) if hole_s > 0 else 0
            newest_first += [_GAP] * gaps + [cell]
            later_start_s = start_s
            if len(newest_first) >= count:
                break
        return newest_first[:count][::-1]
