"""The daemon's health record (``health/1``), read as plain values: nothing of the daemon is imported."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

#: The daemon writes every 2 s.
_STALE_S = 15.0
#: A camera in one of these is as it should be.
_WELL = ("streaming", "disabled", "ended")
#: A window that has waited so long for the broker's word will not get it soon.
_UNHEARD_S = 5.0
#: How the daemon names its own port.
_PORT = "http.bind: "


def read(path: Path) -> dict[str, Any] | None:
    """The record; None where there is none, or it is of a daemon that hangs or is gone."""
    try:
        age_s = time.time() - path.stat().st_mtime
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    fresh = isinstance(found, dict) and abs(age_s) < _STALE_S and found.get("schema") == "health/1"
    return found if fresh else None


def troubles(record: dict[str, Any], *, windows_due: bool = False) -> dict[str, str]:
    """What is not as it should be, by part.

    Args:
        record: As :func:`read` gives it.
        windows_due: Whether by now a window must have ended: else a broker that has acknowledged none is
            blamed only while one waits for it.
    """
    found = {}
    for name, camera in record.get("cameras", {}).items():
        if camera.get("state") not in _WELL:
            found[f"camera {name}"] = f"{camera.get('state')}: {camera.get('reason')}"
        elif camera.get("trouble"):
            found[f"camera {name}"] = str(camera["trouble"])
    broker = record.get("broker", {})
    if not broker.get("connected") or broker.get("trouble"):
        found["broker"] = str(broker.get("trouble") or "has not answered yet")
    elif not broker.get("delivered") and (windows_due or _unheard(record)):
        found["broker"] = "has acknowledged nothing yet"
    if record.get("outbox", {}).get("trouble"):
        found["outbox"] = str(record["outbox"]["trouble"])
    for reason in record.get("reasons", ()):
        if str(reason).startswith(_PORT):
            found["port"] = str(reason)
    return found


def streams(record: dict[str, Any]) -> bool:
    """Whether any camera does: else no window is made."""
    return any(camera.get("state") == "streaming" for camera in record.get("cameras", {}).values())


def frame_age_s(record: dict[str, Any]) -> float | None:
    """Of the camera that is furthest behind, among those that stream."""
    return _worst(record, "frame_age_s")


def latency_p95_ms(record: dict[str, Any]) -> float | None:
    """From capture to the end of the pipeline, of the slowest camera."""
    return _worst(record, "latency_p95_ms")


def _unheard(record: dict[str, Any]) -> bool:
    outbox = record.get("outbox", {})
    return bool(outbox.get("rows")) and (outbox.get("oldest_s") or 0.0) > _UNHEARD_S


def _worst(record: dict[str, Any], figure: str) -> float | None:
    cameras = record.get("cameras", {}).values()
    found = [camera.get(figure) for camera in cameras if camera.get("state") == "streaming"]
    return max((value for value in found if value is not None), default=None)
