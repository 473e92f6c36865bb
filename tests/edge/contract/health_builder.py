"""A health record with defaults."""

from __future__ import annotations

from typing import Any

from edge.contract.health import BrokerHealth, CameraHealth, HealthRecord, OutboxHealth


def a_camera(state: str = "streaming", reason: str = "", frame_age_s: float | None = 0.1) -> CameraHealth:
    return CameraHealth(
        state=state, reason=reason, fps=9.9, frames=120, dropped=3, reconnects=1, frame_age_s=frame_age_s
    )


def a_record(**changes: Any) -> HealthRecord:
    record = HealthRecord(
        site="lab",
        device="pi-1",
        boot_id="01JD4M5V8R0000000000000000",
        pid=77,
        time="2026-11-20T12:00:00.000Z",
        started="2026-11-20T11:00:00.000Z",
        ready=True,
        reasons=[],
        cameras={"door": a_camera()},
        broker=BrokerHealth(connected=True, delivered=42, trouble=None),
        outbox=OutboxHealth(rows=2, bytes=1400, lost=0, oldest_s=1.5, trouble=None),
        rss_bytes=150_000_000,
        cpu_percent=31.0,
        temperature_c=61.5,
        versions={"emotion-edge": "0.1.0"},
    )
    return record.model_copy(update=changes)
