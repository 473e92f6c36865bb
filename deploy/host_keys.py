"""First contact with a device: its host key is shown and accepted once; a changed one never is."""

from __future__ import annotations

import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from deploy import known_hosts, line_file
from deploy.inventory import Host, Inventory
from deploy.ssh_command import ssh
from deploy.unreachable import connection_error
from edge.errors import ConfigError, EmotionEdgeError


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

    A DeviceError with the code ``host-key-unknown`` says that this is the first contact. Whether a password
    is right, and what is no ssh at all, is left to Ansible.
    """
    if host.variables.get("ansible_connection", "ssh") not in ("ssh", "smart", "ansible.builtin.ssh"):
        return None
    try:
        command = [*ssh(host, inventory), "true"]
    except ConfigError as err:
        return err
    tried = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if tried.returncode != 255:
        return None
    found = connection_error(tried.stderr)
    by_password = any(name in host.variables for name in ("ansible_password", "ansible_ssh_pass"))
    return None if by_password and getattr(found, "code", "") == "wrong-key" else found


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


def accept(key: OfferedKey, host: Host, inventory: Inventory) -> None:
    """Remember a key as that of its device, where ssh looks for it.

    Raises:
        ConfigError: ssh is told to keep no host keys.
    """
    file = known_hosts.own_file(host, inventory)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    line_file.append(file, key.lines.encode())
