"""Where each message of a device is published: ``emotion/v1/<site>/<device>/...``."""

from __future__ import annotations

from dataclasses import dataclass

ROOT = "emotion/v1"
ONLINE, OFFLINE = b"online", b"offline"
#: Everything that all devices publish, for a consumer's subscription.
EVERYTHING = f"{ROOT}/+/+/#"


@dataclass(frozen=True, slots=True)
class Topics:
    """The topics of one device; site and device are of ``[a-z0-9-]``."""

    site: str
    device: str

    @property
    def device_root(self) -> str:
        return f"{ROOT}/{self.site}/{self.device}"

    @property
    def status(self) -> str:
        return f"{self.device_root}/status"

    @property
    def stats(self) -> str:
        return f"{self.device_root}/stats"

    def state(self, camera: str) -> str:
        return f"{self.device_root}/{camera}/state"

    def window(self, camera: str) -> str:
        return f"{self.device_root}/{camera}/window"

    def now(self, camera: str) -> str:
        return f"{self.device_root}/{camera}/now"

    @property
    def command_filters(self) -> tuple[str, str]:
        """What to subscribe to: commands to the device, and to one camera."""
        return f"{self.device_root}/set/+", f"{self.device_root}/+/set/+"

    def command(self, name: str, camera: str | None = None) -> str:
        """Where a command to the device, or to one camera, is sent."""
        return "/".join(filter(None, (self.device_root, camera, "set", name)))

    def result(self, name: str, camera: str | None = None) -> str:
        """Where the answer to a command goes."""
        return "/".join(filter(None, (self.device_root, camera, "result", name)))
