"""A supervised camera in a loop of the test's own, and what has been seen of it."""

from __future__ import annotations

import select
import time
from collections.abc import Callable

from edge.capture.limits import CaptureLimits
from edge.capture.supervisor import CameraSupervisor
from tests.cameras import parse_camera

SHORT = CaptureLimits(
    stalled_after_s=1.0, kill_after_s=2.0, open_within_s=6.0, backoff_min_s=0.2, backoff_max_s=1.0
)


class Watch:
    """A supervised camera and what has been seen of it."""

    def __init__(self, fields: dict[str, object], limits: CaptureLimits = SHORT) -> None:
        self.supervisor = CameraSupervisor(parse_camera({"name": "cam", **fields}), limits)
        self.frames = 0
        self.shape: tuple[int, ...] = ()
        self.indexes: list[int] = []
        self.last_pixel: tuple[int, ...] = ()
        self.states: list[str] = []
        self.reasons = ""

    def until(self, condition: Callable[[], bool], seconds: float = 15.0) -> float:
        """Turn the loop until the condition holds; how long it took, in seconds."""
        began = time.monotonic()
        while not condition():
            assert time.monotonic() - began < seconds, f"{self.supervisor.state} after {self.frames} frames"
            select.select(self.supervisor.filenos(), [], [], 0.05)
            self.supervisor.tick(time.monotonic())
            if (changed := self.supervisor.poll_state_change()) is not None:
                self.states.append(changed.state)
                self.reasons += changed.reason
            frame = self.supervisor.take()
            if frame is not None:
                self.frames += 1
                self.shape = frame.image.shape
                self.indexes.append(frame.index)
                self.last_pixel = tuple(int(value) for value in frame.image[-1, -1])
                self.supervisor.release()
        return time.monotonic() - began

    def more(self, count: int) -> Callable[[], bool]:
        wanted = self.frames + count
        return lambda: self.frames >= wanted

    def in_state(self, name: str) -> Callable[[], bool]:
        return lambda: self.supervisor.state.state == name
