"""What arrived at the broker, as it stands now (pure): messages in, views out."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from edge.mqtt.payload import Message
from edge.mqtt.topics import ROOT
from edge.watch.history import Cell, History, Kind

#: A broker may serve anybody: what is kept is bounded.
MAX_VIEWS = 500
_MAX_IDS = 5000


@dataclass(frozen=True, slots=True)
class WindowView:
    """One window as it is shown; ``faces`` and ``shares`` are None where it is suppressed.

    ``start_s`` and ``end_s`` are the device's time, seconds since 1970 UTC; ``in_view`` is the mean
    number of faces.
    """

    site: str
    device: str
    camera: str
    start_s: float
    end_s: float
    end: str
    in_view: float
    faces: int | None
    dominant: str | None
    shares: Mapping[str, float] | None
    fps: float
    historical: bool


@dataclass(slots=True)
class CameraView:
    """The newest of everything that one camera told; ``window_at_s`` is when its window arrived.

    ``faces`` is how many are in view.
    """

    state: str = "?"
    reason: str | None = None
    faces: int | None = None
    suppressed: bool = False
    shares: Mapping[str, float] = field(default_factory=dict)
    dominant: str | None = None
    fps: float | None = None
    window_at_s: float | None = None
    history: History = field(default_factory=History, compare=False)


class WatchModel:
    """Messages to views; what is not ours or malformed is counted, not shown."""

    def __init__(self, newest: int = 12) -> None:
        self.cameras: dict[tuple[str, str, str], CameraView] = {}
        self.online: dict[tuple[str, str], bool] = {}
        self.newest: deque[WindowView] = deque(maxlen=newest)
        self.windows = 0
        self.unreadable = 0
        self._ids: dict[str, None] = {}

    def apply(self, message: Message, now_s: float) -> WindowView | None:
        """Take in one message that arrived at ``now_s``; the window, where it is a new one."""
        levels = _plain(message.topic).removeprefix(f"{ROOT}/").split("/")
        try:
            return self._apply(levels, message.payload, now_s)
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
            self.unreadable += 1
            return None

    def _apply(self, levels: list[str], payload: bytes, now_s: float) -> WindowView | None:
        if len(levels) == 3:
            site, device, kind = levels
            self._apply_device(site, device, kind, payload)
            return None
        if len(levels) != 4 or levels[3] not in ("state", "now", "window") or levels[2] in ("set", "result"):
            return None
        site, device, camera, kind = levels
        if kind == "state" and not payload:  # the camera is no longer configured
            self.cameras.pop((site, device, camera), None)
            return None
        fields = json.loads(payload)
        window = _window(site, device, camera, fields) if kind == "window" else None
        view = self._view(site, device, camera)
        if view is None:
            return None
        if kind == "state":
            view.state, view.reason = _plain(fields["state"]), _plain(fields.get("reason") or "")
        elif kind == "now":
            _take_now(view, fields)
        if window is None or not self._is_new(str(fields["id"])):
            return None
        self._take_window(view, window, now_s)
        return window

    def _apply_device(self, site: str, device: str, kind: str, payload: bytes) -> None:
        if kind == "status" and ((site, device) in self.online or len(self.online) < MAX_VIEWS):
            self.online[site, device] = payload == b"online"
        elif kind == "stats":
            self._apply_stats(site, device, json.loads(payload))

    def _view(self, site: str, device: str, camera: str) -> CameraView | None:
        if (site, device, camera) not in self.cameras and len(self.cameras) >= MAX_VIEWS:
            return None
        return self.cameras.setdefault((site, device, camera), CameraView())

    def _apply_stats(self, site: str, device: str, fields: dict[str, Any]) -> None:
        for camera, figures in fields["cameras"].items():
            view = self._view(site, device, camera)
            if view is not None:
                view.fps = _number(figures["fps"])

    def _is_new(self, window_id: str) -> bool:
        if window_id in self._ids:
            return False
        self._ids[window_id] = None
        if len(self._ids) > _MAX_IDS:
            del self._ids[next(iter(self._ids))]
        return True

    def _take_window(self, view: CameraView, window: WindowView, now_s: float) -> None:
        self.windows += 1
        self.newest.append(window)
        if not window.historical:  # what waited through an outage is not the present
            view.fps, view.window_at_s = window.fps, now_s
            view.suppressed = window.shares is None
            # As ``now`` tells it: who is in view, not all who came by.
            view.faces = None if view.suppressed else round(window.in_view)
            view.shares, view.dominant = window.shares or {}, window.dominant
        kind = Kind.SUPPRESSED if window.shares is None else Kind.WINDOW
        cell = Cell(kind, window.in_view, window.dominant)
        view.history.add(window.start_s, window.end_s, cell, now_s)


def _take_now(view: CameraView, fields: dict[str, Any]) -> None:
    view.suppressed = bool(fields["suppressed"])
    view.faces = None if view.suppressed else int(fields["faces"])
    view.shares = {} if view.suppressed else _shares(fields)
    view.dominant = next(iter(view.shares), None)


def _window(site: str, device: str, camera: str, fields: dict[str, Any]) -> WindowView:
    suppressed = bool(fields["suppressed"])
    return WindowView(
        site=site,
        device=device,
        camera=camera,
        start_s=_utc_s(fields["start"]),
        end_s=_utc_s(fields["end"]),
        end=_plain(fields["end"]),
        in_view=0.0 if suppressed else _number(fields["faces"]["mean_in_view"]),
        faces=None if suppressed else int(fields["faces"]["tracks"]),
        dominant=None if suppressed or fields["dominant"] is None else _plain(fields["dominant"]),
        shares=None if suppressed else _shares(fields),
        fps=_number(fields["capture"]["fps"]),
        historical=bool(fields["historical"]),
    )


def _utc_s(text: str) -> float:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def _shares(fields: dict[str, Any]) -> dict[str, float]:
    return {_plain(label): _number(share, most=1.0) for label, share in fields["shares"].items()}


def _number(value: object, most: float = 1e6) -> float:
    """Whoever may publish must not draw a bar of a million cells."""
    if not isinstance(value, (int, float)) or not 0 <= value <= most:
        raise ValueError(f"not a number from 0 to {most:g}")
    return float(value)


def _plain(text: object) -> str:
    """Text without control characters: whoever may publish must not steer the reader's terminal."""
    return "".join(character for character in str(text) if character.isprintable())
