"""The files in which ssh keeps host keys: which they are for a host, and what stands in them."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from deploy.ansible_inventory import known_hosts_options
from deploy.inventory import Host, Inventory
from deploy.ssh import way
from deploy.ssh.command import ssh
from edge.errors import ConfigError

_DEFAULT = "~/.ssh/known_hosts"


def own_file(host: Host, inventory: Inventory) -> Path:
    """Where a new key of the host goes, so that ssh finds it there.

    Raises:
        ConfigError: ssh is told to keep none, or the host's variables are for Ansible alone.
    """
    file = _user_files(host, inventory)[0]
    if file.name == "none":
        raise ConfigError(
            f"{host.name}: ssh is told to keep no host keys (UserKnownHostsFile none); name a file there, or "
            "set known_hosts in the inventory"
        )
    return file


def files(host: Host, inventory: Inventory) -> list[Path]:
    """Where ssh looks for the host's key.

    Raises:
        ConfigError: The host's variables are for Ansible alone.
    """
    own = _user_files(host, inventory)
    everybodys = [] if _chosen(host, inventory) else _paths(settings(host, inventory), "globalknownhostsfile")
    return [file for file in (*own, *everybodys) if file.is_file()]


def settings(host: Host, inventory: Inventory) -> dict[str, str]:
    """What ssh makes of its command line and its configuration, by name.

    Raises:
        ConfigError: The host's variables are for Ansible alone.
    """
    told = subprocess.run(
        [*ssh(host, inventory, "-G"), "true"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    lines = [line.partition(" ") for line in told.stdout.splitlines()]
    return {name.lower(): value for name, _, value in lines}


def keys(name: str, file: Path, marker: str = "") -> set[tuple[str, str]]:
    """Type and key of each line for a name, hashed or not.

    Args:
        name: As a key is kept.
        file: One of those where ssh looks.
        marker: Of the lines: ``@revoked``, ``@cert-authority``; empty: those of hosts' keys.
    """
    found = subprocess.run(
        ["ssh-keygen", "-F", name, "-f", str(file)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    lines = [line.removeprefix(marker) for line in found.stdout.splitlines() if line.startswith(marker)]
    return {(words[1], words[2]) for words in map(str.split, lines) if _is_key(words)}


def names(file: Path) -> set[str]:
    """Under which names keys stand there, in small letters; hashed ones are not among them."""
    lines = map(str.split, file.read_text(encoding="utf-8", errors="replace").splitlines())
    return {name.lower() for words in lines if _is_key(words) for name in words[0].split(",")}


def _is_key(words: list[str]) -> bool:
    return len(words) > 2 and words[0][0] not in "#@"


def _chosen(host: Host, inventory: Inventory) -> bool:
    """Whether the inventory says where keys are kept."""
    return bool(known_hosts_options(inventory, way.variable(host, way.COMMON_ARGS) or ""))


def _user_files(host: Host, inventory: Inventory) -> list[Path]:
    if inventory.known_hosts is not None and _chosen(host, inventory):
        return [inventory.known_hosts]
    return _paths(settings(host, inventory), "userknownhostsfile") or [Path(_DEFAULT).expanduser()]


def _paths(told: dict[str, str], name: str) -> list[Path]:
    # ssh prints them without quotes, though a path may hold spaces.
    return [Path(path).expanduser() for path in re.split(r" (?=[/~])", told.get(name, "")) if path]
