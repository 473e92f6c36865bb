"""Where everything lies on a device. ``root`` is ``/``, or a folder in tests and loopback fleets."""

from __future__ import annotations

import os
from pathlib import Path

UNIT = "emotion-edge.service"
AGENT = "agent.pyz"


class Layout:
    """The paths of one device.

    Attributes:
        releases: One folder a release; one that is there by its name is whole.
        current, previous: Links into it.
        wheels: Unpacked once, hard-linked into each release.
        memory: What the agent must still know after a power cut.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.software = root / "opt/emotion-edge"
        self.releases = self.software / "releases"
        self.blobs = self.software / "blobs"
        self.incoming = self.software / "incoming"
        self.wheels = self.software / "wheels"
        self.current = self.software / "current"
        self.previous = self.software / "previous"
        self.agent = self.software / AGENT
        self.configuration = root / "etc/emotion-edge/edge.yaml"
        self.allowed_signers = root / "etc/emotion-edge/allowed_signers"
        self.units = root / "etc/systemd/system"
        self.state = root / "var/lib/emotion-edge"
        self.memory = root / "var/lib/emotion-edge-agent"
        self.runtime = root / "run/emotion-edge"
        self.health = self.runtime / "health.json"

    def make(self) -> None:
        """Create the folders that are missing; the daemon's user must reach all but one, whatever umask."""
        for folder in (self.releases, self.blobs, self.incoming, self.wheels):
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o755)
        self.memory.mkdir(parents=True, exist_ok=True)
        self.memory.chmod(0o700)

    def release(self, release_id: str) -> Path:
        """The folder of a release."""
        return self.releases / release_id

    def id_of(self, link: Path) -> str | None:
        """The release that ``current`` or ``previous`` points at; None where there is none."""
        try:
            name = os.path.basename(os.readlink(str(link)))
        except OSError:
            return None
        return name if self.release(name).is_dir() else None
