"""What the page shows of the fleet, as plain values (pure), and what changed since it was last sent."""

from __future__ import annotations

from typing import Any, TypeAlias

from edge.dashboard.choice import Choice
from edge.dashboard.fleet import CameraView, DeviceView, Fleet, Moment
from edge.dashboard.palette import HIDDEN, NO_LABEL, NOBODY
from edge.dashboard.payloads import Stats

#: Key ("site/device/camera") to what its card shows; ready for JSON.
Cards: TypeAlias = "dict[str, dict[str, Any]]"
_TONES = {"streaming": "good", "stalled": "bad", "reconnecting": "bad", "disabled": "idle", "ended": "idle"}


def camera_cards(fleet: Fleet, choice: Choice, now_s: float) -> Cards:
    """A card for each chosen camera, in order of their names."""
    return {
        "/".join(key): {
            "site": key.site,
            "device": key.device,
            "camera": key.camera,
            **_state(view, fleet.devices[key.of_device]),
            **_seen(view, now_s),
            **_figures(view, fleet.devices[key.of_device].stats, key.camera),
        }
        for key, view in sorted(fleet.cameras.items())
        if choice.admits(key)
    }


def strips(fleet: Fleet, keys: set[str]) -> dict[str, list[Any]]:
    """The moving strips of some cards: what a page cannot know that has just been opened."""
    return {
        name: [_bar(moment) for moment in view.strip]
        for key, view in fleet.cameras.items()
        if (name := "/".join(key)) in keys
    }


def device_rows(fleet: Fleet, choice: Choice) -> Cards:
    """A row for each chosen device, in order of their names."""
    return {
        "/".join(key): {"site": key.site, "device": key.device, "online": view.online, **_health(view)}
        for key, view in sorted(fleet.devices.items())
        if choice.admits_device(key)
    }


def summary(cards: Cards, rows: Cards) -> dict[str, int]:
    """The figures at the head of the page."""
    return {
        "cameras": len(cards),
        "streaming": sum(card["tone"] == "good" for card in cards.values()),
        "trouble": sum(card["tone"] == "bad" for card in cards.values()),
        "faces": sum(card["faces"] or 0 for card in cards.values()),
        "devices": len(rows),
        "online": sum(row["online"] is True for row in rows.values()),
    }


def changes(then: Cards, now: Cards) -> dict[str, Any]:
    """What turns ``then`` into ``now``: keys that are gone, fields that differ, all fields of new keys."""
    changed = {}
    for key, card in now.items():
        known = then.get(key, {})
        fields = {name: value for name, value in card.items() if name not in known or known[name] != value}
        if fields:
            changed[key] = fields
    return {"gone": [key for key in then if key not in now], "set": changed}


def _state(view: CameraView, device: DeviceView) -> dict[str, Any]:
    if device.online is False:
        heard = device.stats.time if device.stats else None
        return {"tone": "bad", "state": "offline", "note": "", "since": heard}
    if view.state is None:
        return {"tone": "idle", "state": "unknown", "note": "", "since": None}
    return {
        "tone": _TONES[view.state.state],
        "state": view.state.state,
        "note": view.state.reason or "",
        "since": view.state.since,
    }


def _seen(view: CameraView, now_s: float) -> dict[str, Any]:
    moment = view.current(now_s)
    return {"faces": moment.faces if moment else None, "bar": _bar(moment)}


def _bar(moment: Moment | None) -> list[tuple[str, float]] | None:
    """Parts of a bar, largest first, summing to 1; None where nothing is known."""
    if moment is None:
        return None
    if moment.shares is None:
        return [(HIDDEN, 1.0)]
    total = sum(moment.shares.values())
    if total <= 0:
        return [(NO_LABEL if moment.faces else NOBODY, 1.0)]
    found = [(label, round(share / total, 3)) for label, share in moment.shares.items() if share > 0]
    return sorted(found, key=lambda part: -part[1])


def _figures(view: CameraView, stats: Stats | None, camera: str) -> dict[str, Any]:
    figures = stats.cameras.get(camera) if stats else None
    return {
        "fps": round(figures.fps, 1) if figures else None,
        "latency_ms": figures.latency_ms.p50 if figures else None,
        "window_end": view.window.end if view.window else None,
    }


def _health(view: DeviceView) -> dict[str, Any]:
    stats = view.stats
    if stats is None:
        return {"stats_time": None}
    figures = list(stats.cameras.values())
    latencies = [one.latency_ms.p95 for one in figures if one.latency_ms.p95 is not None]
    return {
        "stats_time": stats.time,
        "cameras": len(figures),
        "fps": round(sum(one.fps for one in figures), 1),
        "dropped": sum(one.dropped for one in figures),
        "latency_ms": round(max(latencies), 1) if latencies else None,
        "cpu_percent": round(stats.cpu_percent),
        "rss_bytes": stats.rss_bytes,
        "temperature_c": stats.temperature_c,
        "outbox_rows": stats.outbox.rows,
        "outbox_lost": stats.outbox.lost,
        "uptime_s": stats.uptime_s,
        "limit": stats.load.reason if stats.load else None,
        "fps_limit": stats.load.fps_limit if stats.load else None,
        "purpose": stats.purpose,
        "versions": dict(stats.versions),
    }
