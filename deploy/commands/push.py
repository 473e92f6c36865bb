"""``plan``, ``push`` and ``resume``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from deploy import places, release_set, rollout, run_record
from deploy.building import build
from deploy.commands.report import console, report
from deploy.fleet_run import Ended, Site
from deploy.inventory import Host, load
from deploy.release.build import Only
from deploy.release_set import ReleaseSet
from deploy.running import running
from deploy.selection import select
from deploy.ssh import jump_host
from deploy.verdict import Exit
from edge.errors import ConfigError


def run_push(
    inventory_file: Path,
    limit: Sequence[str],
    *,
    only: Only | None,
    built: Path | None,
    why: str,
    allow_downgrade: bool,
    allow_rename: bool,
    without_canary: bool,
    check: bool,
    as_json: bool,
) -> Exit:
    """Build a release for each host, or take one that is built, and roll it out."""
    inventory = load(inventory_file)
    hosts = select(inventory, limit)
    screen = console(as_json=as_json)
    if built:
        releases = _chosen(built, hosts)
    else:
        runs = running(inventory, inventory_file, hosts) if only else None
        releases = build(inventory, hosts, screen, only=only, running=runs)
    record, ended = rollout.push(
        inventory,
        inventory_file,
        hosts,
        releases.manifests,
        Site(releases.store, releases.agent),
        screen,
        runs=places.runs(),
        why=why,
        allow_downgrade=allow_downgrade,
        allow_rename=allow_rename,
        without_canary=without_canary,
        check=check,
    )
    ended = jump_host.explained(ended, inventory)
    if check:
        _show_differences(ended, screen)
    return report(record, ended, screen, as_json=as_json)


def run_release(inventory_file: Path, limit: Sequence[str], into: Path) -> None:
    """Build a release for each host, and list them in a file."""
    inventory = load(inventory_file)
    release_set.require_writable(into)
    screen = console(as_json=False)
    releases = build(inventory, select(inventory, limit), screen)
    release_set.write(into, releases)
    screen.print(f"wrote {into}; push it: python -m deploy push --release {into}", highlight=False)


def run_resume(inventory_file: Path, run: str | None, *, without_canary: bool, as_json: bool) -> Exit:
    """Finish the last push for an inventory, or the one that is named."""
    inventory = load(inventory_file)
    runs = places.runs()
    record = (
        run_record.push_named(runs, run, inventory_file)
        if run
        else run_record.last_push(runs, inventory_file)
    )
    screen = console(as_json=as_json)
    by_name = {host.name: host for host in inventory.hosts}
    if gone := [name for name in record.hosts if name not in by_name]:
        raise ConfigError(f"{inventory_file}: {gone[0]} of the push is no longer listed; push again")
    # In the order of the push, canaries first.
    hosts = [by_name[name] for name in record.hosts]
    ended = rollout.resume(record, inventory, hosts, _site(record), screen, without_canary=without_canary)
    ended = jump_host.explained(ended, inventory)
    return report(record, ended, screen, as_json=as_json)


def _site(record: run_record.RunRecord) -> Site:
    return Site(Path(record.flags["emotion_edge_store"]), Path(record.flags["emotion_edge_agent"]))


def _chosen(file: Path, hosts: Sequence[Host]) -> ReleaseSet:
    built = release_set.read(file)
    if lacking := [host.name for host in hosts if host.name not in built.manifests]:
        raise ConfigError(f"{file}: has no release for {lacking[0]}; build it: python -m deploy release")
    return built


def _show_differences(ended: Ended, screen: Console) -> None:
    for row in ended.rows:
        if row.facts.get("diff"):
            for line in difference(row.host, row.facts["diff"]):
                screen.print(line, soft_wrap=True, highlight=False)


def difference(host: str, diff: dict[str, Any]) -> list[str]:
    """What a push would change at a host, line by line (pure)."""
    before, after = diff["release"]
    if diff["unchanged"]:
        return [f"{host}: runs release {after} already"]
    old, new = diff["version"]
    lines = [f"{host}: release {_shown(before)} -> {after}, version {_shown(old)} -> {new}"]
    for kind in ("packages", "models", "configuration"):
        for name, (old, new) in diff[kind].items():
            lines.append(f"  {kind}: {name}: {_shown(old)} -> {_shown(new)}")
    for change, sign in (("added", "+"), ("changed", "~"), ("removed", "-")):
        lines += [f"  {sign} {name}" for name in diff["files"][change]]
    return lines


def _shown(value: Any) -> str:
    return "(none)" if value is None else str(value)
