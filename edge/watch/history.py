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
        if self._windows[-1][0] == start_s:  # a late one says nothing about the next
            self._came_s = now_s
        del self._windows[:-_KEPT]

    def cells(self, count: int, now_s: float) -> list[Cell]:
        """The last so many places in time, oldest first; what is overdue by now is a gap."""
        newest_first: list[Cell] = []
        for place in range(len(self._windows) - 1, -1, -1):
            gaps = int(min(count, self._hole_after(place, now_s) / self._usual_s(place) + _HOLE))
            newest_first += [_GAP] * gaps + [self._windows[place][2]]
            if len(newest_first) >= count:
                break
        return newest_first[:count][::-1]

    def _hole_after(self, place: int, now_s: float) -> float:
        """Seconds until the next window, or by which the next one is overdue."""
        if place + 1 < len(self._windows):
            return max(0.0, self._windows[place + 1][0] - self._windows[place][1])
        return max(0.0, now_s - self._came_s - self._usual_s(place))

    def _usual_s(self, place: int) -> float:
        """How long a window is here; one that was closed early, by a pause say, is no measure."""
        around = self._windows[max(0, place - 1) : place + 2]
        return max(1e-3, *(end_s - start_s for start_s, end_s, _ in around))
