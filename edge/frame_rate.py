"""How many frames a second are analysed, smoothed for the eye."""

from __future__ import annotations

_KEPT = 0.9


class FrameRate:
    """Told the time of each frame; that clock must not step."""

    def __init__(self) -> None:
        self._then_s: float | None = None
        self._interval_s = 0.0

    def tick(self, now_s: float) -> float:
        """Frames a second after one more frame; 0 after the first."""
        if self._then_s is not None:
            interval_s = now_s - self._then_s
            before_s = self._interval_s or interval_s
            self._interval_s = _KEPT * before_s + (1 - _KEPT) * interval_s
        self._then_s = now_s
        return 1 / self._interval_s if self._interval_s else 0.0
