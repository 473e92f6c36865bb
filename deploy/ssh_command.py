"""The command line of ssh to one host of the inventory."""

from __future__ import annotations

import shlex

from deploy.ansible_inventory import ssh_options
from deploy.inventory import Host, Inventory
from edge.errors import ConfigError

_AS_ROOT = {"sudo": ["sudo", "-n"], "su": [], "none": []}


def ssh(host: Host, inventory: Inventory, *extra: str) -> list[str]:
    """Up to the address, without a question to the terminal.

    The host's variables are stronger than its fields, as they are for Ansible.

    Raises:
        ConfigError: A variable is a template, which only Ansible can fill.
    """
    key = _variable(host, "ansible_ssh_private_key_file") or host.ssh_key
    common = _variable(host, "ansible_ssh_common_args")
    options = ssh_options(host, inventory) if common is None else shlex.split(common)
    options += shlex.split(_variable(host, "ansible_ssh_extra_args") or "")
    options += ["-o", "BatchMode=yes", "-o", f"ConnectTimeout={inventory.rollout.connect_timeout_s}"]
    options += ["-i", str(key)] if key else []
    port = _variable(host, "ansible_port") or str(host.port)
    user = _variable(host, "ansible_user") or host.user
    address = _variable(host, "ansible_host") or host.address
    # Of two values for one option ssh takes the first.
    return ["ssh", *extra, *options, "-p", port, f"{user}@{address}"]


def _variable(host: Host, name: str) -> str | None:
    value = host.variables.get(name)
    if value is None:
        return None
    if "{{" in str(value):
        raise ConfigError(
            f"{host.name}: variables.{name} is a template, which only Ansible can fill; write its value "
            "there, or use ssh itself"
        )
    return str(value)


def as_root(host: Host, *command: str) -> list[str]:
    """A command with what makes it run as root there, where that needs no password."""
    return [*_AS_ROOT[host.become], *command]
