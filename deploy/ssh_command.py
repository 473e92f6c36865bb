"""The command line of ssh to one host of the inventory."""

from __future__ import annotations

from deploy.ansible_inventory import ssh_options
from deploy.inventory import Host, Inventory

_AS_ROOT = {"sudo": ["sudo", "-n"], "su": [], "none": []}


def ssh(host: Host, inventory: Inventory, *extra: str) -> list[str]:
    """Up to the address, without a question to the terminal."""
    key = ["-i", str(host.ssh_key)] if host.ssh_key else []
    timeout = ["-o", "BatchMode=yes", "-o", f"ConnectTimeout={inventory.rollout.connect_timeout_s}"]
    options = [*ssh_options(host, inventory), *timeout, *key]
    # Of two values for one option ssh takes the first.
    return ["ssh", *extra, *options, "-p", str(host.port), f"{host.user}@{host.address}"]


def as_root(host: Host, *command: str) -> list[str]:
    """A command with what makes it run as root there, where that needs no password."""
    return [*_AS_ROOT[host.become], *command]
