"""Which frames are due when fewer are analysed than the camera delivers (pure).

Standard library only, Python 3.9: capture processes of the system's Python import this file.
"""

from __future__ import annotations


class Cadence:
    """Thins frames out to ``fps`` on average; None lets every frame through.

    A frame that comes up to a fifth of an interval early is taken, else a camera that
    jitters around the wanted rate would deliver half of it.
    """

    def __init__(self, fps: float | None) -> None:
        self._interval_s = 1 / fps if fps else 0.0
        self._next_s: float | None = None

    def due(self, now_s: float) -> bool:
        """Whether the frame of this moment is wanted; times must not decrease."""
        if not self._interval_s:
            return True
        if self._next_s is None:
            self._next_s = now_s
        if now_s <= self._next_s - self._interval_s / 5:
            return False
        # After a gap the rhythm starts anew, instead of catching up with a burst.
        self._next_s = max(self._next_s, now_s - self._interval_s) + self._interval_s
        return True
