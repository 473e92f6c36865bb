"""Which hosts a command is about (``--limit``)."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from deploy.inventory import Host, Inventory
from edge.errors import ConfigError


def select(inventory: Inventory, limit: Sequence[str]) -> list[Host]:
    """The hosts that are meant, canaries first, else in the order of the inventory.

    Args:
        inventory: The fleet.
        limit: Names of hosts or groups, ``canary``, ``all``, or patterns with ``*``; several may be in one,
            divided by commas. Empty: all hosts.

    Raises:
        ConfigError: A name fits no host and no group (the known ones are listed); or there is a limit, and no
            name in it.
    """
    wanted = [name.strip() for entry in limit for name in entry.split(",") if name.strip()]
    if limit and not wanted:  # an unset variable of a script must not mean the whole fleet
        raise ConfigError("--limit: names no host; leave it out, or give all, for the whole inventory")
    unknown = [name for name in wanted if not any(_fits(host, name) for host in inventory.hosts)]
    if unknown:
        known = ", ".join(host.name for host in inventory.hosts)
        raise ConfigError(f"--limit: {unknown[0]!r} is no host or group of the inventory; hosts: {known}")
    chosen = [host for host in inventory.hosts if not wanted or any(_fits(host, name) for name in wanted)]
    return sorted(chosen, key=lambda host: not host.canary)


def _fits(host: Host, name: str) -> bool:
    return (
        name == "all"
        or (name == "canary" and host.canary)
        or name in host.groups
        or fnmatchcase(host.name, name)
    )
