"""How long a camera may be silent, and how often it is opened again."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from edge.cameras import Section


class CaptureLimits(Section):
    """Bounds in seconds, the same for all cameras.

    Attributes:
        stalled_after_s: Without a frame, wanted or not, for this long, a camera is announced as stalled.
        kill_after_s: ... and for this long, its capture process is killed: only that frees a
            device whose driver hangs.
        open_within_s: Time from the start of a capture process to its first frame or other sign of life.
        backoff_min_s: Pause before the first attempt to open the camera again ...
        backoff_max_s: ... doubled with each failure up to this; each pause is shortened by a
            random part of up to a half, so that cameras do not knock in step.
        stop_within_s: Time for a camera to close at the end; then its process is killed.
    """

    stalled_after_s: Annotated[float, Field(gt=0, le=600)] = 5.0
    kill_after_s: Annotated[float, Field(gt=0, le=600)] = 10.0
    open_within_s: Annotated[float, Field(gt=0, le=600)] = 20.0
    backoff_min_s: Annotated[float, Field(gt=0, le=600)] = 1.0
    backoff_max_s: Annotated[float, Field(gt=0, le=3600)] = 30.0
    stop_within_s: Annotated[float, Field(gt=0, le=60)] = 1.0

    @model_validator(mode="after")
    def _ordered(self) -> CaptureLimits:
        if self.stalled_after_s > self.kill_after_s:
            raise ValueError("stalled_after_s must not exceed kill_after_s")
        if self.backoff_min_s > self.backoff_max_s:
            raise ValueError("backoff_min_s must not exceed backoff_max_s")
        return self
