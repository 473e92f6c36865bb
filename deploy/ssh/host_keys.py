"""First contact with a device: its host key is shown and accepted once; a changed one never is."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from deploy import line_file
from deploy.ansible_inventory import key_alias
from deploy.inventory import Host, Inventory
from deploy.ssh import known_hosts, way
from deploy.ssh.command import ssh
from deploy.ssh.unreachable import connection_error
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
    if not _by_ssh(host):
        return None
    try:
        command = [*ssh(host, inventory), "true"]
    except ConfigError as err:
        return err
    tried = _run(command)
    if tried.returncode != 255:
        return None
    found = connection_error(tried.stderr)
    by_password = any(name in host.variables for name in ("ansible_password", "ansible_ssh_pass"))
    return None if by_password and getattr(found, "code", "") == "wrong-key" else found


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    """Without a terminal: ssh to a jump host takes no BatchMode from its device's, and would ask there."""
    return subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        start_new_session=True,
    )


def _by_ssh(host: Host) -> bool:
    return host.variables.get("ansible_connection", "ssh") in ("ssh", "smart", "ansible.builtin.ssh")


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
        tried = _run([*ssh(host, inventory, *extra), "true"])
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


def adopt(hosts: Sequence[Host], inventory: Inventory) -> None:
    """Give keys that were accepted for a device's address their name behind its jump host too.

    By ``ssh -J``, or behind a jump host that is called otherwise now, a key was accepted under another name.
    Only that very key is taken over, if the device shows it: another device of that address stays unknown.
    What hinders that is left to the run itself to tell.
    """
    # With arguments of its own for ssh a host has no such name.
    behind = [
        host for host in hosts if host.jump_host is not None and way.variable(host, way.COMMON_ARGS) is None
    ]
    behind = [host for host in behind if _by_ssh(host)]
    if not behind:
        return
    with ThreadPoolExecutor(max_workers=inventory.rollout.forks) as pool:
        keys = list(pool.map(lambda host: _known_otherwise(host, inventory), behind))
    for host, key in zip(behind, keys, strict=True):
        if key is not None:
            with suppress(EmotionEdgeError, OSError):
                accept(key, host, inventory)


def _known_otherwise(host: Host, inventory: Inventory) -> OfferedKey | None:
    """The key that the device shows, if it was accepted for its address; None where its name is known."""
    alias = key_alias(host)
    try:
        files = known_hosts.files(host, inventory)
        names = {file: known_hosts.names(file) for file in files}
        if any(alias.lower() in names[file] or known_hosts.keys(alias, file) for file in files):
            return None
        accepted = set().union(*(_accepted(host, inventory, file, names[file]) for file in files))
        shown = offered(host, inventory) if accepted else None
    except (EmotionEdgeError, OSError):
        return None
    if shown is None:
        return None
    lines = [line for line in shown.lines.splitlines() if tuple(line.split()[1:3]) in accepted]
    return OfferedKey("\n".join(lines) + "\n", shown.fingerprints) if lines else None


def _accepted(host: Host, inventory: Inventory, file: Path, names: set[str]) -> set[tuple[str, str]]:
    """Keys of the host under ssh's own name for it, and under other spellings of the way; none revoked."""
    told = known_hosts.settings(host, inventory)
    name, port = told.get("hostname", host.address), told.get("port", "22")
    # The second: of before variables were stronger than fields in it.
    begins = tuple(f"{place}-via-".lower() for place in (way.place(host), f"{host.address}:{host.port}"))
    all_names = [
        name if port == "22" else f"[{name}]:{port}",
        *(one for one in names if one.startswith(begins)),
    ]
    found = set().union(*(known_hosts.keys(one, file) for one in all_names))
    return found.difference(*(known_hosts.keys(one, file, "@revoked") for one in all_names))
