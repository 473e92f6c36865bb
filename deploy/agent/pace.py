"""How often frames and windows can be expected of a configuration: what the gate may ask for, and when."""

from __future__ import annotations

from typing import Any, NamedTuple

#: What the daemon takes where the configuration says nothing.
_WINDOW_S = 10.0
#: A frame that is so many intervals old is late.
_INTERVALS = 2.5


class Pace(NamedTuple):
    """What a device does in its own time.

    Attributes:
        window_s: Length of a window; before its end there is nothing to acknowledge.
        frame_every_s: Of the slowest camera; 0 where none is slowed down.
    """

    window_s: float = _WINDOW_S
    frame_every_s: float = 0.0

    @classmethod
    def of(cls, configuration: dict[str, Any]) -> Pace:
        """Of a release's configuration; what a variable says only the daemon knows."""
        window_s = _number((configuration.get("aggregate") or {}).get("window_s"))
        rates = [_number(camera.get("fps")) for camera in configuration.get("cameras") or () if camera]
        slowest = min((rate for rate in rates if rate), default=None)
        return cls(window_s or _WINDOW_S, 1 / slowest if slowest else 0.0)

    def oldest_frame_s(self, usual_s: float) -> float:
        """What a frame's age may be: the usual, or more where frames come more seldom."""
        return max(usual_s, _INTERVALS * self.frame_every_s)


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
