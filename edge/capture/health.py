"""When a camera is stalled, when its process is killed, when it is opened again (pure)."""

from __future__ import annotations

import random
from enum import Enum
from typing import Literal, NamedTuple

from edge.capture.limits import CaptureLimits

StateName = Literal["streaming", "stalled", "reconnecting", "disabled", "ended"]


class Act(Enum):
    """What the supervisor has to do now."""

    NOTHING = "nothing"
    START = "start"
    KILL = "kill"


class Condition(NamedTuple):
    """How a camera is, as it is published."""

    state: StateName
    reason: str


class Health:
    """The state machine of one camera; times are seconds of a clock that never steps.

    ``condition`` says how the camera is. The supervisor reports what happened (``started``,
    ``delivered``, ``alive``, ``gone``, ``ended``) and asks with ``step`` what to do. Only a frame
    makes a camera streaming and forgives failures: a source may be busy for ever and deliver nothing.
    """

    def __init__(self, limits: CaptureLimits, jitter: random.Random) -> None:
        self.condition = Condition("reconnecting", "opening for the first time")
        self._limits = limits
        self._jitter = jitter
        self._running = False
        self._failures = 0
        self._start_at_s: float | None = None
        self._signed_s = 0.0
        self._delivers = False
        self._leave_by_s = 0.0

    @property
    def signed_s(self) -> float:
        """When the camera last gave a sign of life."""
        return self._signed_s

    @property
    def failures(self) -> int:
        """Failed attempts in a row, since the last frame."""
        return self._failures

    def disable(self, reason: str, now_s: float) -> None:
        """The camera is switched off: its process is to leave, and none is started."""
        self.condition = Condition("disabled", reason)
        self._leave_by_s = now_s + self._limits.stop_within_s

    def enable(self) -> None:
        """The camera is switched on again: its process is started as soon as the last one has left."""
        if self.condition.state == "disabled":
            self.condition = Condition("reconnecting", "switched on")
            self._start_at_s, self._failures = None, 0

    def started(self, now_s: float) -> None:
        """A capture process runs; it has yet to deliver."""
        self._running, self._delivers = True, False
        self._signed_s = now_s

    def alive(self, now_s: float) -> None:
        """A sign of life without a frame: ends a silence, also a stall of a process that has delivered."""
        self._signed_s = now_s
        if self.condition.state == "stalled":
            self.condition = Condition("streaming", "")

    def delivered(self, now_s: float) -> None:
        """A frame came."""
        self._signed_s = now_s
        if self.condition.state == "disabled":
            return
        self._running = self._delivers = True
        self._failures = 0
        self.condition = Condition("streaming", "")

    def gone(self, now_s: float, reason: str) -> None:
        """The capture process has left, or could not be started; sets the time of the next attempt."""
        self._running = self._delivers = False
        if self.condition.state in {"ended", "disabled"}:
            return
        self._start_at_s = now_s + self._pause_s()
        self._failures += 1
        self.condition = Condition("reconnecting", reason)

    def ended(self) -> None:
        """A file has been read to its end; it is not opened again."""
        self._running = False
        self.condition = Condition("ended", "the recording has been read to its end")

    def step(self, now_s: float) -> Act:
        """What to do now; moves ``condition`` on where time alone has changed it."""
        if self.condition.state == "disabled":
            return Act.KILL if self._running and now_s >= self._leave_by_s else Act.NOTHING
        if self.condition.state == "ended":
            return Act.NOTHING
        if not self._running:
            due = self._start_at_s is None or now_s >= self._start_at_s
            return Act.START if due else Act.NOTHING
        silent_s = now_s - self._signed_s
        if silent_s >= (self._limits.kill_after_s if self._delivers else self._limits.open_within_s):
            return Act.KILL
        if self._delivers and silent_s >= self._limits.stalled_after_s:
            self.condition = Condition("stalled", f"no frame for {self._limits.stalled_after_s:g} s")
        return Act.NOTHING

    def silence(self) -> str:
        """Why a process is killed, in words."""
        if self._delivers:
            return f"no frame for {self._limits.kill_after_s:g} s; its capture process was killed"
        return f"no first frame within {self._limits.open_within_s:g} s; its capture process was killed"

    def _pause_s(self) -> float:
        longest_s = self._limits.backoff_max_s
        doubled_s = self._limits.backoff_min_s * 2.0 ** min(self._failures, 30)
        return min(doubled_s, longest_s) * self._jitter.uniform(0.5, 1.0)
