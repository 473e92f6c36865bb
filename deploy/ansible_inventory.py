"""The fleet as an Ansible inventory (pure)."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from deploy.inventory import Host, Inventory
from deploy.ssh import way


def render(
    inventory: Inventory,
    hosts: Sequence[Host],
    variables: Mapping[str, Any],
    manifests: Mapping[str, Path] | None = None,
) -> dict[str, Any]:
    """An inventory in Ansible's YAML form; hosts keep their order, for ``serial``.

    Args:
        inventory: The fleet.
        hosts: Those of the run, canaries first.
        variables: Of all of them, as the role takes them.
        manifests: Of the release for each host, by its name.
    """
    each = {host.name: _variables(host, inventory, (manifests or {}).get(host.name)) for host in hosts}
    groups: dict[str, Any] = {"canary": {"hosts": {host.name: {} for host in hosts if host.canary}}}
    for group in inventory.groups or ():
        groups[group.name] = {"hosts": {host.name: {} for host in hosts if group.name in host.groups}}
    return {"all": {"hosts": each, "vars": dict(variables), "children": groups}}


def _variables(host: Host, inventory: Inventory, manifest: Path | None) -> dict[str, Any]:
    connection: dict[str, Any] = {
        "ansible_host": host.address,
        "ansible_port": host.port,
        "ansible_user": host.user,
        "ansible_ssh_common_args": shlex.join(ssh_options(host, inventory)),
    }
    if (mark := way.mark(host)) is not None:
        connection["ansible_control_path"] = f"%(directory)s/{mark}"
    if host.ssh_key is not None:
        connection["ansible_ssh_private_key_file"] = str(host.ssh_key)
    if host.become == "none":
        connection["ansible_become"] = False
    else:
        connection["ansible_become_method"] = host.become
    if manifest is not None:
        connection["emotion_edge_manifest"] = str(manifest)
    variables = dict(host.variables)
    if (own := variables.get("ansible_ssh_common_args")) is not None:
        kept = shlex.join(known_hosts_options(inventory, str(own)))
        variables["ansible_ssh_common_args"] = f"{kept} {own}".strip()
    return connection | variables


def known_hosts_options(inventory: Inventory, own: str = "") -> list[str]:
    """Where host keys are kept, unless ``own``, a host's own options, say that themselves."""
    if inventory.known_hosts is None or "userknownhostsfile" in own.lower():
        return []
    # In quotes: ssh takes several files there, divided by spaces, and a % means something.
    file = str(inventory.known_hosts).replace("%", "%%")
    return ["-o", f'UserKnownHostsFile="{file}"', "-o", "GlobalKnownHostsFile=/dev/null"]


def ssh_options(host: Host, inventory: Inventory) -> list[str]:
    """What ssh is told beside the address: host keys are checked, always."""
    options = ["-o", "StrictHostKeyChecking=yes"]
    options += known_hosts_options(inventory)
    if host.ssh_key is not None:
        options += ["-o", "IdentitiesOnly=yes"]
    if host.jump_host is not None:
        options += ["-o", f"ProxyJump={host.jump_host}", "-o", f"HostKeyAlias={key_alias(host)}"]
    return options


def key_alias(host: Host) -> str:
    """Under which name the host key is kept: the address alone is that of other devices too.

    As whom one logs in at the jump host makes no other device of it.
    """
    gates = re.sub(r"[^,@]+@", "", host.jump_host or "")
    return re.sub(r"[^A-Za-z0-9.:@_-]", "_", f"{way.place(host)}-via-{gates}")
