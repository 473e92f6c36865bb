"""First contact with a device: its host key is shown and accepted once; a changed one never is."""

from __future__ import annotations

import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from deploy.inventory import Host, Inventory
from deploy.ssh_command import ssh
from deploy.unreachable import connection_error
from edge.errors import EmotionEdgeError

DEFAULT_KNOWN_HOSTS = Path("~/.ssh/known_hosts")


@dataclass(frozen=True)
class OfferedKey:
    """What a device that is not known yet has shown.

    Attributes:
        lines: As ``known_hosts`` takes them.
        fingerprints: As ``ssh-keygen -l`` prints them.
    """

    lines: str
    fingerprints: str


def trouble(host: Host, inventory: Inventory) -> EmotionEdgeError | None:
    """Why a device cannot be reached by ssh; None where it can.

    A DeviceError with the code ``host-key-unknown`` says that this is the first contact.
    """
    tried = subprocess.run(
        [*ssh(host, inventory), "true"], capture_output=True, text=True, errors="replace", check=False
    )
    return connection_error(tried.stderr) if tried.returncode == 255 else None


def offered(host: Host, inventory: Inventory) -> OfferedKey:
    """Ask a device for its host key, without trusting it.

    Raises:
        EmotionEdgeError: It does not answer.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "known_hosts"
        options = ["StrictHostKeyChecking=accept-new", f"UserKnownHostsFile={file}", "HashKnownHosts=no"]
        options += ["GlobalKnownHostsFile=/dev/null", "UpdateHostKeys=no"]
        extra = [word for option in options for word in ("-o", option)]
        tried = subprocess.run(
            [*ssh(host, inventory, *extra), "true"],
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        if not file.exists():
            raise connection_error(tried.stderr)
        shown = subprocess.run(
            ["ssh-keygen", "-lf", str(file)], capture_output=True, text=True, check=True
        ).stdout
        return OfferedKey(file.read_text(encoding="utf-8"), shown.strip())


def accept(key: OfferedKey, inventory: Inventory) -> None:
    """Remember a key as that of its device."""
    file = (inventory.known_hosts or DEFAULT_KNOWN_HOSTS).expanduser()
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with file.open("a", encoding="utf-8") as known:
        known.write(key.lines)
