"""How long a camera may be silent, and how often it is opened again."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from edge.contract.section import Section, at_least


class CaptureLimits(Section):
    """Bounds in seconds, the same for all cameras.

    Attributes:
        stalled_after_s: Without a frame, wanted or not, for this long, a camera is announced as stalled.
        kill_after_s: ... and for this long, its capture process is killed: only that frees a
            device whose driver hangs.
        open_within_s: Time from the start of a capture process to its first frame or other sign of life.
        backoff_min_s: Pause before the first attempt to open the camera again ...
        backoff_max_s: ... doubled with each failure up to this; each pause is shortened by a
            random part of up to a half, so that cameras do not knock in step. With the default the
            first frame comes at most 3 s after the camera is back; an attempt costs a process start.
        stop_within_s: Time for a camera to close at the end; then its process is killed.
    """

    stalled_after_s: Annotated[float, Field(gt=0, le=600)] = 5.0
    kill_after_s: Annotated[float, Field(gt=0, le=600), at_least("stalled_after_s")] = 10.0
    open_within_s: Annotated[float, Field(gt=0, le=600)] = 20.0
    backoff_min_s: Annotated[float, Field(gt=0, le=600)] = 0.5
    backoff_max_s: Annotated[float, Field(gt=0, le=3600), at_least("backoff_min_s")] = 1.5
    stop_within_s: Annotated[float, Field(gt=0, le=60)] = 1.0
