"""Is the release that was started as good as the one before, on this very device? (pure; time is given)."""

from __future__ import annotations

from typing import Any, NamedTuple

from deploy.agent import health
from deploy.agent.pace import Pace

_USUAL = Pace()


class Terms(NamedTuple):
    """What a release must keep to.

    Attributes:
        ready_within_s: From the restart until it begins to be healthy.
        soak_s: For how long without a break it must then be.
        max_frame_age_s: Of any streaming camera.
        p95_factor, p95_slack_ms: Latency may be the baseline's times the factor, or the slack above it.
        max_p95_ms: Of a device without a baseline; None for any.
        rss_factor, rss_slack_bytes: The same of the memory.
    """

    ready_within_s: float = 120.0
    soak_s: float = 30.0
    max_frame_age_s: float = 5.0
    p95_factor: float = 1.5
    p95_slack_ms: float = 50.0
    max_p95_ms: float | None = None
    rss_factor: float = 1.5
    rss_slack_bytes: float = 100e6

    @classmethod
    def of(cls, given: dict[str, Any]) -> Terms:
        """Terms of a manifest; what this agent does not know is for later ones."""
        return cls(**{name: value for name, value in given.items() if name in cls._fields})


class DaemonState(NamedTuple):
    """What the supervisor knows. ``restarts`` counts since the release was started."""

    active: bool
    failed: bool
    pid: int
    restarts: int
    detail: str


class Verdict(NamedTuple):
    """``reason`` says what was wrong, or how well it is."""

    good: bool
    reason: str


class Gate:
    """Looks again and again until it is sure."""

    def __init__(
        self, terms: Terms, baseline: dict[str, Any] | None, started_s: float, pace: Pace = _USUAL
    ) -> None:
        """Begin.

        Args:
            terms: What must hold.
            baseline: The health record of the release before; None where none ran.
            started_s: When the new one was started, on the clock of ``now_s``.
            pace: What its configuration lets it do in that time.
        """
        self._terms, self._baseline, self._started_s, self._pace = terms, baseline, started_s, pace
        #: Windows that are longer are not waited for: the device may not make one in time.
        self._windows_in_time = pace.window_s <= terms.ready_within_s / 2
        self._healthy_since_s: float | None = None
        #: A slow camera has no latency in every other report.
        self._timed = False

    def look(
        self, now_s: float, daemon: DaemonState, record: dict[str, Any] | None, answers: bool = True
    ) -> Verdict | None:
        """One look; None while it is not decided.

        Args:
            now_s: A clock that never steps.
            daemon: What the supervisor says.
            record: The health record, None where there is none.
            answers: Whether ``/livez`` answers, where the device serves it. Not ``/readyz``: that says no to
                what was so before, too; whether it is ready the record says.
        """
        if daemon.failed or daemon.restarts:
            return Verdict(False, f"it crashed: {daemon.detail}")
        lacking = self._lacking(daemon, record)
        if not lacking and not answers:
            lacking = ["/livez does not answer that it is alive"]
        if lacking:
            self._healthy_since_s = None
            late = now_s - self._started_s >= self._terms.ready_within_s
            return Verdict(False, f"not healthy in time: {'; '.join(lacking)}") if late else None
        if self._healthy_since_s is None:
            self._healthy_since_s = now_s
        held_s = now_s - self._healthy_since_s
        return Verdict(True, f"healthy for {held_s:.0f} s") if held_s >= self._terms.soak_s else None

    def _lacking(self, daemon: DaemonState, record: dict[str, Any] | None) -> list[str]:
        if not daemon.active:
            return [f"not running: {daemon.detail}"]
        if record is None or record.get("pid") != daemon.pid:
            return ["it has written no health record"]
        known = health.troubles(self._baseline) if self._baseline else {}
        now = health.troubles(record, windows_due=self._windows_in_time and health.streams(record))
        return [f"{part}: {said}" for part, said in now.items() if part not in known] + self._figures(record)

    def _figures(self, record: dict[str, Any]) -> list[str]:
        terms, before = self._terms, self._baseline or {}
        age_s, p95_ms = health.frame_age_s(record), health.latency_p95_ms(record)
        p95_before_ms, rss_before = health.latency_p95_ms(before), before.get("rss_bytes")
        self._timed = self._timed or p95_ms is not None
        said = []
        if age_s is not None and age_s > self._pace.oldest_frame_s(terms.max_frame_age_s):
            said.append(f"the newest frame is {age_s:.1f} s old")
        limit_ms = terms.max_p95_ms
        if p95_before_ms is not None:
            limit_ms = max(p95_before_ms * terms.p95_factor, p95_before_ms + terms.p95_slack_ms)
            if not self._timed and age_s is not None:
                said.append("no frame has been timed yet")
        if p95_ms is not None and limit_ms is not None and p95_ms > limit_ms:
            was = f"{p95_before_ms:.0f} ms before" if p95_before_ms is not None else "as asked for"
            said.append(f"too slow: p95 {p95_ms:.0f} ms, limit {limit_ms:.0f} ms ({was})")
        if rss_before:
            limit = max(rss_before * terms.rss_factor, rss_before + terms.rss_slack_bytes)
            if record.get("rss_bytes", 0) > limit:
                said.append(f"too large: {record['rss_bytes'] / 1e6:.0f} MB, limit {limit / 1e6:.0f} MB")
        return said
