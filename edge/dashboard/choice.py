"""What a viewer has chosen to see (pure): site, device, camera, and how far back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import NamedTuple

from edge.dashboard.fleet import CameraKey, DeviceKey


class Span(NamedTuple):
    """How far back a timeline goes, and in which steps; the steps are those that are kept."""

    label: str
    seconds: int
    step_s: int


SPANS = {
    "15m": Span("15 min", 900, 10),
    "1h": Span("1 h", 3600, 60),
    "6h": Span("6 h", 6 * 3600, 300),
    "24h": Span("24 h", 86_400, 900),
    "7d": Span("7 days", 7 * 86_400, 7200),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """Which cameras; None is all."""

    site: str | None = None
    device: str | None = None
    camera: str | None = None

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Choice:
        """From a page's address; empty is all."""
        return cls(**{field.name: query.get(field.name) or None for field in fields(cls)})

    def admits(self, key: CameraKey) -> bool:
        """Whether a camera is chosen."""
        return self.admits_device(key.of_device) and self.camera in (None, key.camera)

    def admits_device(self, key: DeviceKey) -> bool:
        """Whether a device is chosen, whatever its cameras."""
        return self.site in (None, key.site) and self.device in (None, key.device)

    @property
    def query(self) -> dict[str, str]:
        """For a page's address."""
        found = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in found.items() if value}


class Options(NamedTuple):
    """Names that can be chosen, each list within what the ones before it leave."""

    sites: list[str]
    devices: list[str]
    cameras: list[str]


def options(keys: Iterable[CameraKey], devices: Iterable[DeviceKey], choice: Choice) -> Options:
    """What the three lists offer; a device without cameras is offered too."""
    known_cameras, known = list(keys), list(devices)
    in_site = [key for key in known if choice.site in (None, key.site)]
    cameras = [key for key in known_cameras if choice.admits_device(key.of_device)]
    return Options(
        sorted({key.site for key in known}),
        sorted({key.device for key in in_site}),
        sorted({key.camera for key in cameras}),
    )
