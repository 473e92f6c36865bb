"""From what the daemon's parts say to one health record (pure)."""

from __future__ import annotations

import os
from collections.abc import Mapping

from edge.contract.health import BrokerHealth, CameraHealth, HealthRecord, OutboxHealth
from edge.mqtt.payload import Identity, utc_text
from edge.stats import DeviceStats

#: A camera in one of these is as it should be.
_WELL = frozenset({"streaming", "disabled", "ended"})


def problems(cameras: Mapping[str, CameraHealth], broker: BrokerHealth, *troubles: str | None) -> list[str]:
    """What is not as it should be, in words; empty where all is well.

    Args:
        cameras: Each with its state.
        broker: The connection.
        troubles: Why something is not durable, or nobody can ask; None for each that is well.
    """
    found = [
        f"camera {name}: {camera.state}: {camera.reason}"
        for name, camera in cameras.items()
        if camera.state not in _WELL
    ]
    found += [f"camera {name}: {camera.trouble}" for name, camera in cameras.items() if camera.trouble]
    if not broker.connected or broker.trouble:
        found.append(broker.trouble or "the broker has not answered yet")
    return found + [trouble for trouble in troubles if trouble]


def health_record(
    identity: Identity,
    stats: DeviceStats,
    cameras: Mapping[str, CameraHealth],
    broker: BrokerHealth,
    *,
    outbox_trouble: str | None,
    pauses_trouble: str | None = None,
    port_trouble: str | None = None,
    now_utc_s: float,
    started_utc_s: float,
) -> HealthRecord:
    """Judge the moment: ready, or why not."""
    reasons = problems(cameras, broker, outbox_trouble, pauses_trouble, port_trouble)
    outbox = stats.outbox
    return HealthRecord(
        site=identity.site,
        device=identity.device,
        boot_id=identity.boot_id,
        pid=os.getpid(),
        time=utc_text(now_utc_s),
        started=utc_text(started_utc_s),
        ready=not reasons,
        reasons=reasons,
        cameras=dict(cameras),
        broker=broker,
        outbox=OutboxHealth(
            rows=outbox.rows,
            bytes=outbox.bytes,
            lost=outbox.lost,
            oldest_s=outbox.oldest_s,
            trouble=outbox_trouble,
        ),
        rss_bytes=stats.rss_bytes,
        cpu_percent=stats.cpu_percent,
        temperature_c=stats.temperature_c,
        versions=dict(stats.versions),
    )
