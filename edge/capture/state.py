"""How a camera is, as the daemon publishes it on ``<camera>/state``."""

from __future__ import annotations

from dataclasses import dataclass

from edge.capture.health import StateName


@dataclass(frozen=True, slots=True)
class CameraState:
    """One state of one camera.

    Attributes:
        state: streaming, stalled, reconnecting, disabled or ended.
        since_utc_s: When it began, seconds since 1970 UTC.
        reason: Why, for the operator; empty while streaming. Never holds credentials.
    """

    state: StateName
    since_utc_s: float
    reason: str
