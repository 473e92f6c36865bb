"""Messages of a device as the dashboard gets them."""

from __future__ import annotations

from collections.abc import Mapping

from edge.dashboard.payloads import Window, read
from edge.dashboard.store import Arrival
from edge.mqtt.payload import Identity, Message, stats_message, window_message
from edge.mqtt.ulid import new_ulid
from edge.stats import CameraStats, DeviceStats, OutboxStats
from tests.edge.mqtt.event_builder import IDENTITY, MODEL, NOON_S, an_event


def a_window(
    start_utc_s: float = NOON_S,
    *,
    camera: str = "door",
    identity: Identity = IDENTITY,
    shares: Mapping[str, float] | None = None,
    suppressed: bool = False,
    historical: bool = False,
    window_id: str | None = None,
) -> Message:
    event = an_event(camera, start_utc_s=start_utc_s, shares=shares, suppressed=suppressed)
    return window_message(event, identity, MODEL, id=window_id or new_ulid(), seq=0, historical=historical)


def an_arrival(start_utc_s: float = NOON_S, **fields: object) -> Arrival:
    message = a_window(start_utc_s, **fields)  # type: ignore[arg-type]
    return Arrival(read(Window, message.payload), message.payload)


def stats(identity: Identity = IDENTITY, *cameras: str) -> Message:
    figures = DeviceStats(
        utc_s=NOON_S,
        uptime_s=90_000,
        cameras=tuple(CameraStats(name, 14.93, 2, 41.2, 63.0) for name in cameras or ("door",)),
        outbox=OutboxStats(7, 4096, 1),
        rss_bytes=180_000_000,
        cpu_percent=121.4,
        temperature_c=57.2,
        versions={"emotion-edge": "0.1.0"},
        fps_limit=5.0,
        fps_limit_reason="hot",
    )
    return stats_message(figures, identity)
