"""The fleet as it stands now (pure): messages in, views of devices and cameras out."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from pydantic import TypeAdapter, ValidationError

from edge.dashboard.payloads import Name, Now, State, Stats, Window, read
from edge.mqtt.payload import Message
from edge.mqtt.topics import OFFLINE, ONLINE, ROOT

#: A broker may serve anybody: what is kept is bounded.
MAX_CAMERAS, MAX_DEVICES = 1000, 500
#: Seconds of the moving strip of a card.
STRIP_S = 60
#: ``now`` comes every second; after this long it tells nothing any more.
FRESH_S = 5.0
#: A device's clock may be ahead by so much; beyond, its windows would stay in the store for ever.
_AHEAD_S = 86_400.0
#: A clock that nobody has set is behind by more than so much: it stands at its last, or at 1970.
_BEHIND_S = 86_400.0
_NAME: TypeAdapter[str] = TypeAdapter(Name)


class DeviceKey(NamedTuple):
    """Where a device is, and its name."""

    site: str
    device: str


class CameraKey(NamedTuple):
    """One camera of one device."""

    site: str
    device: str
    camera: str

    @property
    def of_device(self) -> DeviceKey:
        return DeviceKey(self.site, self.device)


@dataclass(frozen=True, slots=True)
class Moment:
    """What one camera sees; ``faces`` and ``shares`` are None where it is suppressed."""

    faces: int | None
    shares: Mapping[str, float] | None


@dataclass(slots=True)
class CameraView:
    """The newest of everything that one camera told.

    Attributes:
        moment: From ``now``; ``moment_at_s`` is when it arrived, on the clock that never steps.
        strip: One entry a second, oldest first; None for a second of which nothing is known.
    """

    state: State | None = None
    moment: Moment | None = None
    moment_at_s: float = 0.0
    window: Window | None = None
    strip: deque[Moment | None] = field(default_factory=lambda: deque(maxlen=STRIP_S))

    def current(self, now_s: float) -> Moment | None:
        """What it sees now, None where that is not known."""
        return self.moment if now_s - self.moment_at_s <= FRESH_S else None


@dataclass(slots=True)
class DeviceView:
    """The newest of what one device told; ``online`` is None until it has said so."""

    online: bool | None = None
    stats: Stats | None = None


class Refused(NamedTuple):
    """A message that could not be read, and why."""

    topic: str
    why: str


class Fleet:
    """Takes in messages; what is not ours is ignored, what is malformed is counted.

    Attributes:
        refused: The newest of the malformed messages; ``refusals`` counts all.
    """

    def __init__(self) -> None:
        self.cameras: dict[CameraKey, CameraView] = {}
        self.devices: dict[DeviceKey, DeviceView] = {}
        self.refused: deque[Refused] = deque(maxlen=20)
        self.refusals = 0

    def apply(self, message: Message, *, now_s: float, utc_s: float) -> Window | None:
        """Take in one message that arrived at ``now_s``.

        Returns:
            The window, if it was one; a repeated one too, which the store tells apart.
        """
        levels = message.topic.removeprefix(f"{ROOT}/").split("/")
        try:
            return self._apply(levels, message.payload, now_s, utc_s)
        except ValueError as err:
            self.refusals += 1
            self.refused.append(Refused(_short(message.topic), _short(str(err))))
            return None

    def sample(self, now_s: float) -> None:
        """Note each camera's moment in its strip; call once a second."""
        for view in self.cameras.values():
            view.strip.append(view.current(now_s))

    def _apply(self, levels: list[str], payload: bytes, now_s: float, utc_s: float) -> Window | None:
        match levels:
            case [site, device, "status"]:
                self._apply_status(_device_key(site, device), payload)
            case [site, device, "stats"]:
                self._apply_stats(_device_key(site, device), payload)
            case [_, _, "set" | "result", _]:
                pass
            case [site, device, camera, "state" | "now" | "window" as kind]:
                key = CameraKey(*_device_key(site, device), _name(camera))
                return self._apply_camera(key, kind, payload, now_s, utc_s)
        return None

    def _apply_status(self, key: DeviceKey, payload: bytes) -> None:
        if not payload:  # somebody has cleared what the broker kept of a device that is gone
            self.devices.pop(key, None)
            self.cameras = {camera: view for camera, view in self.cameras.items() if camera.of_device != key}
            return
        if payload not in (ONLINE, OFFLINE):
            raise ValueError("it must be online or offline")
        self._device(key).online = payload == ONLINE

    def _apply_stats(self, key: DeviceKey, payload: bytes) -> None:
        if not payload:
            return
        stats = read(Stats, payload)
        self._device(key).stats = stats

    def _apply_camera(
        self, key: CameraKey, kind: str, payload: bytes, now_s: float, utc_s: float
    ) -> Window | None:
        if kind == "state":
            if payload:
                state = read(State, payload)
                self._camera(key).state = state
            else:  # the camera is no longer configured
                self.cameras.pop(key, None)
            return None
        if kind == "now":
            now = read(Now, payload)
            view = self._camera(key)
            view.moment, view.moment_at_s = Moment(now.faces, now.shares), now_s
            return None
        window = read(Window, payload)
        if (window.site, window.device, window.camera) != key:
            raise ValueError("site, device and camera must be those of its topic")
        if window.end > utc_s + _AHEAD_S:
            raise ValueError("it ends more than a day from now; check the clocks of the device and here")
        view = self._camera(key)
        if view.window is None or window.end >= view.window.end:
            view.window = window
        return window

    def _device(self, key: DeviceKey) -> DeviceView:
        if key not in self.devices and len(self.devices) >= MAX_DEVICES:
            raise ValueError(f"more than {MAX_DEVICES} devices are not shown")
        return self.devices.setdefault(key, DeviceView())

    def _camera(self, key: CameraKey) -> CameraView:
        if key not in self.cameras and len(self.cameras) >= MAX_CAMERAS:
            raise ValueError(f"more than {MAX_CAMERAS} cameras are not shown")
        self._device(key.of_device)
        return self.cameras.setdefault(key, CameraView())


def _device_key(site: str, device: str) -> DeviceKey:
    return DeviceKey(_name(site), _name(device))


def _name(level: str) -> str:
    try:
        return _NAME.validate_python(level)
    except ValidationError:
        raise ValueError("names in topics are of letters a-z, digits and hyphens") from None


def _short(text: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in text[:200])


def misdated_s(window: Window, utc_s: float) -> float | None:
    """``utc_s``, when a window came, where its device does not know the time; else None.

    A board without a battery starts in the past: its windows from before its clock is set, which may
    never be, would make the time since then a gap, and stand in the past themselves.
    """
    unset = not window.clock_synced and not window.historical
    return utc_s if unset and window.end < utc_s - _BEHIND_S else None
