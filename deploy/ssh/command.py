"""The command line of ssh to one host of the inventory."""

from __future__ import annotations

import shlex

from deploy.ansible_inventory import known_hosts_options, ssh_options
from deploy.inventory import Host, Inventory
from deploy.ssh import way
from edge.errors import ConfigError

_AS_ROOT = {"sudo": ["sudo", "-n"], "su": [], "none": []}


def ssh(host: Host, inventory: Inventory, *extra: str) -> list[str]:
    """Up to the address, without a question to the terminal.

    The host's variables are stronger than its fields, as they are for Ansible.

    Raises:
        ConfigError: A variable is a template, which only Ansible can fill, or has an open quote.
    """
    key = _variable(host, "ansible_ssh_private_key_file", "ansible_private_key_file") or host.ssh_key
    common = _variable(host, *way.COMMON_ARGS)
    if common is None:
        options = ssh_options(host, inventory)
    else:
        options = [*known_hosts_options(inventory, common), *_words(host, common)]
    options += _words(host, _variable(host, *way.EXTRA_ARGS) or "")
    options += ["-o", "BatchMode=yes", "-o", f"ConnectTimeout={inventory.rollout.connect_timeout_s}"]
    options += ["-i", str(key)] if key else []
    port = _variable(host, *way.PORT) or str(host.port)
    user = _variable(host, *way.USER) or host.user
    address = _variable(host, *way.ADDRESS) or host.address
    # Of two values for one option ssh takes the first.
    return ["ssh", *extra, *options, "-p", port, f"{user}@{address}"]


def _words(host: Host, options: str) -> list[str]:
    try:
        return shlex.split(options)
    except ValueError as err:
        raise ConfigError(f"{host.name}: variables: {options!r}: {err}; close its quotes") from err


def _variable(host: Host, *names: str) -> str | None:
    value = way.variable(host, names)
    if value is not None and "{{" in value:
        name = next(one for one in names if one in host.variables)
        raise ConfigError(
            f"{host.name}: variables.{name} is a template, which only Ansible can fill; write its value "
            "there, or use ssh itself"
        )
    return value


def as_root(host: Host, *command: str) -> list[str]:
    """A command with what makes it run as root there, where that needs no password."""
    return [*_AS_ROOT[host.become], *command]
