"""What each host runs now: the ground that a push of one part builds on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from deploy import fleet_run, places, run_record
from deploy.agent import manifest
from deploy.agent.manifest import Manifest
from deploy.building import agent_file
from deploy.fleet_run import Site
from deploy.inventory import Host, Inventory
from deploy.row import Row
from deploy.run_record import PlannedHost
from edge.errors import EmotionEdgeError


def running(inventory: Inventory, inventory_file: Path, hosts: Sequence[Host]) -> dict[str, Manifest]:
    """Ask every host; of one that is offline, what this machine pushed there last.

    Raises:
        EmotionEdgeError: It is not known of a host.
    """
    planned = {host.name: PlannedHost(None, 1) for host in hosts}
    record = run_record.begin(places.runs(), "manifest", inventory_file, planned)
    site = Site(places.releases(), agent_file(places.releases()))
    ended = fleet_run.run("manifest.yml", record, inventory, hosts, site, Console(quiet=True))
    return {row.host: _manifest(row, inventory_file) for row in ended.rows}


def _manifest(row: Row, inventory_file: Path) -> Manifest:
    said = row.facts.get("manifest")
    if said:
        return manifest.parse(manifest.canonical(said), row.host)
    pushed = run_record.last_good(places.runs(), inventory_file, row.host)
    if row.outcome != "pending" or pushed is None:
        raise EmotionEdgeError(
            f"{row.host}: what it runs is not known ({row.reason}); push everything, or leave it out"
        )
    return manifest.load(pushed)
