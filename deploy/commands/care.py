"""``status``, ``rollback`` and ``prune``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from deploy import fleet_run, places, run_record
from deploy.building import agent_file
from deploy.commands.report import console, report
from deploy.fleet_run import Ended, Site
from deploy.inventory import load
from deploy.row import Row
from deploy.run_record import PlannedHost
from deploy.selection import select
from deploy.ssh import jump_host
from deploy.verdict import Exit


def run_care(
    verb: str,
    inventory_file: Path,
    limit: Sequence[str],
    *,
    why: str = "",
    flags: dict[str, Any] | None = None,
    as_json: bool,
) -> Exit:
    """Run a playbook that brings no release over the chosen hosts, all at once."""
    inventory = load(inventory_file)
    hosts = select(inventory, limit)
    screen = console(as_json=as_json)
    planned = {host.name: PlannedHost(None, 1) for host in hosts}
    record = run_record.begin(places.runs(), verb, inventory_file, planned, why=why, flags=flags)
    site = Site(places.releases(), agent_file(places.releases()))
    quiet = Console(quiet=True) if verb == "status" else screen
    ended = fleet_run.run(f"{verb}.yml", record, inventory, hosts, site, quiet)
    ended = jump_host.explained(ended, inventory)
    if verb == "status":
        screen.print(_states(ended))
    return report(record, ended, screen, as_json=as_json)


def _states(ended: Ended) -> Table:
    name, release = Column("host", no_wrap=True), Column("release", no_wrap=True)
    shown = Table(name, "version", release, "models", "state", "frames", "memory")
    for row in ended.rows:
        shown.add_row(row.host, *map(Text, state(row)))
    return shown


def state(row: Row) -> list[str]:
    """What a host says of itself: version, release, models, state, frame rates, memory (pure)."""
    current, health = row.facts.get("current") or {}, row.facts.get("health") or {}
    models = ", ".join(f"{name} {version}" for name, version in (current.get("models") or {}).items())
    how = "ready" if row.outcome == "good" else row.outcome or ""
    rates = ", ".join(f"{camera.get('fps', 0.0):.1f}" for camera in health.get("cameras", {}).values())
    memory = f"{health['rss_bytes'] / 1e6:.0f} MB" if health.get("rss_bytes") else ""
    return [current.get("version", ""), current.get("id", ""), models, how, rates and f"{rates} fps", memory]
