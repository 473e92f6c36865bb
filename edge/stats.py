"""How a device and its cameras are doing, as published on ``stats``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

#: How often a device tells them.
STATS_EVERY_S = 10.0


@dataclass(frozen=True, slots=True)
class CameraStats:
    """One camera since the last report; latency is from capture to the end of the pipeline.

    Attributes:
        dropped: Frames dropped since the daemon started.
        latency_p50_ms, latency_p95_ms: None where no frame was processed.
    """

    camera: str
    fps: float
    dropped: int
    latency_p50_ms: float | None = None
    latency_p95_ms: float | None = None


@dataclass(frozen=True, slots=True)
class OutboxStats:
    """What waits for the broker.

    Attributes:
        rows: Messages not yet acknowledged.
        bytes: Their size on disk, about.
        lost: Messages dropped since the daemon started: a bound was reached, or the broker will never
            take them.
        oldest_s: How long the oldest has waited, seconds.
    """

    rows: int
    bytes: int
    lost: int
    oldest_s: float = 0.0


@dataclass(frozen=True, slots=True)
class DeviceStats:
    """The device at one moment.

    Attributes:
        utc_s: When, seconds since 1970 UTC.
        uptime_s: Since the daemon started.
        cpu_percent: Of one core, so that four busy cores are 400.
        temperature_c: Of the processor, None where there is no sensor.
        versions: Of software and models, name to version.
        purpose: Why faces are read, as configured.
        fps_limit: What each live camera is limited to, None for no limit.
        fps_limit_reason: busy or hot.
        problems: What is not as it should be, in words; empty where all is well.
        justification: The medical or safety reason that places of work and education must state.
    """

    utc_s: float
    uptime_s: float
    cameras: tuple[CameraStats, ...]
    outbox: OutboxStats
    rss_bytes: int
    cpu_percent: float
    temperature_c: float | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    purpose: str = "personal"
    justification: str | None = None
    fps_limit: float | None = None
    problems: tuple[str, ...] = ()
    fps_limit_reason: str | None = None
