"""Why devices behind a jump host are not reached: plain ssh tells what ssh under Ansible keeps back."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from deploy.fleet_run import Ended
from deploy.inventory import Host, Inventory
from deploy.row import Row
from deploy.ssh import host_keys

#: How our steps and Ansible's own begin to say that a host does not answer.
_AWAY = ("offline: ", "Failed to connect to the host")


def explained(ended: Ended, inventory: Inventory) -> Ended:
    """Say of what stayed away behind a jump host whether the jump host is to blame, and why.

    A connection that is shared, as Ansible's are, says nothing of what its jump host said.
    """
    by_name = {host.name: host for host in inventory.hosts}
    asked = [by_name[row.host] for row in ended.rows if _is_away(row) and by_name[row.host].jump_host]
    if not asked or ended.interrupted:
        return ended
    reasons = _reasons(asked, inventory)
    rows = [replace(row, reason=reasons.get(row.host) or row.reason) for row in ended.rows]
    return replace(ended, rows=rows)


def _is_away(row: Row) -> bool:
    return row.outcome == "pending" and row.reason.startswith(_AWAY)


def _reasons(hosts: Sequence[Host], inventory: Inventory) -> dict[str, str]:
    """Empty for a host that answers again."""
    with ThreadPoolExecutor(max_workers=inventory.rollout.forks) as pool:
        troubles = list(pool.map(lambda host: host_keys.trouble(host, inventory), hosts))
    return {host.name: str(trouble or "") for host, trouble in zip(hosts, troubles, strict=True)}
