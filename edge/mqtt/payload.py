"""From events to topics and JSON bytes (pure); the schemas lie in ``edge/schemas``.

A number that is added to a payload keeps its schema version; any other change makes a new one.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple

from edge.datatypes import EmotionEvent
from edge.mqtt.topics import Topics
from edge.stats import CameraStats, DeviceStats

CameraState = Literal["streaming", "stalled", "reconnecting", "disabled", "ended"]
#: Made once; json.dumps() would make one a payload.
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
_NOT_SYNCED = b'"clock_synced":false'
_NOT_HISTORICAL, _HISTORICAL = b'"historical":false', b'"historical":true'


@dataclass(frozen=True, slots=True)
class Identity:
    """Who publishes.

    Attributes:
        site, device: Of ``[a-z0-9-]``, as configured.
        boot_id: Names one start of the daemon; ``seq`` counts from 0 within it.
    """

    site: str
    device: str
    boot_id: str

    @property
    def topics(self) -> Topics:
        return Topics(self.site, self.device)


class ModelVersion(NamedTuple):
    """The classifier that saw the faces."""

    name: str
    version: str


class Message(NamedTuple):
    """What is published where; ``correlation`` ties an answer to its command on MQTT 5."""

    topic: str
    payload: bytes
    correlation: bytes = b""


def utc_text(utc_s: float) -> str:
    """RFC 3339 in UTC with milliseconds: ``2026-11-20T08:00:05.250Z``."""
    # Whole milliseconds first, rounded: cut, 5.9999 s would become 5.999.
    whole_s, ms = divmod(round(utc_s * 1000), 1000)
    year, month, day, hour, minute, second = time.gmtime(whole_s)[:6]
    return f"{year:04d}-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}:{second:02d}.{ms:03d}Z"


def window_message(
    event: EmotionEvent,
    identity: Identity,
    model: ModelVersion,
    *,
    id: str,  # noqa: A002 - the payload's own name
    seq: int,
    rounding: float = 0.001,
    historical: bool = False,
) -> Message:
    """One closed window.

    Args:
        event: The window; where it is suppressed, no count and no share is written, whatever it holds.
        identity: Who publishes it.
        model: The classifier behind it.
        id: ULID by which a consumer drops duplicates.
        seq: Number of this window among those of its camera and boot, from 0.
        rounding: Shares are rounded to multiples of this; those that become 0 are left out.
        historical: Whether it is sent late, after an outage.
    """
    fields: dict[str, Any] = {
        "schema": "emotion.window/1",
        "id": id,
        "site": identity.site,
        "device": identity.device,
        "camera": event.camera,
        "boot_id": identity.boot_id,
        "seq": seq,
        "start": utc_text(event.start_utc_s),
        "end": utc_text(event.end_utc_s),
        "clock_synced": event.clock_synced,
        "historical": historical,
    }
    fields |= {"suppressed": True} if event.suppressed else _seen(event, rounding)
    fields["capture"] = {
        "frames": event.capture.frames,
        "dropped": event.capture.dropped,
        "fps": round(event.capture.fps, 2),
    }
    fields["model"] = model._asdict()
    return Message(identity.topics.window(event.camera), _json(fields))


def as_historical(payload: bytes) -> bytes:
    """A stored window marked as sent late; any other payload stays as it is.

    The text cannot occur inside a JSON string: there its quotes would be escaped.
    """
    return payload.replace(_NOT_HISTORICAL, _HISTORICAL, 1)


def restamped(payload: bytes, end_utc_s: float) -> bytes:
    """A stored window whose time was not yet right, moved to its right end; any other stays as it is."""
    if not untimed(payload):
        return payload
    fields = json.loads(payload)
    start_utc_s = end_utc_s - (_utc_of(fields["end"]) - _utc_of(fields["start"]))
    right = {"start": utc_text(start_utc_s), "end": utc_text(end_utc_s), "clock_synced": True}
    return _json(fields | right)


def untimed(payload: bytes) -> bool:
    """Whether a stored window says that its time comes from a clock that nobody had put right."""
    return _NOT_SYNCED in payload


def _utc_of(text: str) -> float:
    return datetime.fromisoformat(text.removesuffix("Z") + "+00:00").timestamp()


def now_message(
    camera: str,
    labels: Sequence[str | None],
    identity: Identity,
    *,
    utc_s: float,
    k_min: int = 1,
    rounding: float = 0.001,
) -> Message:
    """The current moment of one camera, for live displays.

    Args:
        camera: Its name.
        labels: One entry for each face in view that counts, None where the classifier abstains.
        identity: Who publishes it.
        utc_s: The moment, seconds since 1970 UTC.
        k_min: With fewer faces in view nothing but the time is told, as with windows.
        rounding: Shares are rounded to multiples of this.
    """
    fields: dict[str, Any] = {"schema": "emotion.now/1", "time": utc_text(utc_s)}
    if len(labels) < k_min:
        fields["suppressed"] = True
    else:
        named = Counter(label for label in labels if label is not None)
        shares = {label: count / sum(named.values()) for label, count in named.most_common()}
        fields |= {"faces": len(labels), "shares": _rounded(shares, rounding), "suppressed": False}
    return Message(identity.topics.now(camera), _json(fields))


def state_message(
    camera: str,
    state: CameraState,
    identity: Identity,
    *,
    since_utc_s: float,
    reason: str | None = None,
    paused: bool = False,
    window_s: float | None = None,
) -> Message:
    """What one camera is doing.

    Args:
        camera: Its name.
        state: What it does.
        identity: Who publishes it.
        since_utc_s: Since when, seconds since 1970 UTC.
        reason: Why, in words; must not hold a password.
        paused: Whether a command closed it.
        window_s: The length of its windows, None where it is not known.
    """
    fields = {
        "schema": "emotion.state/1",
        "state": state,
        "since": utc_text(since_utc_s),
        "reason": reason,
        "paused": paused,
        "window_s": window_s,
    }
    return Message(identity.topics.state(camera), _json(fields))


def stats_message(stats: DeviceStats, identity: Identity) -> Message:
    """How the device and its cameras are doing."""
    fields = {
        "schema": "emotion.stats/1",
        "boot_id": identity.boot_id,
        "time": utc_text(stats.utc_s),
        "uptime_s": round(stats.uptime_s),
        "cameras": {camera.camera: _camera_stats(camera) for camera in stats.cameras},
        "rss_bytes": stats.rss_bytes,
        "cpu_percent": round(stats.cpu_percent, 1),
        "temperature_c": None if stats.temperature_c is None else round(stats.temperature_c, 1),
        "outbox": {
            "rows": stats.outbox.rows,
            "bytes": stats.outbox.bytes,
            "lost": stats.outbox.lost,
            "oldest_s": round(stats.outbox.oldest_s, 1),
        },
        "load": {"fps_limit": stats.fps_limit, "reason": stats.fps_limit_reason},
        "problems": list(stats.problems),
        "versions": dict(stats.versions),
        "purpose": stats.purpose,
        "medical_or_safety_justification": stats.justification,
    }
    return Message(identity.topics.stats, _json(fields))


def _seen(event: EmotionEvent, rounding: float) -> dict[str, Any]:
    if event.faces is None or event.shares is None:
        raise ValueError(f"window of {event.camera!r} is not suppressed and must have faces and shares")
    return {
        "faces": {
            "tracks": event.faces.tracks,
            "mean_in_view": round(event.faces.mean_in_view, 2),
            "max_in_view": event.faces.max_in_view,
            "observations": event.faces.observations,
        },
        "shares": _rounded(event.shares, rounding),
        "dominant": event.dominant,
        "abstained_share": _to_multiple(event.abstained_share or 0.0, rounding),
        "suppressed": False,
    }


def _camera_stats(camera: CameraStats) -> dict[str, Any]:
    latency = {"p50": camera.latency_p50_ms, "p95": camera.latency_p95_ms}
    return {
        "fps": round(camera.fps, 2),
        "dropped": camera.dropped,
        "latency_ms": {name: None if ms is None else round(ms, 1) for name, ms in latency.items()},
    }


def _rounded(shares: Mapping[str, float], rounding: float) -> dict[str, float]:
    rounded = {label: _to_multiple(share, rounding) for label, share in shares.items()}
    return {label: share for label, share in rounded.items() if share > 0}


def _to_multiple(share: float, rounding: float) -> float:
    # The second rounding takes away what 62 * 0.01 leaves behind: 0.6200000000000001.
    return min(1.0, round(round(share / rounding) * rounding, 6))


def _json(fields: Mapping[str, Any]) -> bytes:
    return _ENCODER.encode(fields).encode()
