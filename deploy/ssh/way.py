"""By which way a host is reached; its variables are stronger than its fields, as for Ansible (pure)."""

from __future__ import annotations

import hashlib
import json

from deploy.inventory import Host

#: Of each part of the way, the names that Ansible takes for it.
ADDRESS = ("ansible_host", "ansible_ssh_host")
PORT = ("ansible_port", "ansible_ssh_port")
USER = ("ansible_user", "ansible_ssh_user")
COMMON_ARGS = ("ansible_ssh_common_args",)
EXTRA_ARGS = ("ansible_ssh_extra_args",)
_ALL = (*ADDRESS, *PORT, *USER, *COMMON_ARGS, *EXTRA_ARGS, "ansible_ssh_args", "ansible_ssh_executable")


def variable(host: Host, names: tuple[str, ...]) -> str | None:
    """The first of these variables that the host has; it may be a template."""
    return next((str(host.variables[name]) for name in names if name in host.variables), None)


def place(host: Host) -> str:
    """Address and port, for the name of a host key; an address that only Ansible knows is the host's name."""
    address, port = variable(host, ADDRESS) or host.address, variable(host, PORT) or str(host.port)
    return f"{host.name if '{{' in address else address}:{port}"


def mark(host: Host) -> str | None:
    """What tells connections by this way from all others; None where address, port and user do.

    By these alone two devices of one private address would share a connection, each behind its own jump host
    or ProxyCommand: the commands for the second would go to the first.
    """
    told = {name: str(host.variables[name]) for name in _ALL if name in host.variables}
    if host.jump_host is None and not told:
        return None
    # The name too: what a template stands for is another thing at each host.
    whole = [host.name, host.address, host.port, host.user, host.jump_host, sorted(told.items())]
    return hashlib.sha256(json.dumps(whole).encode()).hexdigest()[:10]
